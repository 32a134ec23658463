/* The registers of the STM32G0 that the firmware uses. Source: ST RM0444 */
#ifndef PINFER_STM32G0_H
#define PINFER_STM32G0_H

#include "stm32.h"
#include "usart_v2.h"

#define RCC_CR REGISTER(0x40021000)
#define RCC_CFGR REGISTER(0x40021008)
#define RCC_PLLCFGR REGISTER(0x4002100C)
#define RCC_IOPENR REGISTER(0x40021034)
#define RCC_APBENR1 REGISTER(0x4002103C)
#define RCC_APBENR2 REGISTER(0x40021040)
#define RCC_CCIPR REGISTER(0x40021054)
#define FLASH_ACR REGISTER(0x40022000)
#define SYSCFG_CFGR1 REGISTER(0x40010000)
#define TIM2_BASE 0x40000000u
#define TIM2_CLOCK_ENABLE RCC_APBENR1
#define GPIO_BASE 0x50000000u
#define GPIO_CLOCK_ENABLE RCC_IOPENR /* a bit for each port, from A */
/* From reset on PA8, PB15, PD0 and PD2 may be pulled down, as USB-C asks of a dead battery, until UCPD1_STROBE and
   UCPD2_STROBE; RM0444 */
#define GPIO_PREPARE() (RCC_APBENR2 |= 1u << 0, (void)RCC_APBENR2, SYSCFG_CFGR1 |= 3u << 9)

#define USART1_BASE 0x40013800u
#define USART2_BASE 0x40004400u
enum { USART1_INTERRUPT = 27, USART2_INTERRUPT = 28 };

/* Why the chip started: RCC_CSR */
#define RESET_FLAGS REGISTER(0x40021060)
#define RESET_FLAGS_CLEAR (1u << 23)
#define RESET_BY_WATCHDOG (3u << 29)
#define RESET_BY_SOFTWARE (1u << 28)
#define RESET_BY_POWER (1u << 27) /* or a brown-out */
#define RESET_BY_BROWN_OUT 0u
#define RESET_BY_PIN (1u << 26)
#define RESET_BY_OTHER (1u << 31 | 1u << 25) /* low power, option bytes */

#define IWDG_BASE 0x40003000u
#define IWDG_FREEZE() (RCC_APBENR1 |= 1u << 27, REGISTER(0x40015808) |= 1u << 12) /* DBG_APB_FZ1 */

#endif
