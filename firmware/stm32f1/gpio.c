/* GPIO of STM32F1: four bits a pin say mode and configuration together. Source: RM0008 */
#include "board.h"
#include "stm32.h"
#include "wiring.h"

enum { ANALOG = 0x0, OUTPUT_2_MHZ = 0x2, FLOATING = 0x4, PULLED = 0x8, ALTERNATE_50_MHZ = 0xB };
enum { CRL = 0x00, IDR = 0x08, BSRR = 0x10 };

static volatile uint32_t *port_register(uint8_t pin, uint32_t offset)
{
    return &REGISTER(GPIO_BASE + 0x400 * PIN_PORT(pin) + offset);
}

static void enable(uint8_t pin)
{
    RCC_APB2ENR |= 1u << (2 + PIN_PORT(pin));
    (void)RCC_APB2ENR;
}

static void configure(uint8_t pin, uint32_t mode)
{
    const uint32_t shift = 4 * (PIN_NUMBER(pin) % 8);
    volatile uint32_t *reg = port_register(pin, CRL + 4 * (PIN_NUMBER(pin) / 8));
    enable(pin);
    *reg = (*reg & ~(15u << shift)) | mode << shift;
}

void gpio_connect_link(void)
{
    configure(LINK_TX, ALTERNATE_50_MHZ);
    board_pin_input(LINK_RX, PIN_PULL_UP);
}

void board_pin_input(uint8_t pin, uint8_t pull)
{
    enable(pin);
    if (pull != PIN_FLOATING) {
        board_pin_write(pin, pull == PIN_PULL_UP); /* the output register chooses the direction of the pull */
    }
    configure(pin, pull == PIN_FLOATING ? FLOATING : PULLED);
}

void board_pin_output(uint8_t pin, uint32_t is_high)
{
    enable(pin);
    board_pin_write(pin, is_high); /* before it drives */
    configure(pin, OUTPUT_2_MHZ);
}

void board_pin_analog(uint8_t pin)
{
    configure(pin, ANALOG);
}

uint32_t board_pin_read(uint8_t pin)
{
    return *port_register(pin, IDR) >> PIN_NUMBER(pin) & 1;
}

void board_pin_write(uint8_t pin, uint32_t is_high)
{
    *port_register(pin, BSRR) = 1u << (PIN_NUMBER(pin) + (is_high ? 0 : 16));
}
