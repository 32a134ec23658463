/*
 * The flash of an STM32U5, with TrustZone off: quad words with an ECC, pages of 8 KB, mostly two banks. Source: ST RM0456 §7.3,
 * §7.9, §8 (ICACHE).
 */
#include "board.h"
#include "wiring.h"

#define FLASH_KEYR(offset) REGISTER(0x40022008) /* NSKEYR; the others are NSSR and NSCR */
#define FLASH_SR(offset) REGISTER(0x40022020)
#define FLASH_CLEAR(offset) FLASH_SR(offset)
#define FLASH_CR(offset) REGISTER(0x40022028)
#define FLASH_ECCR REGISTER(0x40022030)
#define FLASH_OPTR REGISTER(0x40022040)
#define FLASH_KILOBYTES (REGISTER(0x0BFA07A0) & 0xFFFFu)
#define DBGMCU_IDCODE REGISTER(0xE0044000)
#define ICACHE_SR REGISTER(0x40030404)

enum {
    CR_PROGRAM = 1 << 0,
    CR_ERASE = 1 << 1,
    CR_SECOND_BANK = 1 << 11,
    CR_START = 1 << 16,
    SR_ERRORS = 0x20FA,
    SR_BUSY = 3 << 16, /* and one that waits for the rest of a quad word */
    UNIT_BYTES = 16,
    PAGE_BYTES = 8192,
    ICACHE_ENABLE = 1 << 0,
    ICACHE_FORGET = 1 << 1,
    ICACHE_BUSY = 1 << 0,
};
#define CR_LOCK (1u << 31)
#define ECC_TORN (1u << 31)

#include "stm32flash.h"
#include "stm32torn.h"

/* The largest of each kind has two banks always. */
static uint32_t page_at(uint32_t offset, uint32_t *page_bytes)
{
    const uint32_t kilobytes = FLASH_KILOBYTES;
    uint32_t most = 0;
    switch (DBGMCU_IDCODE & 0xFFF) {
    case 0x455: most = 512; break; /* U53, U54 */
    case 0x482: most = 2048; break; /* U57, U58 */
    case 0x476: /* U5F, U5G */
    case 0x481: most = 4096; break; /* U59, U5A */
    default: break;
    }
    *page_bytes = most == 0 ? 0 : PAGE_BYTES;
    const int has_two_banks = kilobytes == most || (FLASH_OPTR >> 21 & 1);
    const uint32_t bank_bytes = has_two_banks && kilobytes > 0 ? kilobytes << 9 : UINT32_MAX;
    return offset % bank_bytes / PAGE_BYTES << 3 | (offset >= bank_bytes ? CR_SECOND_BANK : 0);
}

static uint32_t had_cache;

static void stop_caches(void)
{
    had_cache = ICACHE_CR & ICACHE_ENABLE;
    ICACHE_CR &= ~(uint32_t)ICACHE_ENABLE;
}

static void wait_for_cache(void)
{
    for (int32_t i = 0; i < MOST_LOOKS && (ICACHE_SR & ICACHE_BUSY); i++) {
    }
}

static void start_caches(uint32_t offset, uint32_t size)
{
    wait_for_cache(); /* switched off it forgets by itself, and takes no orders meanwhile */
    ICACHE_CR |= ICACHE_FORGET;
    wait_for_cache();
    ICACHE_CR |= had_cache;
    (void)offset;
    (void)size;
}
