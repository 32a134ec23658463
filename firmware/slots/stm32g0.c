/*
 * The flash of an STM32G0: double words with an ECC, pages of 2 KB; a G0B or G0C may have two banks. Source: ST RM0444 §3.3,
 * §3.7.
 */
#include "board.h"
#include "wiring.h"

#define FLASH_KEYR(offset) REGISTER(0x40022008)
#define FLASH_SR(offset) REGISTER(0x40022010)
#define FLASH_CLEAR(offset) FLASH_SR(offset)
#define FLASH_CR(offset) REGISTER(0x40022014)
#define FLASH_ECCR REGISTER(0x40022018)
#define FLASH_ECCR_2 REGISTER(0x4002201C) /* of the second bank */
#define FLASH_OPTR REGISTER(0x40022020)
#define FLASH_KILOBYTES (REGISTER(0x1FFF75E0) & 0xFFFFu)
#define DBGMCU_IDCODE REGISTER(0x40015800)

enum {
    CR_PROGRAM = 1 << 0,
    CR_ERASE = 1 << 1,
    CR_SECOND_BANK = 1 << 13,
    CR_START = 1 << 16,
    SR_ERRORS = 0xC3FA,
    SR_BUSY = 7 << 16, /* either bank, and a configuration that is still used */
    UNIT_BYTES = 8,
    PAGE_BYTES = 2048,
    ACR_CACHE = 1 << 9,
    ACR_FORGET = 1 << 11,
    G0B_OR_G0C = 0x467,
};
#define CR_LOCK (1u << 31)
#define ECC_TORN (1u << 31)

#include "stm32cache.h"
#include "stm32flash.h"
#include "stm32torn.h"

static uint32_t page_at(uint32_t offset, uint32_t *page_bytes)
{
    /* No other chip has the option; DBGMCU's clock may be off, its number 0 then. */
    RCC_APBENR1 |= 1u << 27;
    (void)RCC_APBENR1;
    const int has_two_banks = (DBGMCU_IDCODE & 0xFFF) == G0B_OR_G0C && (FLASH_OPTR >> 21 & 1);
    const uint32_t bank_bytes = has_two_banks ? FLASH_KILOBYTES << 9 : UINT32_MAX;
    *page_bytes = PAGE_BYTES;
    return offset % bank_bytes / PAGE_BYTES << 3 | (offset >= bank_bytes ? CR_SECOND_BANK : 0);
}
