/*
 * Several runs in one request: for small inputs the frames would be most of the bytes.
 */
#ifndef PINFER_BATCH_H
#define PINFER_BATCH_H

#include "inference.h"
#include "link.h"

enum {
    MESSAGE_RUN_MANY = 6,  /* answered with the ticks of each run */
    MESSAGE_RUN_TOTAL = 7, /* with the least, the most and the sum */
    MESSAGE_STEP = 0x0d,   /* steps of a sequence, for a network that keeps states, with the ticks of each */
};

/* Takes the RAM that the inputs wait in, as much as there is and they need. */
void batch_start(void);

/* Of inputs that one request may bring; 0: there is no RAM for two. */
uint32_t batch_bytes(void);

int batch_knows(uint8_t type);

/* The status of such a request for its type and size: whole inputs that fit, behind two words where they are steps. Then
   the inputs' bytes are taken one by one. */
int32_t batch_check(uint8_t type, uint32_t size);
void batch_take(uint32_t offset, uint8_t byte);

/* Puts one of them into the arena. */
void batch_load(uint32_t index);

/*
 * Steps run when they are the next ones, and are answered again when they were the latest. Step 0 resets the states;
 * `sequence` is the CRC of the request that brought it.
 */
void batch_answer(const link_header_t *header, uint32_t number, uint32_t sequence);

#if NETWORK_STATE_BYTES > 0
/* The states are no longer what a step left: step 0 is next. */
void forget_steps(void);
#endif

#endif
