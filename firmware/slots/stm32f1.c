/*
 * Slots at the end of an STM32F1's flash. Sources: PM0075 and PM0063 (F100), §2.3: unlocking, erasing a page, programming
 * half words, for which the internal oscillator has to be on (clock_init leaves it on). The core stands still meanwhile, 40 ms at
 * most for a page: what comes in may be lost, so the host waits for each answer.
 */
#include "board.h"
#include "slots.h"
#include "wiring.h"

#define FLASH_KEYR REGISTER(0x40022004)
#define FLASH_SR REGISTER(0x4002200C)
#define FLASH_CR REGISTER(0x40022010)
#define FLASH_AR REGISTER(0x40022014)

enum {
    CR_PG = 1 << 0,
    CR_PER = 1 << 1,
    CR_STRT = 1 << 6,
    CR_LOCK = 1 << 7,
    SR_BSY = 1 << 0,
    SR_PGERR = 1 << 2,
    SR_WRPRTERR = 1 << 4,
    SR_EOP = 1 << 5,
    PAGE_BYTES = 1024, /* of all with up to 128 KB; PM0075 table 2 */
};

_Static_assert(SLOT_BYTES % PAGE_BYTES == 0, "a slot is whole pages");

static uintptr_t address_of(uint32_t slot)
{
    return (uintptr_t)flash_end - (SLOT_COUNT - slot) * SLOT_BYTES;
}

/* Without an end it would be a broken flash: the slot is read back anyway. */
static void wait(void)
{
    for (int32_t i = 0; i < 10000000 && (FLASH_SR & SR_BSY); i++) {
    }
}

static void unlock(void)
{
    wait();
    if (FLASH_CR & CR_LOCK) { /* else the keys would lock it until the next reset */
        FLASH_KEYR = 0x45670123;
        FLASH_KEYR = 0xCDEF89AB;
    }
    FLASH_SR = SR_PGERR | SR_WRPRTERR | SR_EOP; /* ones clear them */
}

const uint8_t *flash_slot(uint32_t slot)
{
    return (const uint8_t *)address_of(slot);
}

void flash_erase(uint32_t slot)
{
    unlock();
    FLASH_CR = CR_PER;
    for (uint32_t page = 0; page < SLOT_BYTES; page += PAGE_BYTES) {
        FLASH_AR = (uint32_t)(address_of(slot) + page);
        FLASH_CR = CR_PER | CR_STRT;
        wait();
        FLASH_CR = CR_PER;
    }
    FLASH_CR = CR_LOCK;
}

void flash_write(uint32_t slot, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    unlock();
    FLASH_CR = CR_PG;
    for (uint32_t i = 0; i < size; i += 2) {
        HALF_WORD(address_of(slot) + offset + i) = (uint16_t)(bytes[i] | bytes[i + 1] << 8);
        wait();
    }
    FLASH_CR = CR_LOCK;
}
