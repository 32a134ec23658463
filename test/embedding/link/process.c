/* A stranger's program on this computer: bytes come on standard input, and go out on standard output. Between any two bytes
   it uses the network for itself. */
#include <stdlib.h>
#include <unistd.h>

#include "gate_link.h"

void gate_link_send(uint8_t byte)
{
    if (write(STDOUT_FILENO, &byte, 1) != 1) {
        exit(1);
    }
}

uint32_t gate_link_ticks(void)
{
    static uint32_t ticks;
    return ticks += 10;
}

static void use_network(int32_t i)
{
    gate_input()[0] = i & 1 ? 64 : 0;
    gate_input()[1] = i & 2 ? 64 : 0;
    if (i & 4) {
        gate_run();
    } else {
        gate_link_run();
    }
    if (gate_output()[0] != ((i & 1) != (i >> 1 & 1) ? 64 : 0)) {
        exit(3);
    }
}

int main(void)
{
    uint8_t byte;
    int32_t answers = 0;
    gate_link_start(1000000, 16000000);
    for (int32_t i = 0; read(STDIN_FILENO, &byte, 1) == 1; i++) {
        gate_link_received(byte);
        use_network(i);
        answers += gate_link_poll();
    }
    return answers > 0 ? 0 : 4;
}
