/* The host as a board: frames on standard input and output. It counts nothing and has no memory map. */
#define _POSIX_C_SOURCE 200809L
#include "board.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "dut.h"
#include "inference.h"
#include "names.h"

static uint8_t input[4096], output[4096];
static const board_info_t info = {
    .id = "host", .id_bytes = 4, .counter_kind = COUNTER_NONE, .ahead_bytes = sizeof input};
static ssize_t input_bytes, input_next;
static size_t output_bytes;
static int is_clock_running;
static int told_time = -1; /* where tests say what time it is */
static uint32_t told_milliseconds;
static uint32_t started; /* of the clock */
static uint8_t levels[256]; /* of pins, in memory only; what nothing drives is low */

/* Each byte on the pipe that HOST_BOARD_CLOCK names is a millisecond, and then no other passes. */
void board_init(void)
{
    const char *path = getenv("HOST_BOARD_CLOCK");
    if (path != 0) {
        told_time = open(path, O_RDWR); /* no end of file when nobody writes */
        if (told_time < 0) {
            exit(1);
        }
    }
}

const board_info_t *board_info(void)
{
    return &info;
}

/* Until there is input, or a millisecond has passed: what was told before the input was sent comes first. */
static int has_time_passed(void)
{
    struct pollfd waiting[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = told_time, .events = POLLIN}};
    const int ready = poll(waiting, 2, told_time < 0 ? 1 : -1);
    if (waiting[1].revents & POLLIN) {
        uint8_t millisecond;
        told_milliseconds += read(told_time, &millisecond, 1) == 1;
        return 1;
    }
    return ready == 0;
}

#if defined(HAS_WINDOWS) && HAS_WINDOWS
/* A millisecond that nobody has been told of, in the place of a clock's interrupt. */
static int tick(void)
{
    static uint32_t told;
    if (!is_clock_running || told == board_milliseconds() - started) {
        return 0;
    }
    told++;
    sampling_tick(0);
    return 1;
}
#else
static inline int tick(void)
{
    return 0;
}
#endif

int32_t board_receive(void)
{
    if (tick()) {
        return -1;
    }
    if (input_next == input_bytes) {
        if (is_clock_running && has_time_passed()) {
            return -1;
        }
        input_bytes = read(STDIN_FILENO, input, sizeof input);
        input_next = 0;
        if (input_bytes <= 0) {
            exit(0);
        }
    }
    return input[input_next++];
}

void board_send(uint8_t byte)
{
    if (output_bytes == sizeof output) {
        board_flush();
    }
    output[output_bytes++] = byte;
}

void board_flush(void)
{
    for (size_t sent = 0; sent < output_bytes;) {
        const ssize_t count = write(STDOUT_FILENO, output + sent, output_bytes - sent);
        if (count <= 0) {
            exit(1);
        }
        sent += (size_t)count;
    }
    output_bytes = 0;
}

uint32_t board_ticks(void)
{
    return 0;
}

uint32_t board_stack_used(void)
{
    return 0;
}

uint32_t board_receive_overruns(void)
{
    return 0;
}

void board_start_clock(void)
{
    is_clock_running = 1;
    started = board_milliseconds();
}

uint32_t board_milliseconds(void)
{
    if (told_time >= 0) {
        return told_milliseconds;
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000u + (uint32_t)(now.tv_nsec / 1000000);
}

void board_pause_clock(void) {}

void board_resume_clock(void) {}

void board_pin_input(uint8_t pin, uint8_t pull)
{
    levels[pin] = pull == PIN_PULL_UP;
}

void board_pin_output(uint8_t pin, uint32_t is_high)
{
    board_pin_write(pin, is_high);
}

void board_pin_analog(uint8_t pin)
{
    (void)pin;
}

uint32_t board_pin_read(uint8_t pin)
{
    return levels[pin];
}

void board_pin_write(uint8_t pin, uint32_t is_high)
{
    levels[pin] = is_high != 0;
}

void board_analog_start(void) {}

uint32_t board_analog_read(uint8_t channel)
{
    (void)channel;
    return 0;
}

/* The description stands at address 0, so that checksums can be tried here too. */
int board_memory(uint32_t address, uint32_t size, const uint8_t **bytes)
{
    const int is_inside = address <= NETWORK_DESCRIPTION_BYTES && size <= NETWORK_DESCRIPTION_BYTES - address;
    *bytes = network_description + (is_inside ? address : 0);
    return is_inside;
}

uint8_t *board_spare_memory(uint32_t offset, uint32_t size)
{
    /* The latest inference, what a text has loaded, and a batch. */
    static _Alignas(4) uint8_t spare[sizeof(inference_t) + sizeof(loaded_t) + 2048];
    return offset <= sizeof spare && size <= sizeof spare - offset ? spare + offset : 0;
}

/* The program anew, on the same pipes. */
void board_reset(void)
{
    execl("/proc/self/exe", "firmware", (char *)0);
    exit(0); /* no /proc: the host sees the end of the process */
}
