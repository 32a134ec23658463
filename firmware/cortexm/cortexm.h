/* What every Cortex-M has, and what the linker script tells. Registers as in the Armv7-M manual B3. */
#ifndef PINFER_CORTEXM_H
#define PINFER_CORTEXM_H

#include "image.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define HALF_WORD(address) (*(volatile uint16_t *)(address))

#define SYST_CSR REGISTER(0xE000E010)
#define SCB_ICSR REGISTER(0xE000ED04)
#define SCB_VTOR REGISTER(0xE000ED08)
#define SCB_AIRCR REGISTER(0xE000ED0C)
#define SCB_SHPR3 REGISTER(0xE000ED20)
#define SCB_SHCSR REGISTER(0xE000ED24)
#define SCB_CFSR REGISTER(0xE000ED28)
#define SCB_HFSR REGISTER(0xE000ED2C)
#define SCB_MMFAR REGISTER(0xE000ED34)
#define SCB_BFAR REGISTER(0xE000ED38)
#define NVIC_ISER(interrupt) REGISTER(0xE000E100 + 4 * ((interrupt) / 32))
#define NVIC_ICER(interrupt) REGISTER(0xE000E180 + 4 * ((interrupt) / 32))
#define NVIC_ISPR(interrupt) REGISTER(0xE000E200 + 4 * ((interrupt) / 32))
#define NVIC_ICPR(interrupt) REGISTER(0xE000E280 + 4 * ((interrupt) / 32))
#define SCB_CPACR REGISTER(0xE000ED88)
#define DEMCR REGISTER(0xE000EDFC)
#define DWT_LAR REGISTER(0xE0001FB0)
#define DWT_CTRL REGISTER(0xE0001000)
#define DWT_CYCCNT_ADDRESS 0xE0001004u

typedef union {
    uint32_t *initial_stack;
    void (*handler)(void);
} vector_t;

/* The board's table; its first entries are stack_top, reset_handler and fault_handler. */
extern const vector_t vectors[];

/* No interrupt is enabled or pending, and SysTick stands. */
void silence_core(void);
void reset_handler(void);
/* Reports the fault over the link and resets: for every exception nobody else takes. */
void fault_handler(void);
/* A fault too, unless a chip has use for it. */
void nmi_handler(void);
/* A millisecond has passed. */
void systick_handler(void);
_Noreturn void system_reset(void);

#endif
