/*
 * Slots at the end of the flash that the RP2040 runs from, by the functions of its boot ROM. Sources: RP2040 datasheet §2.8.3 (the
 * ROM's table and its flash functions), §4.10 (SSI). While they work nothing can be read from flash: what runs then is in
 * RAM, with interrupts off, up to 400 ms for a sector (W25Q16JV §9.6), so what comes in meanwhile is lost, and the host
 * waits for each answer. The second core stays in the ROM.
 */
#include "board.h"
#include "slots.h"
#include "wiring.h"

#define SSI_CTRLR0 REGISTER(0x18000000)
#define SSI_CTRLR1 REGISTER(0x18000004)
#define SSI_SSIENR REGISTER(0x18000008)
#define SSI_BAUDR REGISTER(0x18000014)
#define SSI_SPI_CTRLR0 REGISTER(0x180000F4)

/* Copied to RAM with the variables; no call of the compiler's own (memset) may come in. */
#define IN_RAM __attribute__((section(".data.in_ram"), noinline, optimize("no-tree-loop-distribute-patterns")))

enum {
    SECTOR_BYTES = 4096,
    PAGE_BYTES = 256,
    BLOCK_BYTES = 1 << 16,
    ERASE_BLOCK = 0xD8, /* its command, where all of a block is erased */
    ROM_FUNCTIONS = 0x14, /* addresses of 16 bits */
    ROM_LOOKUP = 0x18,
};

_Static_assert(SLOT_BYTES % SECTOR_BYTES == 0, "a slot is whole sectors");

typedef struct {
    void (*connect_internal_flash)(void);
    void (*flash_exit_xip)(void);
    void (*flash_range_erase)(uint32_t offset, uint32_t size, uint32_t block_bytes, uint8_t block_command);
    void (*flash_range_program)(uint32_t offset, const uint8_t *bytes, uint32_t size);
    void (*flash_flush_cache)(void);
} rom_t;

static uintptr_t find(char first, char second)
{
    uintptr_t rom = 0;
    __asm("" : "+r"(rom)); /* else the compiler takes what is at 0 for nothing */
    uintptr_t (*const lookup)(uintptr_t, uint32_t) =
        (uintptr_t (*)(uintptr_t, uint32_t))(uintptr_t)HALF_WORD(rom + ROM_LOOKUP);
    return lookup(HALF_WORD(rom + ROM_FUNCTIONS), (uint32_t)second << 8 | (uint8_t)first);
}

static rom_t find_functions(void)
{
    return (rom_t){
        .connect_internal_flash = (void (*)(void))find('I', 'F'),
        .flash_exit_xip = (void (*)(void))find('E', 'X'),
        .flash_range_erase = (void (*)(uint32_t, uint32_t, uint32_t, uint8_t))find('R', 'E'),
        .flash_range_program = (void (*)(uint32_t, const uint8_t *, uint32_t))find('R', 'P'),
        .flash_flush_cache = (void (*)(void))find('F', 'C'),
    };
}

static uint32_t offset_of(uint32_t slot)
{
    return (uint32_t)flash_end - (uint32_t)flash_start - (SLOT_COUNT - slot) * SLOT_BYTES;
}

/* Erases, or programs pages where there are bytes. Flash is read again as boot2.c has it. */
IN_RAM static void change(const rom_t *rom, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    __asm volatile("cpsid i" ::: "memory");
    rom->connect_internal_flash();
    rom->flash_exit_xip();
    if (bytes == 0) {
        rom->flash_range_erase(offset, size, BLOCK_BYTES, ERASE_BLOCK);
    } else {
        rom->flash_range_program(offset, bytes, size);
    }
    rom->flash_flush_cache();
    SSI_SSIENR = 0;
    SSI_BAUDR = 4;
    SSI_CTRLR0 = 0x001F0300;
    SSI_CTRLR1 = 0;
    SSI_SPI_CTRLR0 = 0x03000218;
    SSI_SSIENR = 1;
    __asm volatile("cpsie i" ::: "memory");
}

const uint8_t *flash_slot(uint32_t slot)
{
    return (const uint8_t *)flash_start + offset_of(slot);
}

void flash_erase(uint32_t slot)
{
    const rom_t rom = find_functions();
    change(&rom, offset_of(slot), 0, SLOT_BYTES);
}

/* In whole pages: what is 0xFF changes nothing. */
void flash_write(uint32_t slot, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    static _Alignas(4) uint8_t page[PAGE_BYTES];
    const rom_t rom = find_functions();
    for (uint32_t done = 0; done < size;) {
        const uint32_t start = (offset + done) % PAGE_BYTES;
        uint32_t end = start;
        for (uint32_t i = 0; i < PAGE_BYTES; i++) {
            const int is_new = i >= start && done < size;
            page[i] = is_new ? bytes[done] : 0xFF;
            done += is_new ? 1 : 0;
            end += is_new ? 1 : 0;
        }
        change(&rom, offset_of(slot) + offset + done - (end - start) - start, page, PAGE_BYTES);
    }
}
