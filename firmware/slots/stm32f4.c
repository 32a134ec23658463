/*
 * The flash of an STM32F4: words, no ECC, sectors that are large and uneven: 4 of 16 KB, one of 64, then 128, in each
 * megabyte; a slot at the end takes whole ones of 128. Sources: ST RM0090 §3.6, §3.9 and table 5, RM0368, RM0383, RM0390.
 */
#include "board.h"
#include "wiring.h"

#define FLASH_KEYR(offset) REGISTER(0x40023C04)
#define FLASH_SR(offset) REGISTER(0x40023C0C)
#define FLASH_CLEAR(offset) FLASH_SR(offset)
#define FLASH_CR(offset) REGISTER(0x40023C10)

enum {
    BY_WORDS = 2 << 8, /* PSIZE: the supply is 2.7 to 3.6 V */
    CR_PROGRAM = 1 << 0 | BY_WORDS,
    CR_ERASE = 1 << 1 | BY_WORDS,
    CR_START = 1 << 16,
    SR_ERRORS = 0xF2,
    SR_BUSY = 1 << 16,
    UNIT_BYTES = 4,
    MEGABYTE = 1 << 20,
    SMALL_BYTES = 16 << 10,
    LARGE_BYTES = 128 << 10,
    ACR_CACHE = 1 << 10,
    ACR_FORGET = 1 << 12,
};
#define CR_LOCK (1u << 31)

#include "stm32cache.h"
#include "stm32flash.h"

static uint32_t page_at(uint32_t offset, uint32_t *page_bytes)
{
    const uint32_t place = offset % MEGABYTE;
    const uint32_t is_large = place >= LARGE_BYTES;
    const uint32_t is_middle = !is_large && place >= 4 * SMALL_BYTES;
    const uint32_t sector = is_large ? 4 + place / LARGE_BYTES : is_middle ? 4 : place / SMALL_BYTES;
    *page_bytes = is_large ? LARGE_BYTES : is_middle ? LARGE_BYTES / 2 : SMALL_BYTES;
    return (sector + (offset >= MEGABYTE ? 16 : 0)) << 3; /* 16 is the first of the second megabyte */
}
