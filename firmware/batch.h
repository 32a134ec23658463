/*
 * Several runs in one request: for small inputs the frames would be most of the bytes.
 */
#ifndef PINFER_BATCH_H
#define PINFER_BATCH_H

#include "link.h"

enum {
    MESSAGE_RUN_MANY = 6,  /* answered with the ticks of each run */
    MESSAGE_RUN_TOTAL = 7, /* with the least, the most and the sum */
};

/* Takes the RAM that the inputs wait in, as much as there is and they need. */
void batch_start(void);

/* Of inputs that one request may bring; 0: there is no RAM for two. */
uint32_t batch_bytes(void);

/* Are so many bytes whole inputs that fit? Then they are taken one by one. */
int batch_takes(uint32_t size);
void batch_take(uint32_t offset, uint8_t byte);

/* Puts one of them into the arena. */
void batch_load(uint32_t index);

void batch_answer(const link_header_t *header);

#endif
