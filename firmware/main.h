#ifndef PINFER_MAIN_H
#define PINFER_MAIN_H

#include <stdint.h>

#include "network.h"

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

/* What the latest inference took and gave; the arena holds neither for long. */
typedef struct {
    _Alignas(4) uint8_t input[NETWORK_INPUT_SIZE];
    _Alignas(4) int8_t output[NETWORK_OUTPUT_SIZE];
} inference_t;

/*
 * Runs the network on network_input() and returns what it took, in ticks. Every inference goes through here, those
 * of pins and of texts too: it is what the message "latest" tells of.
 */
uint32_t infer(void);

/* The id of the request being worked on, 0 between requests. */
extern uint16_t request_in_progress;

/* Whatever of a request or of single layers is in the arena counts no more. */
void forget_request(void);

#endif
