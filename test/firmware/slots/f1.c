/*
 * The flash controller of an STM32F1, as PM0075 §2.3 and §3 have it: locked at reset and unlocked by two keys in their order; a
 * page is erased by PER, AR and STRT; a half word is programmed where PG is set and the place is erased, or becomes 0; BSY
 * for a while, and nothing is taken meanwhile. What the driver wrote is seen at its next access.
 *
 * Standard input has commands as three words each: 0 slot 0 erases, 1 slot size writes the size bytes that follow at
 * offset 64. Both slots are written to standard output, then each complaint of the chip to standard error.
 */
#include <stdio.h>
#include <string.h>

#include "slots.h"

enum { KEYR = 0x40022004, SR = 0x4002200C, CR = 0x40022010, AR = 0x40022014 };
enum { PG = 1, PER = 2, STRT = 0x40, LOCK = 0x80, BSY = 1, PGERR = 4, PAGE = 1024, FLASH = 2 * SLOT_BYTES };

__attribute__((used, aligned(1024))) uint8_t model_flash[FLASH];
asm(".globl flash_end\n.set flash_end, model_flash + " FLASH_TEXT);

static volatile uint32_t keyr, sr, cr = LOCK, ar, unknown;
static volatile uint16_t half;
static uintptr_t half_at;
static uint16_t half_before;
static uint32_t control = LOCK, keys, busy;

static void complain(const char *what)
{
    fprintf(stderr, "%s\n", what);
}

/* Half words can be read, so a write is known by what it leaves. */
static void settle_half_word(void)
{
    if (half_at == 0) {
        return;
    }
    uint8_t *place = model_flash + (half_at - (uintptr_t)model_flash);
    if (half != half_before) {
        if (busy > 0) complain("programmed while busy");
        else if (!(control & PG)) complain("programmed without PG");
        else if (half_before != 0xFFFF && half != 0) complain("programmed what was not erased");
        else memcpy(place, (const void *)&half, 2);
        busy = 3;
    }
    half_at = 0;
}

static void erase(void)
{
    const uint32_t offset = ar - (uint32_t)(uintptr_t)model_flash;
    if (busy > 0) complain("erased while busy");
    else if (!(control & PER)) complain("started without PER");
    else if (offset >= FLASH) complain("erased outside");
    else memset(model_flash + offset / PAGE * PAGE, 0xFF, PAGE);
    busy = 50;
}

static void settle(void)
{
    settle_half_word();
    if (keyr != 0) {
        const uint32_t expected = keys == 0 ? 0x45670123 : 0xCDEF89AB;
        if (!(control & LOCK) || keyr != expected) complain("a key out of place locks until reset");
        else if (++keys == 2) control = cr = cr & ~(uint32_t)LOCK;
        keyr = 0;
    }
    if (cr != control) {
        if (control & LOCK) complain("locked");
        else if (busy > 0 && !(cr & LOCK)) complain("configured while busy");
        else if ((cr & STRT) && !(control & STRT)) control = cr, erase();
        else control = cr;
        if (control & LOCK) keys = 0;
        cr = control &= ~(uint32_t)STRT; /* the chip takes it back */
    }
}

volatile uint32_t *model_register(uint32_t address)
{
    settle();
    switch (address) {
    case KEYR: return &keyr;
    case CR: return &cr;
    case AR: return &ar;
    case SR:
        sr = busy > 0 ? BSY : 0;
        busy -= busy > 0;
        return &sr;
    default: complain("a register that is none of the flash's"); return &unknown;
    }
}

volatile uint16_t *model_half_word(uintptr_t address)
{
    settle();
    if (address % 2 != 0 || address < (uintptr_t)model_flash || address >= (uintptr_t)model_flash + FLASH) {
        complain("outside");
    }
    half_at = address;
    memcpy((void *)&half, (const void *)address, 2);
    half_before = half;
    return &half;
}

int main(void)
{
    uint32_t command[3];
    static uint8_t bytes[SLOT_BYTES];
    while (fread(command, 4, 3, stdin) == 3) {
        if (command[0] == 0) {
            flash_erase(command[1]);
        } else if (fread(bytes, 1, command[2], stdin) == command[2]) {
            flash_write(command[1], 64, bytes, command[2]);
        }
        settle();
        if (!(control & LOCK)) complain("left unlocked");
    }
    for (uint32_t slot = 0; slot < SLOT_COUNT; slot++) {
        fwrite(flash_slot(slot), 1, SLOT_BYTES, stdout);
    }
    return 0;
}
