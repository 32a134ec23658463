/* The registers of the STM32F405 that the firmware uses. Source: ST RM0090 §7.3, §3.9, §8.4, §18.4, §30.6. */
#ifndef PINFER_STM32F405_H
#define PINFER_STM32F405_H

#include "cortexm.h"

#define RCC_CR REGISTER(0x40023800)
#define RCC_PLLCFGR REGISTER(0x40023804)
#define RCC_CFGR REGISTER(0x40023808)
#define RCC_AHB1ENR REGISTER(0x40023830)
#define RCC_APB1ENR REGISTER(0x40023840)
#define RCC_APB2ENR REGISTER(0x40023844)
#define FLASH_ACR REGISTER(0x40023C00)
#define GPIOA_MODER REGISTER(0x40020000)
#define GPIOA_PUPDR REGISTER(0x4002000C)
#define GPIOA_AFRH REGISTER(0x40020024)
#define TIM2_CR1 REGISTER(0x40000000)
#define TIM2_EGR REGISTER(0x40000014)
#define TIM2_CNT_ADDRESS 0x40000024u
#define USART1_SR REGISTER(0x40011000)
#define USART1_DR REGISTER(0x40011004)
#define USART1_BRR REGISTER(0x40011008)
#define USART1_CR1 REGISTER(0x4001100C)

enum {
    USART1_INTERRUPT = 37,
    USART_SR_ORE = 1 << 3,
    USART_SR_RXNE = 1 << 5,
    USART_SR_TC = 1 << 6,
    USART_SR_TXE = 1 << 7,
    USART_CR1_RE = 1 << 2,
    USART_CR1_TE = 1 << 3,
    USART_CR1_RXNEIE = 1 << 5,
    USART_CR1_TXEIE = 1 << 7,
    USART_CR1_UE = 1 << 13,
};

/* The receive ring holds so much while nobody takes it out. */
enum { UART_AHEAD_BYTES = 255 };

/* The core's clock in Hz; `usart1_hz` is that of USART1's bus. */
uint32_t clock_init(uint32_t *usart1_hz);

void uart_init(uint32_t clock_hz);
void uart_handler(void);

#endif
