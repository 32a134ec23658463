/* 300 bytes come before the program looks, then a hello: what goes out stands on standard output. */
#include <stdio.h>

#include "gate_link.h"

void gate_link_send(uint8_t byte)
{
    putchar(byte);
}

uint32_t gate_link_ticks(void)
{
    return 0;
}

int main(void)
{
    gate_link_start(0, 0);
    for (int32_t i = 0; i < 300; i++) {
        gate_link_received(0xC0);
    }
    while (gate_link_poll()) {
    }
    for (int byte = getchar(); byte >= 0; byte = getchar()) {
        gate_link_received((uint8_t)byte);
    }
    return gate_link_poll() == 1 ? 0 : 1;
}
