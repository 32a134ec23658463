/* What a main program of these tests needs of its target: printing numbers, and an end. */
#ifndef PORT_H
#define PORT_H

#include <stdint.h>

#if defined(__AVR__)
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <avr/sleep.h>

static inline uint8_t read_byte(const void *address)
{
    return pgm_read_byte(address);
}

static void put_char(char c)
{
    UCSR0B |= (uint8_t)(1 << TXEN0);
    while ((UCSR0A & (1 << UDRE0)) == 0) {
    }
    UDR0 = (uint8_t)c;
}

/* The emulator ends where nothing can wake the chip. */
static void leave(void)
{
    while ((UCSR0A & (1 << UDRE0)) == 0) {
    }
    cli();
    sleep_enable();
    sleep_cpu();
}

#elif defined(__arm__)

static void semihost(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static void put_char(char c)
{
    semihost(0x03, &c);
}

static void leave(void)
{
    semihost(0x18, (const void *)0x20026);
}

/* SysTick counts down from here, one a tick of 40 ns; the emulator runs an instruction a nanosecond. */
enum { LAST_TICK = 0xFFFFFF, NANOSECONDS_PER_TICK = 40 };

static inline void start_counting(void)
{
    *(volatile uint32_t *)0xE000E014u = LAST_TICK;
    *(volatile uint32_t *)0xE000E018u = 0;
    *(volatile uint32_t *)0xE000E010u = 5;
}

static inline int32_t counted_instructions(void)
{
    return (int32_t)(LAST_TICK - *(volatile uint32_t *)0xE000E018u) * NANOSECONDS_PER_TICK;
}

#else
#include <stdio.h>

static void put_char(char c)
{
    putchar(c);
}

static void leave(void)
{
}
#endif

#if !defined(__AVR__)
/* Constants are where variables are. */
#define PROGMEM

static inline uint8_t read_byte(const void *address)
{
    return *(const uint8_t *)address;
}
#endif

static inline void put_number(int32_t value)
{
    char digits[12];
    uint8_t count = 0;
    uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
    do {
        digits[count++] = (char)('0' + (char)(rest % 10));
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        put_char('-');
    }
    while (count > 0) {
        put_char(digits[--count]);
    }
    put_char('\n');
}

#endif
