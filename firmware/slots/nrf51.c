/*
 * Slots at the end of the flash, by the nRF51's controller: nRF51 Series Reference Manual 3.0, NVMC. The core stands still
 * while a page is erased (21 ms) or a word written (46 us): what comes in meanwhile waits in the UART's six bytes, so the
 * host waits for each answer.
 */
#include "board.h"
#include "slots.h"
#include "wiring.h"

#define NVMC_READY REGISTER(0x4001E400u)
#define NVMC_CONFIG REGISTER(0x4001E504u)
#define NVMC_ERASEPAGE REGISTER(0x4001E508u)

enum { READ_ONLY = 0, WRITE_ENABLED = 1, ERASE_ENABLED = 2, PAGE_BYTES = 1024 };

_Static_assert(SLOT_BYTES % PAGE_BYTES == 0, "a slot is whole pages");

static uint32_t address_of(uint32_t slot)
{
    return (uint32_t)flash_end - (SLOT_COUNT - slot) * SLOT_BYTES;
}

static void configure(uint32_t access)
{
    NVMC_CONFIG = access;
    while (!NVMC_READY) {
    }
}

const uint8_t *flash_slot(uint32_t slot)
{
    return (const uint8_t *)address_of(slot);
}

void flash_erase(uint32_t slot)
{
    configure(ERASE_ENABLED);
    for (uint32_t page = 0; page < SLOT_BYTES; page += PAGE_BYTES) {
        NVMC_ERASEPAGE = address_of(slot) + page;
        while (!NVMC_READY) {
        }
    }
    configure(READ_ONLY);
}

void flash_write(uint32_t slot, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    configure(WRITE_ENABLED);
    for (uint32_t i = 0; i < size; i += 4) {
        uint32_t word;
        copy_bytes(&word, bytes + i, 4);
        REGISTER(address_of(slot) + offset + i) = word;
        while (!NVMC_READY) {
        }
    }
    configure(READ_ONLY);
}
