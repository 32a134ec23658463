/*
 * The flash controllers of the STM32 families, as their reference manuals have them: locked at reset and unlocked by two keys in
 * their order, once; a page is chosen, then erased by START; a unit is programmed when the last of its words has come, in
 * order, where PG is set and it is erased, with an ECC only once until the next erase; BUSY for a while, and nothing is taken
 * meanwhile. A cache that is on while flash changes, or has not forgotten afterwards, is a mistake. What the driver wrote is
 * seen at its next access.
 */
#ifndef PINFER_STM32_MODEL_H
#define PINFER_STM32_MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slots.h"
typedef struct {
    uint32_t base, bank_step; /* of the registers; a second bank may have its own */
    uint32_t keyr, sr, cr, clear, eccr;
    uint32_t lock, pg, erase, start, page_shift, page_mask, second_bank;
    uint32_t width_mask, width; /* how many bits at once, where that is to be said */
    uint32_t busy, error;
    uint32_t unit, has_ecc;
    uint32_t acr_cache, acr_forget; /* bits of ACR */
    uint32_t options, kilobytes, number; /* addresses */
} family_t;

enum { KEY_1 = 0x45670123, ICACHE_CR = 0x40030400, ICACHE_SR = 0x40030404, DCIMVAC = 0xE000EF5C, SCB_CCR = 0xE000ED14 };
#define KEY_2 0xCDEF89AB
#define TOP (1u << 31)

#if defined(FAMILY_F4)
static const family_t f = {0x40023C00, 0, 0x04, 0x0C, 0x10, 0x0C, 0, TOP, 1, 2, 1 << 16, 3, 0x1F, 0, 3 << 8, 2 << 8,
                           1 << 16, 1 << 7, 4, 0, 1 << 10, 1 << 12, 0, 0, 0};
#elif defined(FAMILY_L4)
static const family_t f = {0x40022000, 0, 0x08, 0x10, 0x14, 0x10, 0x18, TOP, 1, 2, 1 << 16, 3, 0xFF, 1 << 11, 0, 0,
                           1 << 16, 1 << 3, 8, 1, 1 << 10, 1 << 12, 0x40022020, 0x1FFF75E0, 0xE0042000};
#elif defined(FAMILY_G0)
static const family_t f = {0x40022000, 0, 0x08, 0x10, 0x14, 0x10, 0x18, TOP, 1, 2, 1 << 16, 3, 0x3FF, 1 << 13, 0, 0,
                           1 << 18, 1 << 3, 8, 1, 1 << 9, 1 << 11, 0x40022020, 0x1FFF75E0, 0x40015800};
#elif defined(FAMILY_U5)
static const family_t f = {0x40022000, 0, 0x08, 0x20, 0x28, 0x20, 0x30, TOP, 1, 2, 1 << 16, 3, 0xFF, 1 << 11, 0, 0,
                           1 << 16, 1 << 3, 16, 1, 0, 0, 0x40022040, 0x0BFA07A0, 0xE0044000};
#elif defined(FAMILY_H7)
static const family_t f = {0x52002000, 0x100, 0x04, 0x10, 0x0C, 0x14, 0, 1, 2, 4, 1 << 7, 8, 7, 0, 3 << 4, 2 << 4,
                           1 << 2, 1 << 18, 32, 1, 0, 0, 0, 0, 0};
#endif

__attribute__((aligned(32))) uint8_t model_flash[MODEL_BYTES];
uint8_t *model_end;
int model_faults_are_off;
/* Of units: programmed since the erase. Of lines of 32 bytes: changed since the cache forgot them. */
static uint8_t is_used[MODEL_BYTES / 4], is_stale[MODEL_BYTES / 32];
static uint32_t kilobytes, number, options;
static struct {
    uint32_t control, status, keys, busy;
} banks[2];
static uint32_t acr, icache, icache_busy, scb_ccr, ecc[2], enabled;
static int forgot = 1, faults;
#if defined(FAMILY_U5)
enum { has_icache = 1 };
#else
enum { has_icache = 0 };
#endif
static struct {
    uint32_t words[8], count;
    uintptr_t start;
} unit;

/* The one place that the driver was given, what was in it, and whose it is. */
enum { SENTINEL = 0x5EED5EED };
static volatile uint32_t latch;
static uint32_t given, at;
static uintptr_t word_at;

static void complain(const char *what)
{
    fprintf(stderr, "%s\n", what);
}

