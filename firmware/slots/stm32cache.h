/*
 * A cache of flash that is one bit of FLASH_ACR, ACR_CACHE, and forgets by another, ACR_FORGET: what a family's file says
 * before. Data in it may be damaged while flash is written: ST's HAL has it off too.
 */
#ifndef PINFER_STM32CACHE_H
#define PINFER_STM32CACHE_H

#include "stm32flash.h"

static uint32_t had_cache;

static void stop_caches(void)
{
    had_cache = FLASH_ACR & ACR_CACHE;
    FLASH_ACR &= ~(uint32_t)ACR_CACHE;
}

/* Only one that is off can forget. */
static void start_caches(uint32_t offset, uint32_t size)
{
    FLASH_ACR |= ACR_FORGET;
    FLASH_ACR &= ~(uint32_t)ACR_FORGET;
    FLASH_ACR |= had_cache;
    (void)offset;
    (void)size;
}

#endif
