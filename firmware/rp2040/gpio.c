/* Pins: software's IO, a pad and a function for each. Source: RP2040 datasheet §2.3.1.2, §2.19 */
#include "board.h"
#include "rp2040.h"
#include "wiring.h"

enum { FUNCTION_UART = 2, FUNCTION_SOFTWARE = 5, FUNCTION_NONE = 31 };
enum {
    PAD_SCHMITT = 1 << 1,
    PAD_PULL_DOWN = 1 << 2,
    PAD_PULL_UP = 1 << 3,
    PAD_4_MILLIAMPERES = 1 << 4,
    PAD_INPUT = 1 << 6,
    PAD_NO_OUTPUT = 1 << 7,
};

static void configure(uint8_t pin, uint32_t function, uint32_t pad)
{
    PAD(pin) = pad;
    IO_CTRL(pin) = function;
}

void gpio_connect_link(void)
{
    restart(RESET_IO | RESET_PADS);
    configure(LINK_TX, FUNCTION_UART, PAD_4_MILLIAMPERES | PAD_INPUT);
    configure(LINK_RX, FUNCTION_UART, PAD_SCHMITT | PAD_PULL_UP | PAD_INPUT);
}

void board_pin_input(uint8_t pin, uint8_t pull)
{
    const uint32_t pulls = (pull == PIN_PULL_UP ? PAD_PULL_UP : 0u) | (pull == PIN_PULL_DOWN ? PAD_PULL_DOWN : 0u);
    SIO_ENABLE_CLEAR = 1u << pin;
    configure(pin, FUNCTION_SOFTWARE, PAD_SCHMITT | PAD_INPUT | pulls);
}

void board_pin_output(uint8_t pin, uint32_t is_high)
{
    board_pin_write(pin, is_high); /* before it drives */
    SIO_ENABLE_SET = 1u << pin;
    configure(pin, FUNCTION_SOFTWARE, PAD_4_MILLIAMPERES | PAD_INPUT);
}

void board_pin_analog(uint8_t pin)
{
    SIO_ENABLE_CLEAR = 1u << pin;
    configure(pin, FUNCTION_NONE, PAD_NO_OUTPUT);
}

uint32_t board_pin_read(uint8_t pin)
{
    return SIO_IN >> pin & 1;
}

void board_pin_write(uint8_t pin, uint32_t is_high)
{
    if (is_high) {
        SIO_OUT_SET = 1u << pin;
    } else {
        SIO_OUT_CLEAR = 1u << pin;
    }
}
