/*
 * The link's part of a program, whoever owns the loop: main.c, or somebody else's.
 */
#ifndef PINFER_SERVE_H
#define PINFER_SERVE_H

#include <stdint.h>

/* A guest is a part of somebody else's program: its board is functions of that program (guest/board.c), and the arena is
   that program's from one request to the next. */
#if defined(IS_GUEST) && IS_GUEST
enum { FIRMWARE_IS_GUEST = 1 };
#else
enum { FIRMWARE_IS_GUEST = 0 };
#endif

/* Once, first. */
void serve_start(void);

/* In each turn of the loop: takes a byte from the line, and answers the request that is whole with it. Negative: there
   was none. */
void serve(int32_t byte);

#endif
