/*
 * Runs the network, or its layers one by one, and measures what that takes.
 */
#ifndef PINFER_INFERENCE_H
#define PINFER_INFERENCE_H

#include <stdint.h>

#include "names.h"

#if !defined(NETWORK_STATE_BYTES)
#define NETWORK_STATE_BYTES                                                                                            \
    0 /* of the arena, kept from one run to the next; the header of a network with some says how many */
#endif

/* What an inference took and gave; the arena holds neither for long. */
typedef struct {
    _Alignas(4) uint8_t input[NETWORK_INPUT_BYTES];
    _Alignas(4) int8_t output[NETWORK_OUTPUT_BYTES];
} inference_t;

/* Of all inferences since reset. */
typedef struct {
    uint32_t count;
    uint32_t ticks;    /* of the latest one */
    inference_t *kept; /* the latest one; 0 where RAM has no room for it */
} latest_t;

typedef struct {
    const int8_t *output;
    uint32_t bytes;
    uint32_t ticks;
} layer_run_t;

/* Calibrates the measurement and takes the RAM for the latest inference. */
void inference_start(void);

/*
 * Runs the network on network_input() and returns what it took, in ticks. Every inference goes through here, those
 * of pins and of texts too: it is what the message "latest" tells of.
 */
uint32_t infer(void);

const latest_t *latest_inference(void);

/*
 * Runs a layer when it is the next one, and gives the same again when it was the latest: a repeat does no harm.
 * `sequence` is any number that goes with the input; layer 0 keeps it, and the others must come with it.
 * 0 when another layer is next, or the arena holds what another sequence left.
 */
const layer_run_t *run_layer(uint32_t layer, uint32_t sequence);

/* What single layers have left in the arena counts no more: layer 0 is next. */
void forget_layers(void);

#endif
