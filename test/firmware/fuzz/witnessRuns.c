/* The network of PROTOCOL.md's examples, and that it takes no steps. */
#include "network.h"
#include "witness.h"

void witness_run(const uint8_t *input, uint8_t *output)
{
    for (int i = 0; i < NETWORK_OUTPUT_BYTES; i++) {
        output[i] = input[i] ^ input[i + 2];
    }
}

uint32_t witness_layer(int layer, const uint8_t *given, uint8_t *output)
{
    if (layer == 1) {
        witness_run(given, output);
        return NETWORK_OUTPUT_BYTES;
    }
    for (int i = 0; i < NETWORK_INPUT_BYTES; i++) {
        output[i] = (uint8_t)~given[i];
    }
    return NETWORK_INPUT_BYTES;
}

int witness_step_size_error(uint32_t size)
{
    (void)size;
    return -1;
}

void witness_step_start(void) {}

void witness_step_forget(int is_layer)
{
    (void)is_layer;
}

void witness_step(const uint8_t *words, uint32_t asked, uint32_t crc, int status, const uint8_t *answer, uint32_t size)
{
    (void)words, (void)asked, (void)crc, (void)status, (void)answer, (void)size;
}
