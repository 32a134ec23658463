/*
 * What texts load, as the network takes it, and what they get. The kinds of both are settled when the firmware is
 * exported, and the compiler leaves out the others.
 */
#include "board.h"
#include "dut.h"
#include "inference.h"
#include "link.h"
#include "reals.h"
#include "text.h"

enum {
    NAME_OFFSET = 32, /* behind the hash */
    OUTPUT_VALUES = NETWORK_OUTPUT_BYTES / sizeof(network_output_t),
};

loaded_t *loaded(void)
{
    return (loaded_t *)(void *)board_spare_memory(sizeof(inference_t), sizeof(loaded_t));
}

static uint32_t word_at(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Of a port in the network's description (PROTOCOL.md): the number of its scales. */
static const uint8_t *scales_of(const uint8_t *port)
{
    const uint8_t *type = port + 1 + port[0] + 1; /* behind name and border */
    const uint8_t *axes = type + 2 + 4 * type[1];
    return axes + 1 + axes[0];
}

static const uint8_t *input_scales(void)
{
    const uint8_t *inputs = network_description + NAME_OFFSET + 1 + network_description[NAME_OFFSET];
    return scales_of(inputs + 1);
}

/* The first scale, and behind it its zero point; of one input and one output. */
static const uint8_t *input_scale(void)
{
    return input_scales() + 4;
}

static const uint8_t *output_scale(void)
{
    const uint8_t *outputs = input_scale() + 8 * word_at(input_scales());
    return scales_of(outputs + 1) + 4;
}

static int32_t zero_point_of(const uint8_t *scale)
{
    return (int32_t)word_at(scale + 4);
}

static int32_t steps_of(int32_t value, const uint8_t *scale)
{
    return value - zero_point_of(scale);
}

/* What the latest inference by text gave, from the output's real 0. */
static int32_t output_steps(uint32_t index)
{
    const network_output_t *values = (const network_output_t *)(const void *)loaded()->output;
    return steps_of(values[index], output_scale());
}

/* The decimals of an error are those of squares of 2^-19 to 2^-18 output steps; the exporter sees to the scales. */
static int32_t fraction_bits(void)
{
    return 127 + 18 - (int32_t)(word_at(output_scale()) >> 23);
}

static uint32_t loaded_float(uint32_t index)
{
    return word_at(loaded()->input + 4 * index);
}

static int8_t loaded_int8(uint32_t index)
{
    const uint8_t byte = loaded()->input[index];
    return (int8_t)(DUT_INPUT == INPUT_U8 ? byte ^ 0x80 : byte);
}

/* The loaded input's real value, in fixed point. */
static int32_t loaded_real(uint32_t index)
{
    const uint8_t *scale = input_scale();
    return DUT_INPUT == INPUT_F32 ? real_fixed(loaded_float(index), fraction_bits())
                                  : real_scaled(word_at(scale), steps_of(loaded_int8(index), scale), fraction_bits());
}

uint32_t loaded_check(void)
{
    uint32_t i = 0;
    if (DUT_INPUT == INPUT_F32) {
        while (i < NETWORK_INPUT_BYTES && real_is_finite(loaded_float(i)) &&
               (DUT_RESULT != RESULT_MSE || loaded_real(i) != REAL_TOO_LARGE)) {
            i++;
        }
        return i;
    }
    return NETWORK_INPUT_BYTES;
}

void loaded_take(void)
{
    int8_t *input = (int8_t *)network_input();
    if (DUT_INPUT == INPUT_PLAIN) {
        copy_bytes(input, loaded()->input, NETWORK_INPUT_BYTES);
        return;
    }
    const uint8_t *scale = input_scale();
    for (uint32_t i = 0; i < NETWORK_INPUT_BYTES; i++) {
        input[i] = DUT_INPUT == INPUT_F32 ? real_quantize(loaded_float(i), word_at(scale), zero_point_of(scale))
                                          : loaded_int8(i);
    }
}

/* The mean of the squares of what the output differs from the input by, in real values. */
static void put_mean_squared_error(void)
{
    const uint8_t *scale = output_scale();
    real_sum_t sum = {0, 0};
    for (uint32_t i = 0; i < OUTPUT_VALUES; i++) {
        const int32_t steps = output_steps(i);
        real_add_square(&sum, real_scaled(word_at(scale), steps, fraction_bits()) - loaded_real(i));
    }
    text_put_fixed(real_mean(&sum, OUTPUT_VALUES), 2 * fraction_bits());
}

void loaded_put_results(void)
{
    const uint8_t *scale = output_scale();
    if (DUT_RESULT == RESULT_MSE) {
        put_mean_squared_error();
    } else {
        for (uint32_t i = 0; i < OUTPUT_VALUES; i++) {
            text_put(i == 0 ? "" : ",");
            text_put_scaled(word_at(scale), output_steps(i));
        }
    }
}
