// A stranger's program on a Cortex-M4, in C++, with a driver of its own for the UART: bytes come by interrupt.
// Source: Arm DDI 0479, Cortex-M System Design Kit (UART); Armv7-M Architecture Reference Manual B3.2 (VTOR), B3.4 (NVIC).
#include "gate_link.h"

namespace {

volatile uint32_t &at(uint32_t address) {
    return *reinterpret_cast<volatile uint32_t *>(address);
}

class Uart {
  public:
    void start() {
        at(base + 0x10) = 16;                   // the divider
        at(base + 0x08) = 1 << 0 | 1 << 1 | 1 << 3; // both directions, an interrupt for each byte
        at(0xE000E100) = 1;                     // NVIC: interrupt 0
    }
    void send(uint8_t byte) {
        while (at(base + 0x04) & 1) {
        }
        at(base) = byte;
    }
    uint8_t take() {
        at(base + 0x0C) = 1 << 1;
        return static_cast<uint8_t>(at(base));
    }

  private:
    static constexpr uint32_t base = 0x40004000;
};

Uart uart;

} // namespace

extern "C" {
extern void *const vectors[16];
void *table[32] __attribute__((aligned(128)));

void uart_interrupt() {
    gate_link_received(uart.take());
}
}

void gate_link_send(uint8_t byte) {
    uart.send(byte);
}

uint32_t gate_link_ticks() {
    return UINT32_MAX - at(0x40000004); // TIMER0 counts down
}

int main() {
    for (int i = 0; i < 16; i++) {
        table[i] = vectors[i];
    }
    table[16] = reinterpret_cast<void *>(uart_interrupt);
    at(0xE000ED08) = reinterpret_cast<uint32_t>(table); // VTOR
    at(0x40000008) = UINT32_MAX;                        // TIMER0: reload, value, enable
    at(0x40000004) = UINT32_MAX;
    at(0x40000000) = 1;
    uart.start();
    gate_link_start(25000000, 25000000);
    for (;;) {
        gate_link_poll();
    }
}
