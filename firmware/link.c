#include "link.h"

#include "board.h"
#include "crc32.h"
#include "messages.h"

enum {
    SLIP_END = 0xC0,
    SLIP_ESC = 0xDB,
    SLIP_ESC_END = 0xDC,
    SLIP_ESC_ESC = 0xDD,
    HEADER_SIZE = 8,
    CRC_SIZE = 4,
};

static struct {
    enum { OUTSIDE, INSIDE, ESCAPED, BROKEN } state;
    uint32_t count; /* bytes of the frame so far, escapes undone */
    uint32_t crc;
    uint32_t words[HEADER_SIZE / 4]; /* the header as it comes in */
    link_header_t header;
    uint32_t broken_frames;
} receiver;

static uint32_t request_crc; /* of the latest whole frame */
static uint32_t send_crc;

static void receive_header(uint8_t byte)
{
    const uint32_t i = receiver.count / 4;
    receiver.words[i] = receiver.words[i] >> 8 | (uint32_t)byte << 24;
    if (receiver.count == HEADER_SIZE - 1) {
        link_header_t *header = &receiver.header;
        header->type = (uint8_t)receiver.words[0];
        header->status = (int8_t)(receiver.words[0] >> 8);
        header->id = (uint16_t)(receiver.words[0] >> 16);
        header->size = receiver.words[1];
        message_begin(header);
    }
}

static void receive_byte(uint8_t byte)
{
    receiver.crc = crc32_add(receiver.crc, byte);
    if (receiver.count < HEADER_SIZE) {
        receive_header(byte);
    } else if (receiver.count - HEADER_SIZE < receiver.header.size) {
        message_payload(receiver.count - HEADER_SIZE, byte);
    } else if (receiver.count - HEADER_SIZE - receiver.header.size < CRC_SIZE) {
        receiver.header.crc = receiver.header.crc >> 8 | (uint32_t)byte << 24;
    } else {
        receiver.state = BROKEN;
        return;
    }
    receiver.count++;
}

static void receive_end(void)
{
    const int is_whole = receiver.state == INSIDE && receiver.count >= HEADER_SIZE + CRC_SIZE &&
                         receiver.count - HEADER_SIZE - CRC_SIZE == receiver.header.size &&
                         receiver.crc == CRC32_RESIDUE;
    const int is_empty = receiver.state == OUTSIDE || (receiver.state == INSIDE && receiver.count == 0);
    /* Two ENDs in a row are the end of one frame and the start of the next. */
    receiver.state = is_whole ? OUTSIDE : INSIDE;
    receiver.count = 0;
    receiver.crc = CRC32_START;
    if (is_whole) {
        request_crc = receiver.header.crc;
        message_end(&receiver.header);
    } else if (!is_empty) {
        receiver.broken_frames++;
    }
}

/* Without dut.c nobody takes text. */
__attribute__((weak)) void text_receive(uint8_t byte)
{
    (void)byte;
}

/* No request's type is a small letter, and every command begins with one: text after a broken frame is known too. */
static int is_text(uint8_t byte)
{
    return receiver.state == OUTSIDE || (receiver.state == INSIDE && receiver.count == 0 && byte >= 'a' && byte <= 'z');
}

void link_receive(uint8_t byte)
{
    if (byte == SLIP_END) {
        text_receive(byte); /* no text: it ends a command that was begun */
        receive_end();
    } else if (is_text(byte)) {
        receiver.state = OUTSIDE;
        text_receive(byte);
    } else if (receiver.state == ESCAPED) {
        receiver.state = INSIDE;
        if (byte == SLIP_ESC_END) {
            receive_byte(SLIP_END);
        } else if (byte == SLIP_ESC_ESC) {
            receive_byte(SLIP_ESC);
        } else {
            receiver.state = BROKEN;
        }
    } else if (receiver.state == INSIDE) {
        if (byte == SLIP_ESC) {
            receiver.state = ESCAPED;
        } else {
            receive_byte(byte);
        }
    }
}

uint32_t link_broken_frames(void)
{
    return receiver.broken_frames;
}

static void send_escaped(uint8_t byte)
{
    if (byte == SLIP_END || byte == SLIP_ESC) {
        board_send(SLIP_ESC);
        byte = byte == SLIP_END ? SLIP_ESC_END : SLIP_ESC_ESC;
    }
    board_send(byte);
}

void link_send_bytes(const void *bytes, uint32_t size)
{
    const uint8_t *from = bytes;
    for (uint32_t i = 0; i < size; i++) {
        send_crc = crc32_add(send_crc, from[i]);
        send_escaped(from[i]);
    }
}

void link_send_u16(uint16_t value)
{
    const uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    link_send_bytes(bytes, sizeof bytes);
}

void link_send_u32(uint32_t value)
{
    link_send_u16((uint16_t)value);
    link_send_u16((uint16_t)(value >> 16));
}

void link_send_begin(uint8_t type, int8_t status, uint16_t id, uint32_t size)
{
    const uint8_t start[2] = {type, (uint8_t)status};
    send_crc = CRC32_START;
    board_send(SLIP_END);
    link_send_bytes(start, sizeof start);
    link_send_u16(id);
    link_send_u32(size + CRC_SIZE);
}

void link_answer_begin(const link_header_t *request, int32_t status, uint32_t size)
{
    link_send_begin(request->type | MESSAGE_ANSWER, (int8_t)status, request->id, size);
}

void link_send_end(void)
{
    link_send_u32(request_crc);
    link_send_u32(~send_crc);
    board_send(SLIP_END);
    board_flush();
}

void link_answer_status(const link_header_t *request, int32_t status)
{
    link_answer_begin(request, status, 0);
    link_send_end();
}

#if !defined(IS_GUEST) || !IS_GUEST
#if defined(__GNUC__) && !defined(__clang__)
#define NO_MEMCPY __attribute__((optimize("no-tree-loop-distribute-patterns")))
#else
#define NO_MEMCPY
#endif

/* A loop of its own: memcpy of newlib's small library goes byte by byte. */
NO_MEMCPY void copy_bytes(void *to, const void *from, uint32_t size)
{
    uint8_t *next = to;
    const uint8_t *source = from;
    if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0) {
        for (; size >= 4; size -= 4, next += 4, source += 4) {
            __builtin_memcpy(__builtin_assume_aligned(next, 4), __builtin_assume_aligned(source, 4), 4);
        }
    }
    while (size-- > 0) {
        *next++ = *source++;
    }
}
#endif
