/*
 * Frames: SLIP (RFC 1055) around header, payload and CRC-32. The bytes are in PROTOCOL.md.
 */
#ifndef PINFER_LINK_H
#define PINFER_LINK_H

#include <stdint.h>

typedef struct {
    uint8_t type;
    int8_t status;
    uint16_t id;
    uint32_t size; /* payload bytes */
    uint32_t crc;  /* as it came; the answer carries it back */
} link_header_t;

/* What the frame layer calls while a frame comes in; serve.c defines them. */
void message_begin(const link_header_t *header);
void message_payload(uint32_t offset, uint8_t byte);
/* The frame is whole and its CRC right. A broken frame ends without this call. */
void message_end(const link_header_t *header);

/* What the frame layer calls for bytes of no frame; dut.c defines them, where it is part of the firmware. */
void text_begin(void);
int text_is_built(void);
void text_receive(uint8_t byte);

/* Takes one byte from the line. */
void link_receive(uint8_t byte);

/* Frames dropped for their CRC, length or escapes. */
uint32_t link_broken_frames(void);

/*
 * One answer: begin with the payload's size, then exactly that many bytes, then end, which adds the CRC of the latest
 * whole request. A report of a fault begins without a request.
 */
void link_answer_begin(const link_header_t *request, int32_t status, uint32_t size);
void link_send_begin(uint8_t type, int8_t status, uint16_t id, uint32_t size);
void link_send_bytes(const void *bytes, uint32_t size);
void link_send_u16(uint16_t value);
void link_send_u32(uint32_t value);
void link_send_end(void);

/* An answer without a payload. */
void link_answer_status(const link_header_t *request, int32_t status);

/* By words where both addresses are multiples of four. */
#if defined(IS_GUEST) && IS_GUEST
#include <string.h>
#define copy_bytes memcpy
#else
void copy_bytes(void *to, const void *from, uint32_t size);
#endif

#endif
