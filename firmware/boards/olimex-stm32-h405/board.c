/* Olimex STM32-H405: vectors, counter, memory map. */
#include "board.h"

#include "stm32f405.h"

/* TIM2 of QEMU counts nanoseconds of virtual time; with -icount shift=0 one passes with each instruction. */
enum { EMULATOR_TICKS_HZ = 1000000000 };

#define ID "olimex-stm32-h405"

static board_info_t info = {.id = ID, .id_bytes = sizeof ID - 1};
static volatile const uint32_t *counter;

/* It ends with the last interrupt that is ever enabled. */
__attribute__((section(".vectors"), used)) const vector_t vectors[16 + USART1_INTERRUPT + 1] = {
    {.initial_stack = stack_top},
    {.handler = reset_handler},
    {.handler = fault_handler}, /* NMI */
    {.handler = fault_handler}, /* hard fault */
    {.handler = fault_handler}, /* memory management */
    {.handler = fault_handler}, /* bus fault */
    {.handler = fault_handler}, /* usage fault */
    [7 ... 15 + USART1_INTERRUPT] = {.handler = fault_handler},
    [16 + USART1_INTERRUPT] = {.handler = uart_handler},
};

/* DWT's cycle counter if it moves; QEMU has none, and there TIM2 counts instructions. */
static void start_counter(void)
{
    volatile const uint32_t *cycles = (volatile const uint32_t *)DWT_CYCCNT_ADDRESS;
    DEMCR |= 1u << 24; /* TRCENA */
    DWT_CTRL |= 1;     /* CYCCNTENA */
    const uint32_t before = *cycles;
    __asm volatile("nop\nnop\nnop\nnop");
    if (*cycles != before) {
        counter = cycles;
        info.counter_kind = COUNTER_CYCLES;
        info.counter_hz = info.core_hz;
        return;
    }
    RCC_APB1ENR |= 1; /* TIM2 */
    TIM2_EGR = 1;
    TIM2_CR1 = 1;
    counter = (volatile const uint32_t *)TIM2_CNT_ADDRESS;
    info.counter_kind = COUNTER_INSTRUCTIONS;
    info.counter_hz = EMULATOR_TICKS_HZ;
}

void board_init(void)
{
    uint32_t usart1_hz;
    info.core_hz = clock_init(&usart1_hz);
    info.image_address = (uint32_t)image_start;
    info.image_bytes = (uint32_t)image_end - (uint32_t)image_start;
    info.static_ram_bytes = 4 * (uint32_t)((data_end - data_start) + (bss_end - bss_start));
    info.stack_bytes = 4 * (uint32_t)(stack_top - stack_bottom);
    start_counter();
    /* Where ticks are exact nothing comes in during a run: its interrupts would be counted. */
    info.ahead_bytes = info.counter_kind == COUNTER_CYCLES ? UART_AHEAD_BYTES : 0;
    uart_init(usart1_hz);
}

const board_info_t *board_info(void)
{
    return &info;
}

uint32_t board_ticks(void)
{
    return *counter;
}

uint32_t board_stack_used(void)
{
    return stack_used();
}

static int is_inside(uint32_t address, uint32_t size, uint32_t start, uint32_t bytes)
{
    return address >= start && address - start <= bytes && size <= bytes - (address - start);
}

const uint8_t *board_memory(uint32_t address, uint32_t size)
{
    const int is_readable =
        is_inside(address, size, 0x08000000, 1024 * 1024) || is_inside(address, size, 0x20000000, 128 * 1024);
    return is_readable ? (const uint8_t *)address : 0;
}

void board_reset(void)
{
    system_reset();
}
