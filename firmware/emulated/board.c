/* A core that exists in the emulator alone: a polled UART, a counter of instructions, memory map. It has no pins, and
   nothing to flash. The family's header knows UART, timer and how the core sleeps. */
#include "board.h"

#include "wiring.h"

static board_info_t info = {.id = BOARD_ID, .id_bytes = sizeof BOARD_ID - 1};

void board_init(void)
{
    info.core_hz = SYSCLK_HZ;
    info.counter_kind = COUNTER_INSTRUCTIONS;
    info.counter_hz = 1000000000 / NANOSECONDS_PER_INSTRUCTION;
    info.image_address = (uint32_t)image_start;
    info.image_bytes = (uint32_t)image_end - (uint32_t)image_start;
    info.static_ram_bytes = 4 * (uint32_t)((data_end - data_start) + (bss_end - bss_start));
    info.stack_bytes = 4 * (uint32_t)(stack_top - stack_bottom);
    uart_init();
    timer_init();
}

const board_info_t *board_info(void)
{
    return &info;
}

/*
 * The emulator lets NANOSECONDS_PER_INSTRUCTION pass with each instruction, which are several ticks of the timer:
 * ticks * TICK_NUMERATOR / 2^TICK_SHIFT. Between two readings they are off by one at most, so the nearest count of
 * instructions is the right one, wherever in a tick the first fell: a sleep may end anywhere. No branch: a reading always
 * takes the same instructions, which are taken off a measurement. The timer's 32 bits may wrap between two.
 */
uint32_t board_ticks(void)
{
    static uint32_t instructions, latest;
    const uint32_t now = timer_read();
    const uint64_t ticks = now - latest;
    latest = now;
    instructions += (uint32_t)((ticks * TICK_NUMERATOR + (1u << TICK_SHIFT) / 2) >> TICK_SHIFT);
    return instructions;
}

int32_t board_receive(void)
{
    static uint32_t latest;
    while (!uart_has_byte()) {
        if (board_milliseconds() != latest) {
            latest = board_milliseconds();
            return -1;
        }
        sleep_until_byte();
    }
    return uart_take();
}

void board_send(uint8_t byte)
{
    uart_put(byte);
}

void board_flush(void) {}

/* The emulator waits until a byte was taken. */
uint32_t board_receive_overruns(void)
{
    return 0;
}

void board_reset(void)
{
    system_reset();
}

void board_enter_fault(void)
{
    mask_interrupts();
}

void board_pin_input(uint8_t pin, uint8_t pull)
{
    (void)pin;
    (void)pull;
}

void board_pin_output(uint8_t pin, uint32_t is_high)
{
    (void)pin;
    (void)is_high;
}

void board_pin_analog(uint8_t pin)
{
    (void)pin;
}

uint32_t board_pin_read(uint8_t pin)
{
    (void)pin;
    return 0;
}

void board_pin_write(uint8_t pin, uint32_t is_high)
{
    (void)pin;
    (void)is_high;
}

void board_analog_start(void) {}

uint32_t board_analog_read(uint8_t channel)
{
    (void)channel;
    return 0;
}
