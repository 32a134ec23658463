/* What the witness needs of the network, of CRCs and of text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crc32.h"
#include "network.h"
#include "witness.h"

void expect(int is_true, const char *why)
{
    if (!is_true) {
        fprintf(stderr, "not as it must be: %s\n", why);
        abort();
    }
}

uint32_t u32(const uint8_t *bytes)
{
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint32_t crc_of(const uint8_t *bytes, uint32_t count)
{
    uint32_t crc = CRC32_START;
    for (uint32_t i = 0; i < count; i++) {
        crc = crc32_add(crc, bytes[i]);
    }
    return ~crc;
}

void expect_text(const uint8_t *text, size_t size)
{
    static const char last[] = "m-ready\r\n";
    const size_t length = sizeof last - 1;
    if (!HAS_TEXT) {
        expect(size == 0, "no text from firmware without it");
        return;
    }
    expect(size >= length && memcmp(text + size - length, last, length) == 0, "a command ends in m-ready");
    for (size_t i = 0; i < size; i++) {
        const int is_line_end = text[i] == '\r' || text[i] == '\n';
        expect(is_line_end || (text[i] >= ' ' && text[i] < 0x7F), "text of ASCII");
    }
}