static uint32_t bank_of(uint32_t offset)
{
    return f.bank_step != 0 && offset >= 1 << 20;
}

static void change(uint32_t offset, uint32_t size)
{
    const uint32_t slots = (uint32_t)(model_end - model_flash) - 2 * SLOT_BYTES;
    if (offset < slots || offset + size > slots + 2 * SLOT_BYTES) {
        complain("changed what is no slot");
    }
    memset(is_stale + offset / 32, 1, (size + 31) / 32);
    forgot = 0;
    if ((acr & f.acr_cache) || (icache & 1)) {
        complain("changed under a cache");
    }
}

/* 0 bytes: there is none. */
static uint32_t page_start(uint32_t page, uint32_t second, uint32_t *size)
{
    *size = 0;
#if defined(FAMILY_F4)
    const uint32_t sector = page & 15;
    *size = sector > 11 ? 0 : sector > 4 ? 128 << 10 : sector == 4 ? 64 << 10 : 16 << 10;
    (void)second;
    return (page >> 4 << 20) + (sector > 4 ? (sector - 4) << 17 : sector << 14);
#elif defined(FAMILY_H7)
    *size = 128 << 10;
    return (second << 20) + (page << 17);
#else
    uint32_t has_two = 0, bytes = 2048;
#if defined(FAMILY_L4)
    if (number == 0x470) {
        has_two = options >> (kilobytes == 2048 ? 22 : 21) & 1;
        bytes = has_two ? 4096 : 8192;
    } else if (number == 0x415) {
        has_two = kilobytes == 1024 || (options >> 21 & 1);
    }
#elif defined(FAMILY_G0)
    has_two = number == 0x467 && (options >> 21 & 1);
#else
    has_two = kilobytes == 2048 || (options >> 21 & 1);
    bytes = 8192;
#endif
    const uint32_t bank = kilobytes * (has_two ? 512 : 1024);
    if ((second && !has_two) || (page + 1) * bytes > bank) {
        return 0;
    }
    *size = bytes;
    return second * bank + page * bytes;
#endif
}

static void erase(uint32_t bank)
{
    const uint32_t control = banks[bank].control;
    uint32_t size;
    const uint32_t page = control >> f.page_shift & f.page_mask;
    const uint32_t second = f.bank_step != 0 ? bank : (control & f.second_bank) != 0;
    const uint32_t start = page_start(page, second, &size);
    if (!(control & f.erase)) {
        complain("started without a page");
        return;
    }
    if ((control & f.width_mask) != f.width) {
        complain("erased by another width");
    }
    if (size == 0 || start + size > kilobytes << 10) {
        complain("there is no such page");
        return;
    }
    memset(model_flash + start, 0xFF, size);
    memset(is_used + start / 4, 0, size / 4);
    change(start, size);
    banks[bank].busy = 50;
}

static void program(void)
{
    const uint32_t offset = (uint32_t)(unit.start - (uintptr_t)model_flash);
    const uint32_t bank = bank_of(offset);
    uint8_t *place = model_flash + offset;
    unit.count = 0;
    if ((banks[bank].control & (f.pg | f.lock | f.width_mask)) != (f.pg | f.width)) {
        complain("programmed without PG, or by another width");
        return;
    }
    for (uint32_t i = 0; i < f.unit; i++) {
        const uint8_t byte = ((const uint8_t *)unit.words)[i];
        if (f.has_ecc ? is_used[offset / 4] : (place[i] & byte) != byte) {
            complain("programmed what was not erased");
            banks[bank].status |= f.error;
            return;
        }
    }
    memcpy(place, unit.words, f.unit);
    memset(is_used + offset / 4, 1, f.unit / 4);
    change(offset, f.unit);
    banks[bank].busy = 3;
}

static void take_word(void)
{
    const uintptr_t start = word_at - word_at % f.unit;
    if (word_at < (uintptr_t)model_flash || word_at >= (uintptr_t)model_end) {
        complain("wrote outside");
        return;
    }
    if (unit.count > 0 ? word_at != unit.start + 4 * unit.count : word_at != start) {
        complain("wrote a unit out of order");
    }
    if (banks[bank_of((uint32_t)(start - (uintptr_t)model_flash))].busy > 0) {
        complain("programmed while busy");
    }
    unit.start = start;
    unit.words[unit.count++] = latch;
    if (4 * unit.count == f.unit) {
        program();
    }
}

