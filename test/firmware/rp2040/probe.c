/* A board's pins, ADC and clocks by single bytes over the link, in the place of main.c and link.c: a letter, a number, and
   what the letter takes. Each is answered by one word. */
#include "board.h"
#include "link.h"
#include "messages.h"

uint16_t request_in_progress;

void link_send_u32(uint32_t word)
{
    for (int32_t i = 0; i < 4; i++) {
        board_send((uint8_t)(word >> 8 * i));
    }
}

void link_send_begin(uint8_t type, int8_t status, uint16_t id, uint32_t size)
{
    (void)status;
    (void)id;
    (void)size;
    board_send(type);
}

void link_send_end(void)
{
    board_flush();
}

static uint8_t next_byte(void)
{
    int32_t byte = -1;
    while (byte < 0) {
        byte = board_receive();
    }
    return (uint8_t)byte;
}

/* Of so many divisions, by small and by large numbers, those that are wrong. */
static uint32_t wrong_divisions(uint32_t count)
{
    static uint32_t state = 1;
    uint32_t wrong = 0;
    while (count-- > 0) {
        state = state * 1664525 + 1013904223;
        const uint32_t dividend = state;
        state = state * 1664525 + 1013904223;
        const uint32_t divisor = (state | 1u << 31) >> (state & 31);
        const uint32_t quotient = dividend / divisor, remainder = dividend % divisor;
        wrong += quotient * divisor + remainder != dividend || remainder >= divisor ||
                 (quotient == 0) != (dividend < divisor);
    }
    return wrong;
}

static uint32_t do_what(uint8_t letter)
{
    const uint8_t number = next_byte();
    switch (letter) {
    case 'i': board_pin_input(number, next_byte()); return 0;
    case 'o': board_pin_output(number, next_byte()); return 0;
    case 'w': board_pin_write(number, next_byte()); return 0;
    case 'r': return board_pin_read(number);
    case 'A': board_pin_analog(number); board_analog_start(); return 0;
    case 'a': return board_analog_read(number);
    case 'h': return board_info()->core_hz;
    case 'k': return board_info()->counter_kind;
    case 'x': return board_info()->reset_reason;
    case 'W': board_start_watchdog(); return board_info()->has_watchdog;
    case 'B': return (uint32_t)board_has_baud(9600u * number);
    case 'b': board_set_baud(9600u * number); return board_baud();
    case 'c': board_start_clock(); return 0;
    case 'm': { /* ticks of so many milliseconds */
        while (board_milliseconds() == 0) {
        }
        const uint32_t start = board_milliseconds();
        const uint32_t ticks = board_ticks();
        while (board_milliseconds() - start < number) {
        }
        return board_ticks() - ticks;
    }
    case 't': { /* ticks of 256 * number times a loop of 3 instructions */
        const uint32_t ticks = board_ticks();
        uint32_t rounds = (uint32_t)number << 8;
        __asm volatile("1: nop\nsub %0, #1\nbne 1b" : "+l"(rounds)::"cc");
        return board_ticks() - ticks;
    }
    case 'd': return wrong_divisions(number);
    case 'z': __asm volatile("udf #0"); return 0;
    case 'l': return *(volatile uint32_t *)0x1FFFFFFC;
    default: board_reset();
    }
}

int main(void)
{
    board_init();
    link_send_u32(0x21212121); /* it has begun */
    board_flush();
    for (;;) {
        link_send_u32(do_what(next_byte()));
        board_flush();
    }
}
