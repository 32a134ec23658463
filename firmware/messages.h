/*
 * What the answers to all messages share. The bytes are in PROTOCOL.md.
 */
#ifndef PINFER_MESSAGES_H
#define PINFER_MESSAGES_H

#include <stdint.h>

enum { MESSAGE_ANSWER = 0x80 }; /* added to a request's type in its answer */

/* Bits of the hello: what the firmware was built with. */
enum { FEATURE_PINS = 1, FEATURE_TEXT = 2, FEATURE_UPDATES = 4, FEATURE_GUEST = 8 };

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
    ERROR_FLASH = -8,
    ERROR_STRUCTURE = -9,
    ERROR_BAUD = -10,
    ERROR_STATES = -11,
};

/* The id of the request being worked on, 0 between requests. serve.c sets it; the fault report carries it. */
extern uint16_t request_in_progress;

#endif
