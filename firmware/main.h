#ifndef PINFER_MAIN_H
#define PINFER_MAIN_H

#include <stdint.h>

enum { MESSAGE_ANSWER = 0x80 }; /* added to a request's type in its answer */

/* Status of an answer: 0, or an error. */
enum {
    STATUS_OK = 0,
    ERROR_UNKNOWN_TYPE = -1,
    ERROR_SIZE = -2,
    ERROR_NO_SUCH_LAYER = -3,
    ERROR_LAYER_ORDER = -4,
    ERROR_ADDRESS = -5,
    ERROR_NO_SUCH_PIN = -6,
    ERROR_PIN_VALUE = -7,
};

/* The id of the request being worked on, 0 between requests. */
extern uint16_t request_in_progress;

/* Is the network free for the pins? Not while a request's input comes in or its layers run one by one; should the
   host go silent meanwhile, its request is forgotten after a while. */
int take_network(void);

/* Runs all layers on the input as it is; how long it took. */
uint32_t run_network(void);

#endif
