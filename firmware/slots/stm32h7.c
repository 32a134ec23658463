/*
 * The flash of an STM32H74 or H75: words of 32 bytes with an ECC, sectors of 128 KB, two banks with registers of their own, of which
 * the second begins at 1 MB. Sources: ST RM0433 §4.3, §4.9; PM0253 §4.8 (cache), Armv7-M manual B1.5, B3.2.8 (faults).
 */
#include "board.h"
#include "wiring.h"

/* A bank's registers. */
#define FLASH_OF_BANK(offset, register) REGISTER(0x52002000 + (register) + ((offset) >= BANK_BYTES ? 0x100 : 0))
#define FLASH_KEYR(offset) FLASH_OF_BANK(offset, 0x04)
#define FLASH_CR(offset) FLASH_OF_BANK(offset, 0x0C)
#define FLASH_SR(offset) FLASH_OF_BANK(offset, 0x10)
#define FLASH_CLEAR(offset) FLASH_OF_BANK(offset, 0x14)
#define SCB_CCR REGISTER(0xE000ED14)
#define SCB_DCIMVAC REGISTER(0xE000EF5C)

enum {
    BANK_BYTES = 1 << 20,
    SECTOR_BYTES = 128 << 10,
    LINE_BYTES = 32,
    BY_WORDS = 2 << 4, /* PSIZE */
    CR_LOCK = 1 << 0,
    CR_PROGRAM = 1 << 1 | BY_WORDS,
    CR_ERASE = 1 << 2 | BY_WORDS,
    CR_START = 1 << 7,
    SR_BUSY = 7, /* the bank, its buffer, what waits in its queue */
    SR_ERRORS = 0x7EE << 16, /* those of reading too */
    UNIT_BYTES = 32,
    IGNORE_BUS_FAULTS = 1 << 8, /* BFHFNMIGN */
};

#include "stm32flash.h"

#ifndef FAULTS_OFF
#define FAULTS_OFF() __asm volatile("cpsid f\ndsb\nisb" ::: "memory")
#define FAULTS_ON() __asm volatile("dsb\nisb\ncpsie f" ::: "memory")
#endif

static uint32_t page_at(uint32_t offset, uint32_t *page_bytes)
{
    *page_bytes = SECTOR_BYTES;
    return offset % BANK_BYTES / SECTOR_BYTES << 8;
}

static void stop_caches(void) {}

/* Lines that were read before, or written through: a core that looks ahead may bring them in at any time. */
static void start_caches(uint32_t offset, uint32_t size)
{
    FLASH_BARRIER();
    for (uint32_t line = offset & ~(LINE_BYTES - 1u); line < offset + size; line += LINE_BYTES) {
        SCB_DCIMVAC = (uint32_t)FLASH_BASE + line;
    }
    FLASH_BARRIER();
}

/* A word whose writing was cut has another ECC: reading it is a bus fault, which nobody sees at the priority of a fault. */
void flash_read_begin(void)
{
    FAULTS_OFF();
    SCB_CCR |= IGNORE_BUS_FAULTS;
    FLASH_BARRIER();
}

void flash_read_end(void)
{
    FLASH_BARRIER();
    SCB_CCR &= ~(uint32_t)IGNORE_BUS_FAULTS;
    FLASH_CLEAR(0) = SR_ERRORS;
    FLASH_CLEAR(BANK_BYTES) = SR_ERRORS;
    FAULTS_ON();
}
