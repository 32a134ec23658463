/* The network of PROTOCOL.md's examples of steps: it keeps two rows of two, and gives their exclusive or. */
#include <string.h>

#include "network.h"
#include "witness.h"

enum { ROW = NETWORK_INPUT_BYTES, MOST_STEPS = 8, FIRST = 5 };

static struct {
    uint32_t next, sequence, latest, count;
    uint8_t rows[2 * ROW];
    uint8_t kept[MOST_STEPS][ROW];
} steps;

void witness_step_start(void)
{
    memset(&steps, 0, sizeof steps);
}

void witness_step_forget(int is_layer)
{
    steps.next = is_layer ? 0 : steps.next;
}

int witness_step_size_error(uint32_t size)
{
    return size > 8 && (size - 8) % ROW == 0 && size - 8 <= MOST_STEPS * ROW ? 0 : -2;
}

/* Of the latest step, whose input is the last row. */
void witness_run(const uint8_t *input, uint8_t *output)
{
    expect(memcmp(input, steps.rows + ROW, ROW) == 0, "the latest step's input");
    for (int i = 0; i < ROW; i++) {
        output[i] = steps.rows[i] ^ input[i];
    }
}

static void run_step(const uint8_t *input, uint8_t *output)
{
    memmove(steps.rows, steps.rows + ROW, ROW);
    memcpy(steps.rows + ROW, input, ROW);
    witness_run(input, output);
}

uint32_t witness_layer(int layer, const uint8_t *given, uint8_t *output)
{
    for (int i = 0; i < 2 * ROW; i++) {
        output[i] = layer == 0 ? given[ROW + i] : given[ROW + i] ^ given[2 * ROW + i % ROW];
    }
    return layer == 0 ? 2 * ROW : ROW;
}

void witness_step(const uint8_t *words, uint32_t asked, uint32_t crc, int status, const uint8_t *answer, uint32_t size)
{
    const uint32_t number = u32(words), count = (asked - 8) / ROW;
    const int is_repeat = steps.next != 0 && crc == steps.latest;
    if (!is_repeat && number != 0 && (number != steps.next || u32(words + 4) != steps.sequence)) {
        expect(status == -4, "steps run one after the other");
        return;
    }
    expect(status == 0 && size == count * (4 + ROW), "a step that is next, or was the latest, is answered");
    if (!is_repeat && number == 0) {
        memset(steps.rows, FIRST, sizeof steps.rows);
        steps.sequence = crc;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!is_repeat) {
            run_step(words + 8 + i * ROW, steps.kept[i]);
        }
        expect(memcmp(answer + i * (4 + ROW) + 4, steps.kept[i], ROW) == 0, "a step's output");
    }
    steps.next = is_repeat ? steps.next : number + count;
    steps.latest = crc;
}
