/*
 * Slots of this computer: a file that HOST_BOARD_SLOTS names, and that stays. HOST_BOARD_CUT takes the power away before
 * so many bytes have been erased or written, for tests.
 */
#define _POSIX_C_SOURCE 200809L
#include "slots.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint8_t *flash;
static long bytes_left = -1;

static void open_flash(void)
{
    const char *path = getenv("HOST_BOARD_SLOTS");
    const char *cut = getenv("HOST_BOARD_CUT");
    if (flash != 0 || path == 0) {
        return;
    }
    const int file = open(path, O_RDWR | O_CREAT, 0666);
    const off_t end = file < 0 ? 0 : lseek(file, 0, SEEK_END);
    const int is_new = end < SLOT_COUNT * SLOT_BYTES;
    if (file < 0 || (is_new && ftruncate(file, SLOT_COUNT * SLOT_BYTES) != 0)) {
        exit(1);
    }
    void *mapped = mmap(0, SLOT_COUNT * SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) {
        exit(1);
    }
    close(file);
    flash = mapped;
    for (uint32_t i = 0; is_new && i < SLOT_COUNT * SLOT_BYTES; i++) {
        flash[i] = 0xFF; /* as delivered */
    }
    bytes_left = cut == 0 ? -1 : atol(cut);
}

static void set(uint8_t *place, uint8_t byte)
{
    if (bytes_left == 0) {
        _exit(0);
    }
    bytes_left -= bytes_left > 0;
    *place = byte;
}

const uint8_t *flash_slot(uint32_t slot)
{
    open_flash();
    return flash == 0 ? 0 : flash + slot * SLOT_BYTES;
}

void flash_erase(uint32_t slot)
{
    for (uint32_t i = 0; i < SLOT_BYTES; i++) {
        set(flash + slot * SLOT_BYTES + i, 0xFF);
    }
}

/* As flash does: a bit that is 0 stays 0. */
void flash_write(uint32_t slot, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    uint8_t *place = flash + slot * SLOT_BYTES + offset;
    for (uint32_t i = 0; i < size; i++) {
        set(place + i, place[i] & bytes[i]);
    }
}
