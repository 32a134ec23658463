/*
 * Slots at the end of an STM32's flash: what the controllers of its families have in common. A family's file says before
 * which registers and bits there are (FLASH_KEYR, FLASH_SR, FLASH_CR, FLASH_CLEAR of the bank that an offset is in; CR_LOCK,
 * CR_PROGRAM, CR_ERASE, CR_START, SR_BUSY, SR_ERRORS, UNIT_BYTES), and behind which page an offset is in, and what its
 * caches need. Where code lies in the bank that is written, the core stands still meanwhile: what comes in may be lost, so
 * the host waits for each answer.
 */
#ifndef PINFER_STM32FLASH_H
#define PINFER_STM32FLASH_H

#include "board.h"
#include "slots.h"

/* A test has a model instead. */
#ifndef FLASH_WORD
#define FLASH_WORD(address) (*(volatile uint32_t *)(address))
#define FLASH_BASE 0x08000000u
#define FLASH_BARRIER() __asm volatile("dsb\nisb" ::: "memory")
#endif

#define FLASH_KEY_1 0x45670123u
#define FLASH_KEY_2 0xCDEF89ABu

/* 2 s are the longest erase (RM0090's and RM0433's sectors of 128 KB); a look takes 20 ns or more. Without an end it would
   be a broken flash: the slot is read back anyway. */
enum { MOST_LOOKS = 500000000 };

/* The bits that choose the page which an offset from FLASH_BASE is in, and its size; 0 where the chip is none that is known. */
static uint32_t page_at(uint32_t offset, uint32_t *page_bytes);
/* What caches hold of flash must be neither used while it changes, nor afterwards. */
static void stop_caches(void);
static void start_caches(uint32_t offset, uint32_t size);

static inline uintptr_t address_of(uint32_t slot)
{
    return (uintptr_t)flash_end - (SLOT_COUNT - slot) * SLOT_BYTES;
}

static inline void wait(uint32_t offset)
{
    for (int32_t i = 0; i < MOST_LOOKS && (FLASH_SR(offset) & SR_BUSY); i++) {
    }
    (void)offset;
}

static inline void unlock(uint32_t offset)
{
    wait(offset);
    if (FLASH_CR(offset) & CR_LOCK) { /* else the keys would lock it until the next reset */
        FLASH_KEYR(offset) = FLASH_KEY_1;
        FLASH_KEYR(offset) = FLASH_KEY_2;
    }
    FLASH_CLEAR(offset) = SR_ERRORS; /* ones clear them */
}

/* Has the controller taken it? An emulator may have none. */
static inline int configure(uint32_t offset, uint32_t bits)
{
    FLASH_CR(offset) = bits;
    (void)offset;
    return (FLASH_CR(offset) & (bits | CR_LOCK)) == bits;
}

const uint8_t *flash_slot(uint32_t slot)
{
    return (const uint8_t *)address_of(slot);
}

void flash_erase(uint32_t slot)
{
    const uint32_t start = (uint32_t)(address_of(slot) - FLASH_BASE);
    uint32_t page_bytes = SLOT_BYTES;
    stop_caches();
    for (uint32_t offset = start; offset < start + SLOT_BYTES; offset += page_bytes) {
        unlock(offset);
        page_bytes = 0;
        const uint32_t page = configure(offset, CR_ERASE) ? page_at(offset, &page_bytes) : 0;
        const int is_known = page_bytes > 0 && SLOT_BYTES % page_bytes == 0;
        if (is_known) {
            FLASH_CR(offset) = CR_ERASE | page;
            FLASH_CR(offset) = CR_ERASE | page | CR_START;
            wait(offset);
        }
        FLASH_CR(offset) = CR_LOCK;
        if (!is_known) {
            break;
        }
    }
    start_caches(start, SLOT_BYTES);
}

/* A unit is programmed once, with what the ECC makes of all of it, so what ends within one is filled up. */
void flash_write(uint32_t slot, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    const uintptr_t address = address_of(slot) + offset;
    const uint32_t start = (uint32_t)(address - FLASH_BASE);
    if (offset % UNIT_BYTES != 0) {
        return;
    }
    uint32_t page_bytes = 0;
    stop_caches();
    unlock(start);
    if (configure(start, CR_PROGRAM)) {
        page_at(start, &page_bytes);
    }
    const int is_ready = page_bytes > 0;
    for (uint32_t done = 0; is_ready && done < size && !(FLASH_SR(start) & SR_ERRORS); done += UNIT_BYTES) {
        for (uint32_t i = done; i < done + UNIT_BYTES; i += 4) {
            uint32_t word = UINT32_MAX;
            if (i < size) {
                word = bytes[i] | (uint32_t)bytes[i + 1] << 8;
                word |= (uint32_t)bytes[i + 2] << 16 | (uint32_t)bytes[i + 3] << 24;
            }
            FLASH_WORD(address + i) = word;
        }
        FLASH_BARRIER();
        wait(start);
    }
    FLASH_CR(start) = CR_LOCK;
    start_caches(start, size);
}

#endif
