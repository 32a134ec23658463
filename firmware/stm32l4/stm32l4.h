/* The registers of the STM32L4 and L4+ that the firmware uses. Source: ST RM0351; RM0432 (L4+). */
#ifndef PINFER_STM32L4_H
#define PINFER_STM32L4_H

#include "stm32.h"
#include "usart_v2.h"

#define RCC_CR REGISTER(0x40021000)
#define RCC_CFGR REGISTER(0x40021008)
#define RCC_PLLCFGR REGISTER(0x4002100C)
#define RCC_AHB2ENR REGISTER(0x4002104C)
#define RCC_APB1ENR1 REGISTER(0x40021058)
#define RCC_APB1ENR2 REGISTER(0x4002105C)
#define RCC_APB2ENR REGISTER(0x40021060)
#define RCC_CCIPR REGISTER(0x40021088)
#define FLASH_ACR REGISTER(0x40022000)
#define PWR_CR2 REGISTER(0x40007004)
#define PWR_CR5 REGISTER(0x40007080) /* L4+ only */
#define TIM2_BASE 0x40000000u
#define TIM2_CLOCK_ENABLE RCC_APB1ENR1
#define GPIO_BASE 0x48000000u
#define GPIO_CLOCK_ENABLE RCC_AHB2ENR /* a bit for each port, from A */

#define USART1_BASE 0x40013800u
#define USART2_BASE 0x40004400u
#define LPUART1_BASE 0x40008000u
enum { USART1_INTERRUPT = 37, USART2_INTERRUPT = 38, LPUART1_INTERRUPT = 70 };

/* Why the chip started: RCC_CSR */
#define RESET_FLAGS REGISTER(0x40021094)
#define RESET_FLAGS_CLEAR (1u << 23)
#define RESET_BY_WATCHDOG (3u << 29)
#define RESET_BY_SOFTWARE (1u << 28)
#define RESET_BY_POWER (1u << 27) /* or a brown-out */
#define RESET_BY_BROWN_OUT 0u
#define RESET_BY_PIN (1u << 26)
#define RESET_BY_OTHER (1u << 31 | 3u << 24) /* low power, firewall, option bytes */

#define IWDG_BASE 0x40003000u
#define IWDG_FREEZE() (REGISTER(0xE0042008) |= 1u << 12) /* DBGMCU_APB1FZR1 */

#endif
