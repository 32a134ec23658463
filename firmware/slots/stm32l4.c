/*
 * The flash of an STM32L4 or L4+: double words with an ECC, pages of 2 KB, of 4 on an L4+ with two banks, of 8 with one.
 * Sources: ST RM0351 §3.3 and §3.7, RM0432, RM0394 (STM32L43 to L46).
 */
#include "board.h"
#include "wiring.h"

#define FLASH_KEYR(offset) REGISTER(0x40022008)
#define FLASH_SR(offset) REGISTER(0x40022010)
#define FLASH_CLEAR(offset) FLASH_SR(offset)
#define FLASH_CR(offset) REGISTER(0x40022014)
#define FLASH_ECCR REGISTER(0x40022018)
#define FLASH_OPTR REGISTER(0x40022020)
#define FLASH_KILOBYTES (REGISTER(0x1FFF75E0) & 0xFFFFu)
#define DBGMCU_IDCODE REGISTER(0xE0042000)

enum {
    CR_PROGRAM = 1 << 0,
    CR_ERASE = 1 << 1,
    CR_SECOND_BANK = 1 << 11,
    CR_START = 1 << 16,
    SR_ERRORS = 0xC3FA,
    SR_BUSY = 1 << 16,
    UNIT_BYTES = 8,
    ACR_CACHE = 1 << 10,
    ACR_FORGET = 1 << 12,
};
#define CR_LOCK (1u << 31)
#define ECC_TORN (1u << 31 | 1u << 29) /* of both halves of what an L4+ with one bank reads at once */

#include "stm32cache.h"
#include "stm32flash.h"
#include "stm32torn.h"

static uint32_t page_at(uint32_t offset, uint32_t *page_bytes)
{
    const uint32_t options = FLASH_OPTR;
    const uint32_t kilobytes = FLASH_KILOBYTES;
    uint32_t has_two_banks = 0;
    uint32_t size = 2048;
    switch (DBGMCU_IDCODE & 0xFFF) {
    case 0x415: /* L47, L48 */
    case 0x461: has_two_banks = kilobytes == 1024 || (options >> 21 & 1); break; /* L49, L4A */
    case 0x435: /* L43, L44 */
    case 0x462: /* L45, L46 */
    case 0x464: break; /* L41, L42 */
    case 0x470: /* L4R, L4S */
    case 0x471: /* L4P, L4Q */
        has_two_banks = options >> (kilobytes == ((DBGMCU_IDCODE & 1) ? 1024 : 2048) ? 22 : 21) & 1;
        size = has_two_banks ? 4096 : 8192;
        break;
    default: size = 0;
    }
    *page_bytes = size;
    if (size == 0) {
        return 0;
    }
    const uint32_t bank_bytes = has_two_banks ? kilobytes << 9 : UINT32_MAX;
    return offset % bank_bytes / size << 3 | (offset >= bank_bytes ? CR_SECOND_BANK : 0);
}
