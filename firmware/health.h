/*
 * How the board fares, its watchdog, and the link's rate. A guest knows nothing of the board.
 */
#ifndef PINFER_HEALTH_H
#define PINFER_HEALTH_H

#include "link.h"

enum { MESSAGE_HEALTH = 0x0B, MESSAGE_BAUD = 0x0C };

#if !defined(IS_GUEST) || !IS_GUEST
/* Once in each turn of the main loop, after a byte or without one. */
void health_poll(void);

/* A whole frame came: both sides have one rate. */
void health_frame(void);

void health_answer(const link_header_t *header);

#else
static inline void health_poll(void) {}
static inline void health_frame(void) {}
static inline void board_start_watchdog(void) {}
#endif

#endif
