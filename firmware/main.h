#ifndef PINFER_MAIN_H
#define PINFER_MAIN_H

#include <stdint.h>

/* The id of the request being worked on, 0 between requests. */
extern uint16_t request_in_progress;

#endif
