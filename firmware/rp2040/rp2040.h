/* The registers of the RP2040 that the firmware uses. Source: RP2040 datasheet §2.3.1 (SIO), §2.13 (PSM), §2.14 (RESETS), §2.15
   (CLOCKS), §2.16 (XOSC), §2.18 (PLL), §2.19 (GPIO), §2.20 (SYSINFO), §4.2 (UART), §4.6 (TIMER), §4.7 (WATCHDOG), §2.12.8 (CHIP_RESET), §4.9
   (ADC). */
#ifndef PINFER_RP2040_H
#define PINFER_RP2040_H

#include "cortexm.h"

#define SYSINFO_PLATFORM REGISTER(0x40000004)
#define CLK_REF_CTRL REGISTER(0x40008030)
#define CLK_REF_SELECTED REGISTER(0x40008038)
#define CLK_SYS_CTRL REGISTER(0x4000803C)
#define CLK_SYS_DIV REGISTER(0x40008040)
#define CLK_SYS_SELECTED REGISTER(0x40008044)
#define CLK_PERI_CTRL REGISTER(0x40008048)
#define CLK_ADC_CTRL REGISTER(0x40008060)
#define CLK_ADC_DIV REGISTER(0x40008064)
#define RESETS_RESET REGISTER(0x4000C000)
#define RESETS_DONE REGISTER(0x4000C008)
#define PSM_WATCHDOG_RESETS REGISTER(0x40010008) /* WDSEL */
#define IO_CTRL(pin) REGISTER(0x40014004 + 8 * (uint32_t)(pin))
#define PAD(pin) REGISTER(0x4001C004 + 4 * (uint32_t)(pin))
#define XOSC_CTRL REGISTER(0x40024000)
#define XOSC_STATUS REGISTER(0x40024004)
#define XOSC_STARTUP REGISTER(0x4002400C)
#define PLL_SYS_BASE 0x40028000u
#define PLL_USB_BASE 0x4002C000u
#define UART0_BASE 0x40034000u
#define ADC_CS REGISTER(0x4004C000)
#define ADC_RESULT REGISTER(0x4004C004)
#define TIMER_ALARM0 REGISTER(0x40054010)
#define TIMER_NOW REGISTER(0x40054028) /* TIMERAWL */
#define TIMER_INTR REGISTER(0x40054034)
#define TIMER_INTE REGISTER(0x40054038)
#define WATCHDOG_CONTROL REGISTER(0x40058000)
#define WATCHDOG_LOAD REGISTER(0x40058004)
#define WATCHDOG_REASON REGISTER(0x40058008)
#define WATCHDOG_TICK REGISTER(0x4005802C)
#define CHIP_RESET REGISTER(0x40064008)
#define TIMER0_PRIORITY REGISTER(0xE000E400) /* with those of interrupts 1 to 3, which nobody uses */
#define SIO_IN REGISTER(0xD0000004)
#define SIO_OUT_SET REGISTER(0xD0000014)
#define SIO_OUT_CLEAR REGISTER(0xD0000018)
#define SIO_ENABLE_SET REGISTER(0xD0000024)
#define SIO_ENABLE_CLEAR REGISTER(0xD0000028)

enum {
    TIMER0_INTERRUPT = 0,
    UART0_INTERRUPT = 20,
    RESET_ADC = 1 << 0,
    RESET_IO = 1 << 5,
    RESET_PADS = 1 << 8,
    RESET_PLL_SYS = 1 << 12,
    RESET_PLL_USB = 1 << 13,
    RESET_TIMER = 1 << 21,
    RESET_UART0 = 1 << 22,
};

/* Registers change when the condition holds, or not at all: a crystal may be missing, and emulators model little.
   At 6.5 MHz about 30 ms, at 125 MHz 2: the crystal starts in one, a PLL in less. */
static inline int clock_wait(volatile uint32_t *reg, uint32_t mask, uint32_t value)
{
    for (int32_t i = 0; i < 40000; i++) {
        if ((*reg & mask) == value) {
            return 1;
        }
    }
    return 0;
}

/* As reset leaves it, whatever used it before, and usable. */
static inline void restart(uint32_t peripherals)
{
    RESETS_RESET |= peripherals;
    RESETS_RESET &= ~peripherals;
    clock_wait(&RESETS_DONE, peripherals, peripherals);
}

/* The core's clock in Hz; that of the UART is the same. */
uint32_t clock_init(void);

/* 12 MHz * feedback / (first * second). 0: it does not lock. */
int pll_start(uint32_t base, uint32_t reset, uint32_t feedback, uint32_t first, uint32_t second);

uint8_t reset_reason(void);

/* The receive ring holds so much while nobody takes it out. */
enum { UART_AHEAD_BYTES = 255 };

void uart_init(uint32_t clock_hz);
void uart_handler(void);
void timer_handler(void);

/* Connects both pins of the link to its UART; an open receive line idles high. */
void gpio_connect_link(void);

#endif
