/* The network of the examples in firmware/PROTOCOL.md: int8 [4] -> int8 [2]. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

#define NETWORK_INPUT_BYTES 4
#define NETWORK_OUTPUT_BYTES 2
#define NETWORK_ARENA_BYTES 10
#define NETWORK_LAYER_COUNT 2
#define NETWORK_DESCRIPTION_BYTES 119

extern int8_t network_arena[NETWORK_ARENA_BYTES];
extern const uint8_t network_description[NETWORK_DESCRIPTION_BYTES];

static inline int8_t *network_input(void)
{
    return network_arena;
}

typedef int8_t network_output_t;
static inline const int8_t *network_output(void)
{
    return network_arena + 8;
}

void network_run(void);
const int8_t *network_run_layer(int32_t layer, uint32_t *size);

#endif
