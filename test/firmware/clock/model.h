/*
 * The registers of a chip on the host. Each access by the firmware first lets the chip see what was written before: the
 * family's file has the reference manual's rules, which writes are ignored and what runs at which clock.
 */
#ifndef PINFER_TEST_MODEL_H
#define PINFER_TEST_MODEL_H

#include <stdint.h>

enum { NO = 0, YES = 1 };

/* Hz, but for the wait states; 0: the PLL is off. */
typedef struct {
    uint32_t sysclk, core, flash, apb1, apb2;
    uint32_t pll_input, vco;
    uint32_t wait_states;
    uint32_t limit; /* of the core, by the regulator's voltage; 0: one voltage for all */
} clocks_t;

volatile uint32_t *model_register(uint32_t address);

/* By hardware: no rule applies. */
uint32_t model_get(uint32_t address);
void model_set(uint32_t address, uint32_t value);

/* Something that the manual forbids. */
void model_fault(const char *what);

/* The board's crystal or clock input works, given the way HSEBYP asks for it. */
int model_crystal(uint32_t is_bypass);

/* From a family's file. */

void family_reset(void);
/* What the ROM loader's Go leaves in the clock tree. */
void family_go(void);
/* What the register holds after the firmware wrote `value` where `old` was. */
uint32_t family_written(uint32_t address, uint32_t old, uint32_t value);
/* Flags change when somebody looks: whoever does not wait for them does not have them. */
void family_polled(uint32_t address);
clocks_t family_clocks(void);
/* The clock that reaches the link's UART. */
uint32_t family_link_hz(void);

static inline uint32_t field(uint32_t value, uint32_t shift, uint32_t bits)
{
    return value >> shift & ((1u << bits) - 1);
}

/* `value` with the bits of the mask as they were. */
static inline uint32_t keep(uint32_t value, uint32_t old, uint32_t mask)
{
    return (value & ~mask) | (old & mask);
}

static inline uint32_t with_flag(uint32_t value, uint32_t flag, int is_set)
{
    return is_set ? value | flag : value & ~flag;
}

/* HPRE's code: 0xxx is 1, 1000 is 2 … 1011 is 16, 1100 is 64 … 1111 is 512. */
static inline uint32_t ahb_divider(uint32_t code)
{
    return code < 8 ? 1u : code < 12 ? 2u << (code - 8) : 64u << (code - 12);
}

/* PPRE's code: 0xx is 1, 100 is 2 … 111 is 16. */
static inline uint32_t apb_divider(uint32_t code)
{
    return code < 4 ? 1u : 2u << (code - 4);
}

#endif
