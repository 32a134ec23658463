/*
 * What the text protocol loads and answers: chosen when the firmware is exported, by -DDUT_INPUT and -DDUT_RESULT.
 */
#ifndef PINFER_DUT_H
#define PINFER_DUT_H

#include <stdint.h>

#include "names.h"

enum {
    INPUT_PLAIN, /* of the input's element type, as it is */
    INPUT_U8,    /* bytes from 0 for an int8 input: 128 is its 0 */
    INPUT_F32,   /* real values, float32, the lowest byte first */
};
enum { RESULT_OUTPUTS, RESULT_MSE };

#ifndef DUT_INPUT
#define DUT_INPUT INPUT_PLAIN
#endif
#ifndef DUT_RESULT
#define DUT_RESULT RESULT_OUTPUTS
#endif

enum { LOADED_SIZE = (DUT_INPUT == INPUT_F32 ? 4 : 1) * NETWORK_INPUT_BYTES };

/* What was loaded, and what the latest inference by text made of it; a run may overwrite the arena's input. */
typedef struct {
    _Alignas(4) uint8_t input[LOADED_SIZE];
    _Alignas(4) int8_t output[NETWORK_OUTPUT_BYTES];
} loaded_t;

/* Behind the latest inference, in RAM that nothing else uses; 0 where there is none. */
loaded_t *loaded(void);
/* The index of the first loaded value that cannot be taken; NETWORK_INPUT_BYTES when all can. */
uint32_t loaded_check(void);
/* Puts the loaded input into the arena. */
void loaded_take(void);
/* Says the results: numbers with commas between. */
void loaded_put_results(void);

#endif
