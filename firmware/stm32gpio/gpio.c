/* GPIO of STM32F4, L4 and G0. Source: RM0090 §8.4, RM0351, RM0444 */
#include "board.h"
#include "stm32.h"
#include "wiring.h"

enum { MODE_INPUT, MODE_OUTPUT, MODE_ALTERNATE, MODE_ANALOG };
enum { MODER = 0x00, PUPDR = 0x0C, IDR = 0x10, ODR = 0x14, BSRR = 0x18, AFRL = 0x20, ASCR = 0x2C };

static volatile uint32_t *port_register(uint8_t pin, uint32_t offset)
{
    return &REGISTER(GPIO_BASE + 0x400 * PIN_PORT(pin) + offset);
}

static void set_field(volatile uint32_t *reg, uint32_t bits, uint32_t index, uint32_t value)
{
    const uint32_t mask = (1u << bits) - 1;
    *reg = (*reg & ~(mask << bits * index)) | value << bits * index;
}

static void configure(uint8_t pin, uint32_t mode, uint32_t pull)
{
    GPIO_CLOCK_ENABLE |= 1u << PIN_PORT(pin);
    (void)GPIO_CLOCK_ENABLE;
    set_field(port_register(pin, PUPDR), 2, PIN_NUMBER(pin), pull);
    set_field(port_register(pin, MODER), 2, PIN_NUMBER(pin), mode);
}

static void connect(uint8_t pin, uint32_t pull)
{
    GPIO_CLOCK_ENABLE |= 1u << PIN_PORT(pin);
    (void)GPIO_CLOCK_ENABLE;
    set_field(port_register(pin, AFRL + 4 * (PIN_NUMBER(pin) / 8)), 4, PIN_NUMBER(pin) % 8, LINK_ALTERNATE);
    configure(pin, MODE_ALTERNATE, pull);
}

void gpio_connect_link(void)
{
#ifdef GPIO_PREPARE
    GPIO_PREPARE();
#endif
    connect(LINK_TX, PIN_FLOATING);
    connect(LINK_RX, PIN_PULL_UP);
}

void board_pin_input(uint8_t pin, uint8_t pull)
{
    configure(pin, MODE_INPUT, pull);
}

void board_pin_output(uint8_t pin, uint32_t is_high)
{
    GPIO_CLOCK_ENABLE |= 1u << PIN_PORT(pin);
    (void)GPIO_CLOCK_ENABLE;
    board_pin_write(pin, is_high); /* before it drives */
    configure(pin, MODE_OUTPUT, PIN_FLOATING);
}

void board_pin_analog(uint8_t pin)
{
    configure(pin, MODE_ANALOG, PIN_FLOATING);
#ifdef GPIO_HAS_ANALOG_SWITCH
    *port_register(pin, ASCR) |= 1u << PIN_NUMBER(pin);
#endif
}

uint32_t board_pin_read(uint8_t pin)
{
    return *port_register(pin, IDR) >> PIN_NUMBER(pin) & 1;
}

void board_pin_write(uint8_t pin, uint32_t is_high)
{
    *port_register(pin, BSRR) = 1u << (PIN_NUMBER(pin) + (is_high ? 0 : 16));
}
