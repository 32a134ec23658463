/* The registers of the STM32U5 that the firmware uses, with TrustZone off as from the factory. Source: ST RM0456 */
#ifndef PINFER_STM32U5_H
#define PINFER_STM32U5_H

#include "stm32.h"
#include "usart_v2.h"

#define RCC_CR REGISTER(0x46020C00)
#define RCC_ICSCR1 REGISTER(0x46020C08)
#define RCC_CFGR1 REGISTER(0x46020C1C)
#define RCC_CFGR2 REGISTER(0x46020C20)
#define RCC_PLL1CFGR REGISTER(0x46020C28)
#define RCC_PLL1DIVR REGISTER(0x46020C34)
#define RCC_AHB2ENR1 REGISTER(0x46020C8C)
#define RCC_AHB3ENR REGISTER(0x46020C94)
#define RCC_APB1ENR1 REGISTER(0x46020C9C)
#define RCC_APB2ENR REGISTER(0x46020CA4)
#define RCC_CCIPR1 REGISTER(0x46020CE0)
#define RCC_CCIPR3 REGISTER(0x46020CE8)
#define PWR_VOSR REGISTER(0x4602080C)
#define PWR_SVMCR REGISTER(0x46020810)
#define FLASH_ACR REGISTER(0x40022000)
#define ICACHE_CR REGISTER(0x40030400)
#define TIM2_BASE 0x40000000u
#define TIM2_CLOCK_ENABLE RCC_APB1ENR1
#define GPIO_BASE 0x42020000u
#define GPIO_CLOCK_ENABLE RCC_AHB2ENR1 /* a bit for each port, from A */
/* The supplies of the ADC and of PG2 to PG15 must be called valid (ASV, IO2SV); RM0456 §10.10.5 */
#define GPIO_PREPARE() (RCC_AHB3ENR |= 1u << 2, (void)RCC_AHB3ENR, PWR_SVMCR |= 1u << 30 | 1u << 29)

#define USART1_BASE 0x40013800u
enum { USART1_INTERRUPT = 61 };

/* Why the chip started: RCC_CSR */
#define RESET_FLAGS REGISTER(0x46020CF4)
#define RESET_FLAGS_CLEAR (1u << 23)
#define RESET_BY_WATCHDOG (3u << 29)
#define RESET_BY_SOFTWARE (1u << 28)
#define RESET_BY_POWER (1u << 27) /* or a brown-out */
#define RESET_BY_BROWN_OUT 0u
#define RESET_BY_PIN (1u << 26)
#define RESET_BY_OTHER (1u << 31 | 1u << 25) /* low power, option bytes */

#define IWDG_BASE 0x40003000u
#define IWDG_FREEZE() (REGISTER(0xE0044008) |= 1u << 12) /* DBGMCU_APB1FZR1 */

#endif
