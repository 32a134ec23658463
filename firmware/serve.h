/*
 * The link's part of a program, whoever owns the loop: main.c, or somebody else's.
 */
#ifndef PINFER_SERVE_H
#define PINFER_SERVE_H

#include <stdint.h>

/* Once, first. */
void serve_start(void);

/* In each turn of the loop: takes a byte from the line, and answers the request that is whole with it. Negative: there
   was none. */
void serve(int32_t byte);

#endif
