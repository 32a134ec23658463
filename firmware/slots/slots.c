/*
 * Slots: a header, then the structure's hash, tables and description. The header is written last, in one piece, and counts
 * only with the CRCs right: a slot whose writing was cut at any byte is none.
 */
#include "slots.h"

#include "crc32.h"
#include "messages.h"

enum { MESSAGE_SLOTS = 8, MESSAGE_WRITE = 9, MESSAGE_COMMIT = 0x0A };

enum {
    HEADER_BYTES = 32,
    CRC_OFFSET = 20, /* in it */
    STRUCTURE_BYTES = 32,
    CONTENT_BYTES = SLOT_BYTES - HEADER_BYTES,
    LEAST_BYTES = STRUCTURE_BYTES + NETWORK_TABLES_BYTES + STRUCTURE_BYTES, /* a description begins with a hash */
    MOST_AT_ONCE = 256,
    BUILT_IN = 0xFF,
};

#define MAGIC 0x544F4C53u /* "SLOT" */

typedef struct {
    uint32_t magic;
    uint32_t count; /* of commits: the larger is the newer */
    uint32_t size;  /* of the content */
    uint32_t content_crc;
    uint32_t base; /* CRC of the description that was built in: what is flashed anew is not hidden by an older update */
    uint32_t crc; /* of the five before */
    uint32_t unused[2];
} header_t;

_Static_assert(sizeof(header_t) == HEADER_BYTES, "PROTOCOL.md says so");

static const uint8_t structure[STRUCTURE_BYTES] = NETWORK_STRUCTURE;

static uint32_t running = BUILT_IN;
static uint32_t running_count;
static const uint8_t *description = network_description;
static uint32_t description_bytes = NETWORK_DESCRIPTION_BYTES;

/* What a write brings, until its CRC is known to be right. */
static _Alignas(4) uint8_t taken[MOST_AT_ONCE];

/* Most flash has no ECC that a torn write could break. */
__attribute__((weak)) void flash_read_begin(void) {}
__attribute__((weak)) void flash_read_end(void) {}

static uint32_t crc_of(const void *bytes, uint32_t size)
{
    uint32_t crc = CRC32_START;
    for (uint32_t i = 0; i < size; i++) {
        crc = crc32_add(crc, ((const uint8_t *)bytes)[i]);
    }
    return ~crc;
}

static int is_same(const uint8_t *a, const uint8_t *b, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        if (a[i] != b[i]) {
            return 0;
        }
    }
    return 1;
}

static uint32_t base(void)
{
    return crc_of(network_description, NETWORK_DESCRIPTION_BYTES);
}

static int is_whole(const uint8_t *slot, header_t *header)
{
    copy_bytes(header, slot, sizeof *header);
    return header->magic == MAGIC && header->crc == crc_of(header, CRC_OFFSET) && header->base == base() &&
           header->size >= LEAST_BYTES && header->size <= CONTENT_BYTES &&
           header->content_crc == crc_of(slot + HEADER_BYTES, header->size) &&
           is_same(slot + HEADER_BYTES, structure, STRUCTURE_BYTES);
}

void slots_start(void)
{
    flash_read_begin();
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
        const uint8_t *bytes = flash_slot(slot);
        header_t header;
        if (bytes == 0 || !is_whole(bytes, &header) || (running != BUILT_IN && header.count <= running_count)) {
            continue;
        }
        running = slot;
        running_count = header.count;
        network_tables = bytes + HEADER_BYTES + STRUCTURE_BYTES;
        description = network_tables + NETWORK_TABLES_BYTES;
        description_bytes = header.size - STRUCTURE_BYTES - NETWORK_TABLES_BYTES;
    }
    flash_read_end();
}

const uint8_t *slots_description(uint32_t *size)
{
    *size = description_bytes;
    return description;
}

/* The one that nothing runs with. */
static uint32_t next_slot(void)
{
    return running == 0 ? 1 : 0;
}

int slots_know(uint8_t type)
{
    return type >= MESSAGE_SLOTS && type <= MESSAGE_COMMIT;
}

int slots_take_size(uint8_t type, uint32_t size, uint32_t *word_bytes)
{
    *word_bytes = type == MESSAGE_SLOTS ? 0 : type == MESSAGE_WRITE ? 4 : 8;
    if (type == MESSAGE_WRITE) {
        return size > 4 && size <= 4 + MOST_AT_ONCE && size % 4 == 0;
    }
    return size == *word_bytes;
}

void slots_take(uint32_t offset, uint8_t byte)
{
    taken[offset] = byte;
}

static int is_erased(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        if (bytes[i] != 0xFF) {
            return 0;
        }
    }
    return 1;
}

/* The first piece erases the slot. What is there already is not written again: a repeat does no harm. */
static int32_t write_piece(uint32_t offset, uint32_t size)
{
    const uint32_t slot = next_slot();
    if (offset % 4 != 0 || offset > CONTENT_BYTES || size > CONTENT_BYTES - offset) {
        return ERROR_ADDRESS;
    }
    const uint8_t *place = flash_slot(slot) + HEADER_BYTES + offset;
    const int is_first = offset == 0 && is_erased(flash_slot(slot), HEADER_BYTES);
    if (offset == 0 && !(is_first && is_same(place, taken, size) && is_erased(place + size, CONTENT_BYTES - size))) {
        flash_erase(slot);
    }
    if (!is_same(place, taken, size)) {
        flash_write(slot, HEADER_BYTES + offset, taken, size);
    }
    return is_same(place, taken, size) ? STATUS_OK : ERROR_FLASH;
}

static int32_t commit(uint32_t size, uint32_t crc)
{
    const uint32_t slot = next_slot();
    const uint8_t *bytes = flash_slot(slot);
    header_t header;
    if (size < LEAST_BYTES || size > CONTENT_BYTES || crc_of(bytes + HEADER_BYTES, size) != crc) {
        return ERROR_FLASH;
    }
    if (!is_same(bytes + HEADER_BYTES, structure, STRUCTURE_BYTES)) {
        return ERROR_STRUCTURE;
    }
    if (is_whole(bytes, &header) && header.count == running_count + 1) {
        return STATUS_OK; /* a repeat */
    }
    header = (header_t){.magic = MAGIC, .count = running_count + 1, .size = size, .content_crc = crc, .base = base()};
    header.crc = crc_of(&header, CRC_OFFSET);
    header.unused[0] = header.unused[1] = UINT32_MAX;
    flash_write(slot, 0, (const uint8_t *)&header, sizeof header);
    return is_whole(bytes, &header) ? STATUS_OK : ERROR_FLASH;
}

static void answer_slots(const link_header_t *header)
{
    link_answer_begin(header, STATUS_OK, STRUCTURE_BYTES + 16);
    link_send_bytes(structure, sizeof structure);
    link_send_u32(flash_slot(0) == 0 ? 0 : CONTENT_BYTES);
    link_send_u32(MOST_AT_ONCE);
    link_send_u32(running);
    link_send_u32(running_count);
    link_send_end();
}

void slots_answer(const link_header_t *header, const uint32_t *words)
{
    if (header->type == MESSAGE_SLOTS) {
        answer_slots(header);
        return;
    }
    int32_t status = ERROR_FLASH;
    if (flash_slot(0) != 0) {
        flash_read_begin();
        status = header->type == MESSAGE_WRITE ? write_piece(words[0], header->size - 4) : commit(words[0], words[1]);
        flash_read_end();
    }
    link_answer_status(header, status);
}