static void write_control(uint32_t bank, uint32_t value)
{
    const int is_locked = (banks[bank].control & f.lock) != 0;
    if (banks[bank].busy > 0) {
        complain("configured while busy");
    } else if (is_locked) {
        complain("locked");
    } else if (value & f.lock) {
        if (unit.count > 0) {
            complain("a unit was not finished");
        }
        banks[bank].control = f.lock;
        banks[bank].keys = 0;
    } else {
        banks[bank].control = value;
        if (value & f.start) {
            erase(bank);
            banks[bank].control &= ~f.start; /* the chip takes it back */
        }
    }
}

static void write_key(uint32_t bank, uint32_t value)
{
    const uint32_t expected = banks[bank].keys == 0 ? KEY_1 : KEY_2;
    if (!(banks[bank].control & f.lock) || value != expected) {
        complain("a key out of place locks until reset");
    } else if (++banks[bank].keys == 2) {
        banks[bank].control &= ~f.lock;
    }
}

static void write_acr(uint32_t value)
{
    if (value & f.acr_forget) {
        if (value & f.acr_cache) {
            complain("a cache that is on cannot forget");
        }
        forgot = 1;
        memset(is_stale, 0, sizeof is_stale);
    }
    acr = value;
}

static void write_icache(uint32_t value)
{
    if (icache_busy > 0) {
        complain("the cache is busy");
    } else if (value & 2) {
        icache_busy = 5;
        forgot = 1;
        memset(is_stale, 0, sizeof is_stale);
    } else if ((icache & 1) && !(value & 1)) {
        icache_busy = 5;
    }
    icache = value & ~2u;
}

static void settle(void)
{
    if (word_at != 0) {
        if (latch != SENTINEL) {
            take_word();
        }
        word_at = 0;
        return;
    }
    if (at == 0 || latch == given) {
        return;
    }
    const uint32_t value = latch;
    const uint32_t offset = at - f.base;
    const uint32_t bank = f.bank_step != 0 && offset >= f.bank_step && offset < 2 * f.bank_step;
    const uint32_t name = offset - (bank ? f.bank_step : 0);
    if (at == f.base) write_acr(value);
    else if (at == ICACHE_CR) write_icache(value);
    else if (at == SCB_CCR) scb_ccr = value;
    else if (at == DCIMVAC) is_stale[(value - (uint32_t)(uintptr_t)model_flash) / 32] = 0;
    else if (at == 0x4002103C) enabled = value; /* RCC_APBENR1 of a G0 */
    else if (f.eccr != 0 && (name == f.eccr || name == f.eccr + 4)) ecc[name != f.eccr] &= ~(value & (5u << 29));
    else if (name == f.keyr) write_key(bank, value);
    else if (name == f.cr) write_control(bank, value);
    else if (name == f.clear) banks[bank].status &= ~value;
    else complain("wrote a register that is none of the flash's");
    at = 0;
}

static uint32_t read(uint32_t address)
{
    const uint32_t offset = address - f.base;
    const uint32_t bank = f.bank_step != 0 && offset >= f.bank_step && offset < 2 * f.bank_step;
    const uint32_t name = offset - (bank ? f.bank_step : 0);
    if (address == f.base) return acr;
    if (address == ICACHE_CR) return icache;
    if (address == ICACHE_SR) return icache_busy > 0 ? (icache_busy--, 1) : 0;
    if (address == SCB_CCR) return scb_ccr;
    if (address == DCIMVAC || address == 0x4002103C) return enabled;
    if (f.number != 0 && address == f.number) return number;
    if (f.number != 0 && address == f.kilobytes) return kilobytes;
    if (f.number != 0 && address == f.options) return options;
    if (f.eccr != 0 && (name == f.eccr || name == f.eccr + 4)) return ecc[name != f.eccr];
    if (name == f.keyr) return 0;
    if (name == f.cr) return banks[bank].control;
    if (name == f.sr) return banks[bank].status | (banks[bank].busy > 0 ? (banks[bank].busy--, f.busy) : 0);
    if (name == f.clear) return 0;
    complain("a register that is none of the flash's");
    return 0;
}

volatile uint32_t *model_register(uint32_t address)
{
    settle();
    at = address;
    latch = given = read(address);
    return &latch;
}

volatile uint32_t *model_word(uintptr_t address)
{
    settle();
    word_at = address;
    latch = SENTINEL;
    return &latch;
}

#endif
