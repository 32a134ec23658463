/* What the STM32 files share. A board's wiring.h says what is wired where, its family's header has the registers. */
#ifndef PINFER_STM32_H
#define PINFER_STM32_H

#include "cortexm.h"

/* As in board.h: PIN('C', 13) is PC13. */
#define PIN(port, number) (((port) - 'A') << 4 | (number))
#define PIN_PORT(pin) ((uint32_t)(pin) >> 4)
#define PIN_NUMBER(pin) ((uint32_t)(pin) & 15u)

/* Registers change when the condition holds, or not at all: crystals may be missing, and emulators model little.
   At 16 MHz about 15 ms: crystals start in a few. */
static inline int clock_wait(volatile uint32_t *reg, uint32_t mask, uint32_t value)
{
    for (int32_t i = 0; i < 40000; i++) {
        if ((*reg & mask) == value) {
            return 1;
        }
    }
    return 0;
}

/* The smallest divider of a bus that keeps it at or below its limit, and PPRE's code for it. */
#define APB_DIVIDER(limit_hz) (SYSCLK_HZ <= (limit_hz) ? 1u : SYSCLK_HZ <= 2 * (limit_hz) ? 2u : 4u)
#define APB_CODE(divider) ((divider) == 1 ? 0u : (divider) == 2 ? 4u : 5u)

/* Starts the clock that wiring.h asks for. The core's clock in Hz; `link_hz` is that of the link's UART. */
uint32_t clock_init(uint32_t *link_hz);

/* The receive ring holds so much while nobody takes it out. */
enum { UART_AHEAD_BYTES = 255 };

/* As in board.h; the next start finds none of this one's. */
uint8_t take_reset_reason(void);

void uart_init(uint32_t clock_hz);
void uart_handler(void);

/* Connects both pins of the link to its UART; an open receive line idles high. */
void gpio_connect_link(void);

#endif
