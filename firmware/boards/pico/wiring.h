/* Raspberry Pi Pico: what is wired where. */
#ifndef PINFER_WIRING_H
#define PINFER_WIRING_H

#include "rp2040.h"

#define BOARD_ID "pico"

#define LINK_UART_BASE UART0_BASE
enum {
    LINK_TX = 0, /* GP0 */
    LINK_RX = 1,
};

#define SYSCLK_HZ 125000000u
#define CRYSTAL_HZ 12000000u

#endif
