/* The registers of the STM32F1 that the firmware uses. Source: ST RM0008; RM0041 (F100). */
#ifndef PINFER_STM32F1_H
#define PINFER_STM32F1_H

#include "stm32.h"
#include "usart_v1.h"

#define RCC_CR REGISTER(0x40021000)
#define RCC_CFGR REGISTER(0x40021004)
#define RCC_APB2ENR REGISTER(0x40021018)
#define RCC_APB1ENR REGISTER(0x4002101C)
#define FLASH_ACR REGISTER(0x40022000)
#define TIM2_BASE 0x40000000u
#define TIM2_CLOCK_ENABLE RCC_APB1ENR
#define GPIO_BASE 0x40010800u

#define USART1_BASE 0x40013800u /* on APB2 */
#define USART2_BASE 0x40004400u /* on APB1 */
enum { USART1_INTERRUPT = 37, USART2_INTERRUPT = 38 };

/* Why the chip started: RCC_CSR */
#define RESET_FLAGS REGISTER(0x40021024)
#define RESET_FLAGS_CLEAR (1u << 24)
#define RESET_BY_WATCHDOG (3u << 29)
#define RESET_BY_SOFTWARE (1u << 28)
#define RESET_BY_POWER (1u << 27) /* or a brown-out */
#define RESET_BY_BROWN_OUT 0u
#define RESET_BY_PIN (1u << 26)
#define RESET_BY_OTHER (1u << 31) /* low power */

#define IWDG_BASE 0x40003000u
#define IWDG_FREEZE() (REGISTER(0xE0042004) |= 1u << 8) /* DBGMCU_CR */

#endif
