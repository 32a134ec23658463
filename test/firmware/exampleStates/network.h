/* The network of the examples of steps in firmware/PROTOCOL.md: int8 [2] -> int8 [2], which keeps two rows. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

#define NETWORK_INPUT_BYTES 2
#define NETWORK_OUTPUT_BYTES 2
#define NETWORK_ARENA_BYTES 8
#define NETWORK_STATE_BYTES 4
#define NETWORK_LAYER_COUNT 2
#define NETWORK_DESCRIPTION_BYTES 118

extern int8_t network_arena[NETWORK_ARENA_BYTES];
extern const uint8_t network_description[NETWORK_DESCRIPTION_BYTES];

static inline int8_t *network_input(void)
{
    return network_arena + 4;
}

typedef int8_t network_output_t;
static inline const int8_t *network_output(void)
{
    return network_arena + 6;
}

void network_reset(void);
void network_run(void);
const int8_t *network_run_layer(int32_t layer, uint32_t *size);

#endif
