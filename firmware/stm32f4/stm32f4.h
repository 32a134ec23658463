/* The registers of the STM32F4 that the firmware uses. Source: ST RM0090 §7.3, §3.9, §8.4, §13.13, §18.4;
   RM0390 (F446). */
#ifndef PINFER_STM32F4_H
#define PINFER_STM32F4_H

#include "stm32.h"
#include "usart_v1.h"

#define RCC_CR REGISTER(0x40023800)
#define RCC_PLLCFGR REGISTER(0x40023804)
#define RCC_CFGR REGISTER(0x40023808)
#define RCC_AHB1ENR REGISTER(0x40023830)
#define RCC_APB1ENR REGISTER(0x40023840)
#define RCC_APB2ENR REGISTER(0x40023844)
#define FLASH_ACR REGISTER(0x40023C00)
#define PWR_CR REGISTER(0x40007000)
#define DBGMCU_IDCODE REGISTER(0xE0042000)
#define TIM2_BASE 0x40000000u
#define TIM2_CLOCK_ENABLE RCC_APB1ENR
#define GPIO_BASE 0x40020000u
#define GPIO_CLOCK_ENABLE RCC_AHB1ENR /* a bit for each port, from A */

#define USART1_BASE 0x40011000u /* on APB2 */
#define USART2_BASE 0x40004400u /* on APB1 */
enum { USART1_INTERRUPT = 37, USART2_INTERRUPT = 38 };

/* Why the chip started: RCC_CSR */
#define RESET_FLAGS REGISTER(0x40023874)
#define RESET_FLAGS_CLEAR (1u << 24)
#define RESET_BY_WATCHDOG (3u << 29)
#define RESET_BY_SOFTWARE (1u << 28)
#define RESET_BY_POWER (1u << 27)
#define RESET_BY_BROWN_OUT (1u << 25)
#define RESET_BY_PIN (1u << 26)
#define RESET_BY_OTHER (1u << 31) /* low power */

#define IWDG_BASE 0x40003000u
#define IWDG_FREEZE() (REGISTER(0xE0042008) |= 1u << 12) /* DBGMCU_APB1_FZ */

#endif
