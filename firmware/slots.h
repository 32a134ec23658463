/*
 * Other tables for the network, over the link, where the firmware was exported for it; HAS_SLOTS is 1 then. Two slots of
 * flash take turns, and the newest whole one is chosen at boot: a cut update leaves what ran before. PROTOCOL.md has the
 * bytes.
 */
#ifndef PINFER_SLOTS_H
#define PINFER_SLOTS_H

#include "link.h"
#include "names.h"

#if defined(HAS_SLOTS) && HAS_SLOTS
enum { FIRMWARE_HAS_SLOTS = 1 };

/* What a family gives (firmware/slots). */
enum { SLOT_COUNT = 2, SLOT_BYTES = NETWORK_SLOT_BYTES };

/* Where a slot is, at the start of a page; 0 where there is none. */
const uint8_t *flash_slot(uint32_t slot);
/* All of a slot becomes 0xFF. */
void flash_erase(uint32_t slot);
/* Words that were erased: `offset` and `size` are multiples of four. */
void flash_write(uint32_t slot, uint32_t offset, const uint8_t *bytes, uint32_t size);

/* Between both slots are read that may hold anything, as a write that was cut leaves it: a chip on which that is a fault
   sees to it that it is none. May be left out, both. */
void flash_read_begin(void);
void flash_read_end(void);

/* Chooses what the network runs with. */
void slots_start(void);

/* The network's part of the hello: that of its tables. */
const uint8_t *slots_description(uint32_t *size);

/* Is a request of this type about slots? Then so many of its bytes are words, if its size can be. */
int slots_know(uint8_t type);
int slots_take_size(uint8_t type, uint32_t size, uint32_t *word_bytes);
void slots_take(uint32_t offset, uint8_t byte);
/* `words` is what the request carries first. */
void slots_answer(const link_header_t *header, const uint32_t *words);

#else
enum { FIRMWARE_HAS_SLOTS = 0 };

static inline void slots_start(void) {}

static inline const uint8_t *slots_description(uint32_t *size)
{
    *size = NETWORK_DESCRIPTION_BYTES;
    return network_description;
}

static inline int slots_know(uint8_t type)
{
    (void)type;
    return 0;
}

static inline int slots_take_size(uint8_t type, uint32_t size, uint32_t *word_bytes)
{
    (void)type;
    (void)size;
    (void)word_bytes;
    return 0;
}

static inline void slots_take(uint32_t offset, uint8_t byte)
{
    (void)offset;
    (void)byte;
}

static inline void slots_answer(const link_header_t *header, const uint32_t *words)
{
    (void)header;
    (void)words;
}
#endif

#endif
