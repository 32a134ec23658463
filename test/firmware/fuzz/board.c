/*
 * A board for fuzzing frames and messages: bytes come from the fuzzer, and what is answered must hold together.
 * firmware/main.c is included, so that each input can start from the same state.
 */
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define main firmware_main
#include "main.c"
#undef main
#include "batch.c"
#include "link.c"

static const uint8_t *input, *input_end;
static jmp_buf end_of_input;
static uint8_t answers[1 << 20];
static size_t answer_bytes;
static size_t flushed_bytes; /* of answers, when it was last waited for */

void board_init(void) {}

const board_info_t *board_info(void)
{
    static const board_info_t info = {.id = "fuzz", .id_bytes = 4, .counter_kind = COUNTER_NONE};
    return &info;
}

int32_t board_receive(void)
{
    if (input == input_end) {
        longjmp(end_of_input, 1);
    }
    return *input++;
}

void board_send(uint8_t byte)
{
    if (answer_bytes < sizeof answers) {
        answers[answer_bytes++] = byte;
    }
}

void board_flush(void)
{
    flushed_bytes = answer_bytes;
}

uint32_t board_ticks(void)
{
    return 0;
}

uint32_t board_stack_used(void)
{
    return 0;
}

uint32_t board_receive_overruns(void)
{
    return 0;
}

const uint8_t *board_memory(uint32_t address, uint32_t size)
{
    const int is_inside = address <= NETWORK_DESCRIPTION_SIZE && size <= NETWORK_DESCRIPTION_SIZE - address;
    return is_inside ? network_description + address : 0;
}

uint8_t *board_spare_memory(uint32_t offset, uint32_t size)
{
    static _Alignas(4) uint8_t spare[2 * sizeof(inference_t) + 2048]; /* and a batch */
    return offset <= sizeof spare && size <= sizeof spare - offset ? spare + offset : 0;
}

_Noreturn void board_reset(void)
{
    longjmp(end_of_input, 1);
}

void board_enter_fault(void) {}

static void expect(int is_true)
{
    if (!is_true) {
        abort();
    }
}

/* Every answer is one whole frame: END, no END inside, escapes in pairs, size and CRC right, the type's bit 80 set. */
static void check_answer(const uint8_t *frame, size_t size)
{
    static uint8_t plain[1 << 20];
    size_t count = 0;
    uint32_t crc = CRC32_START;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = frame[i];
        if (byte == SLIP_ESC) {
            expect(++i < size);
            expect(frame[i] == SLIP_ESC_END || frame[i] == SLIP_ESC_ESC);
            byte = frame[i] == SLIP_ESC_END ? SLIP_END : SLIP_ESC;
        }
        crc = crc32_add(crc, byte);
        plain[count++] = byte;
    }
    expect(count >= HEADER_SIZE + 2 * CRC_SIZE && crc == CRC32_RESIDUE && (plain[0] & MESSAGE_ANSWER));
    const uint32_t told = plain[4] | plain[5] << 8 | plain[6] << 16 | (uint32_t)plain[7] << 24;
    expect(told == count - HEADER_SIZE - CRC_SIZE);
}

static void check_answers(void)
{
    size_t start = 0;
    if (answer_bytes == sizeof answers) {
        return; /* the last one is cut off */
    }
    while (start < answer_bytes) {
        expect(answers[start] == SLIP_END);
        const uint8_t *end = memchr(answers + start + 1, SLIP_END, answer_bytes - start - 1);
        expect(end != 0);
        check_answer(answers + start + 1, (size_t)(end - answers) - start - 1);
        start = (size_t)(end - answers) + 1;
    }
    expect(flushed_bytes == answer_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input = bytes;
    input_end = bytes + size;
    answer_bytes = 0;
    flushed_bytes = 0;
    memset(&receiver, 0, sizeof receiver);
    memset(&request, 0, sizeof request);
    memset(&batch, 0, sizeof batch);
    memset(&layers, 0, sizeof layers);
    memset(&latest, 0, sizeof latest);
    layers.latest = -1;
    request_crc = 0;
    if (setjmp(end_of_input) == 0) {
        firmware_main();
    }
    check_answers();
    return 0;
}
