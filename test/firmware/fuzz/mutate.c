/*
 * A mutator that knows frames: bytes are changed as libFuzzer likes, and then, more often than not, the frames' CRCs and
 * sizes are made right again, and layers given the name of the sequence before them. Without it hardly an input would
 * pass the CRC, and nothing behind it would be tried. Events stay where they are.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "crc32.h"
#include "events.h"

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned int seed);

enum { END = 0xC0, ESC = 0xDB, HEADER = 8, CRC = 4, RUN_LAYER = 3, STEP = 0x0D, MOST = 1 << 12 };

/* A byte of a frame, escapes undone, or an event that is none. */
typedef struct {
    uint8_t byte;
    uint8_t is_event;
} token_t;

static token_t tokens[MOST];
static uint8_t plain[MOST], repaired[4 * MOST];
static size_t out;
static uint8_t sequence[CRC], steps[CRC];

/* The input up to the next END; gives where it goes on. */
static size_t read_tokens(const uint8_t *bytes, size_t size, size_t start, size_t *count)
{
    *count = 0;
    while (start < size && bytes[start] != END) {
        uint8_t byte = bytes[start++];
        uint8_t is_event = 0;
        if (HAS_PINS && byte == EVENT && start < size) {
            byte = bytes[start++];
            is_event = byte != EVENT;
        } else if (byte == ESC && start < size && bytes[start] != END) {
            byte = bytes[start++] == 0xDC ? END : ESC;
        }
        tokens[(*count)++] = (token_t){byte, is_event};
    }
    return start;
}

static void put(uint8_t byte)
{
    repaired[out++] = byte;
}

static void write_tokens(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t byte = tokens[i].byte;
        if (tokens[i].is_event) {
            put(EVENT);
            put(byte);
        } else if (byte == END || byte == ESC) {
            put(ESC);
            put(byte == END ? 0xDC : 0xDD);
        } else {
            put(byte);
            if (HAS_PINS && byte == EVENT) {
                put(EVENT);
            }
        }
    }
}

/* Size and CRC as they should be for what stands between them, and often a type that exists. */
static void repair(uint8_t *frame, size_t count, unsigned int seed)
{
    static const uint8_t types[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0A, 0x0B, 0x0C, 0x0D, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24};
    const size_t payload = count - HEADER - CRC;
    if (seed % 4 == 0) {
        frame[0] = types[seed / 4 % sizeof types];
    }
    for (size_t i = 0; i < 4; i++) {
        frame[4 + i] = (uint8_t)(payload >> (8 * i));
    }
    if (frame[0] == RUN_LAYER && payload == 8 && seed % 8 != 1) {
        memcpy(frame + HEADER + 4, sequence, CRC);
    }
    static const uint8_t zero[4];
    const int is_first = payload >= 8 && memcmp(frame + HEADER, zero, sizeof zero) == 0;
    if (frame[0] == STEP && payload > 8 && !is_first && seed % 8 != 1) {
        memcpy(frame + HEADER + 4, steps, CRC);
    }
    uint32_t crc = CRC32_START;
    for (size_t i = 0; i < count - CRC; i++) {
        crc = crc32_add(crc, frame[i]);
    }
    for (size_t i = 0; i < CRC; i++) {
        frame[count - CRC + i] = (uint8_t)(~crc >> (8 * i));
    }
    if (frame[0] == RUN_LAYER && payload > 8) {
        memcpy(sequence, frame + count - CRC, CRC);
    }
    if (frame[0] == STEP && is_first) {
        memcpy(steps, frame + count - CRC, CRC);
    }
}

static void repair_tokens(size_t count, unsigned int seed)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        if (!tokens[i].is_event) {
            plain[length++] = tokens[i].byte;
        }
    }
    if (length < HEADER + CRC || (plain[0] >= ' ' && plain[0] < 0x7F && plain[1] >= ' ' && plain[1] < 0x7F)) {
        return; /* no frame; it may be text */
    }
    repair(plain, length, seed);
    length = 0;
    for (size_t i = 0; i < count; i++) {
        if (!tokens[i].is_event) {
            tokens[i].byte = plain[length++];
        }
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned int seed)
{
    size = LLVMFuzzerMutate(bytes, size, most);
    if (seed % 4 == 0 || size > MOST) {
        return size;
    }
    out = 0;
    for (size_t start = 0; start < size;) {
        size_t count;
        start = read_tokens(bytes, size, start, &count);
        repair_tokens(count, seed >> 2);
        write_tokens(count);
        if (start < size) {
            put(bytes[start++]);
        }
        seed = seed * 1664525u + 1013904223u; /* another one for the next frame */
    }
    out = out < most ? out : most;
    memcpy(bytes, repaired, out);
    return out;
}
