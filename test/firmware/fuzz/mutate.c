/*
 * A mutator that knows frames: bytes are changed as libFuzzer likes, and then, more often than not, the frames' CRCs and
 * sizes are made right again. Without it hardly an input would pass the CRC, and nothing behind it would be tried.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "crc32.h"

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned int seed);

enum { END = 0xC0, ESC = 0xDB, HEADER = 8, CRC = 4 };

static size_t undo_escapes(const uint8_t *from, size_t size, uint8_t *to)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = from[i];
        if (byte == ESC && i + 1 < size) {
            byte = from[++i] == 0xDC ? END : ESC;
        }
        to[count++] = byte;
    }
    return count;
}

static size_t escape(const uint8_t *from, size_t size, uint8_t *to, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < size && count + 2 <= most; i++) {
        if (from[i] == END || from[i] == ESC) {
            to[count++] = ESC;
            to[count++] = from[i] == END ? 0xDC : 0xDD;
        } else {
            to[count++] = from[i];
        }
    }
    return count;
}

/* Size and CRC as they should be for what stands between them, and often a type that exists. */
static void repair(uint8_t *frame, size_t count, unsigned int seed)
{
    const size_t payload = count - HEADER - CRC;
    if (seed & 1) {
        frame[0] = (uint8_t)(1 + seed / 2 % 7);
    }
    for (size_t i = 0; i < 4; i++) {
        frame[4 + i] = (uint8_t)(payload >> (8 * i));
    }
    uint32_t crc = CRC32_START;
    for (size_t i = 0; i < count - CRC; i++) {
        crc = crc32_add(crc, frame[i]);
    }
    for (size_t i = 0; i < CRC; i++) {
        frame[count - CRC + i] = (uint8_t)(~crc >> (8 * i));
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned int seed)
{
    static uint8_t plain[1 << 16], repaired[1 << 16];
    size = LLVMFuzzerMutate(bytes, size, most);
    if (seed % 4 == 0 || size > sizeof plain) {
        return size;
    }
    size_t out = 0;
    for (size_t start = 0; start < size && out + 1 < sizeof repaired;) {
        const uint8_t *end = memchr(bytes + start, END, size - start);
        const size_t length = (end == 0 ? bytes + size : end) - (bytes + start);
        const size_t count = undo_escapes(bytes + start, length, plain);
        if (count >= HEADER + CRC) {
            repair(plain, count, seed >> 2);
        }
        out += escape(plain, count, repaired + out, sizeof repaired - out - 1);
        if (end != 0) {
            repaired[out++] = END;
        }
        start += length + 1;
    }
    out = out < most ? out : most;
    memcpy(bytes, repaired, out);
    return out;
}
