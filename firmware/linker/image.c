/* The program's own memory: how deep the stack has been, and what nobody uses. */
#include "image.h"

#include "board.h"

uint32_t board_stack_used(void)
{
    const uint32_t *word = stack_bottom;
    while (word < stack_top && *word == PAINT) {
        word++;
    }
    return 4 * (uint32_t)(stack_top - word);
}

static int is_inside(uint32_t address, uint32_t size, const uint32_t *start, const uint32_t *end)
{
    const uint32_t bytes = (uint32_t)end - (uint32_t)start;
    return address - (uint32_t)start <= bytes && size <= bytes - (address - (uint32_t)start);
}

int board_memory(uint32_t address, uint32_t size, const uint8_t **bytes)
{
    const int is_readable =
        is_inside(address, size, flash_start, flash_end) || is_inside(address, size, ram_start, ram_end);
    *bytes = (const uint8_t *)address;
    return is_readable;
}

/* Variables are the last in RAM. */
uint8_t *board_spare_memory(uint32_t offset, uint32_t size)
{
    const uint32_t start = (uint32_t)bss_end + offset;
    const uint8_t *memory;
    return board_memory(start, size, &memory) ? (uint8_t *)start : 0;
}
