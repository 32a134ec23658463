/*
 * What a board gives to the rest of the firmware. docs/boards.md tells how a board is added.
 */
#ifndef PINFER_BOARD_H
#define PINFER_BOARD_H

#include <stdint.h>

enum {
    COUNTER_NONE = 0,
    COUNTER_CYCLES = 1,
    COUNTER_INSTRUCTIONS = 2,
    COUNTER_TICKS = 3, /* of another clock than the core's */
};

/* Why the firmware started. */
enum {
    RESET_UNKNOWN = 0,
    RESET_POWER = 1,     /* power came; on some chips that is all that can be told of a brown-out too */
    RESET_BROWN_OUT = 2, /* the supply fell too low */
    RESET_PIN = 3,
    RESET_SOFTWARE = 4, /* a request, or a fault */
    RESET_WATCHDOG = 5,
    RESET_OTHER = 6,
};

typedef struct {
    const char *id;
    uint8_t id_bytes;
    uint8_t counter_kind; /* what board_ticks counts */
    uint8_t reset_reason;
    uint8_t has_watchdog;
    uint32_t counter_hz;
    uint32_t core_hz; /* the clock that really runs; 0 when unknown */
    uint32_t image_address;
    uint32_t image_bytes;      /* code, constants and initial values; 0 when unknown */
    uint32_t static_ram_bytes; /* all RAM but arena and stack */
    uint32_t stack_bytes;      /* 0 when the stack has no fixed size */
    uint32_t ahead_bytes;      /* what may come in while a request is worked on; 0 when nothing may */
} board_info_t;

/* Starts clock, link and counter. Called once, first. */
void board_init(void);

const board_info_t *board_info(void);

/* The next byte from the link; sleeps until there is one. With a clock started it also returns, with -1, once in a
   millisecond when none came. */
int32_t board_receive(void);

/* Gives a byte to the link; waits until there is room. */
void board_send(uint8_t byte);

/* Returns when the last byte has left. */
void board_flush(void);

/* Free running, wraps at 2^32. Always 0 with COUNTER_NONE. */
uint32_t board_ticks(void);

/* The deepest the stack has been, in bytes, the main program and interrupts together. 0 when unknown. */
uint32_t board_stack_used(void);

/* Bytes lost because nobody took them in time. */
uint32_t board_receive_overruns(void);

/* Bytes that came with no stop bit, mostly because the other side has another rate. */
uint32_t board_framing_errors(void);

/* The link's rate, 0 where it has none; is there a divider for another one; goes over to it, once all has been sent. A board
   with one rate leaves all four out. */
uint32_t board_baud(void);
int board_has_baud(uint32_t baud);
void board_set_baud(uint32_t baud);

/* From then on the firmware starts anew when it has not been fed for some seconds. May be left out, both. */
void board_start_watchdog(void);
void board_feed_watchdog(void);

/* Is all of [address, address + size) in flash or RAM? Then `bytes` is where; 0 may be an address as any other. */
int board_memory(uint32_t address, uint32_t size, const uint8_t **bytes);

/* `size` bytes of RAM that neither arena, variables nor stack use, `offset` bytes from its start; 0: not so many. */
uint8_t *board_spare_memory(uint32_t offset, uint32_t size);

/* Starts the firmware anew. */
_Noreturn void board_reset(void);

/* Milliseconds since board_start_clock, 0 before; wraps at 2^32. */
void board_start_clock(void);
uint32_t board_milliseconds(void);

/* Where pins are read for windows the clock's interrupt calls this, once a millisecond; sampling.c. Called late, it only
   counts. */
#if defined(HAS_WINDOWS) && HAS_WINDOWS
void sampling_tick(uint32_t is_late);
#else
static inline void sampling_tick(uint32_t is_late)
{
    (void)is_late;
}
#endif

/* The clock's interrupt waits meanwhile, and time with it: it would count as the network's. */
void board_pause_clock(void);
void board_resume_clock(void);

/* Pins. A pin is 16 * port + number, with port A = 0: PC13 is 45. */
enum { PIN_FLOATING = 0, PIN_PULL_UP = 1, PIN_PULL_DOWN = 2 };
void board_pin_input(uint8_t pin, uint8_t pull);
/* It drives the level from the first moment. */
void board_pin_output(uint8_t pin, uint32_t is_high);
void board_pin_analog(uint8_t pin);
/* 0 or 1 */
uint32_t board_pin_read(uint8_t pin);
void board_pin_write(uint8_t pin, uint32_t is_high);

/* 12 bits, 0..4095, of what board_pin_analog was said for the channel's pin; ANALOG_FAULT when the ADC gave none in
   time. */
#define ANALOG_FAULT UINT32_MAX
void board_analog_start(void);
uint32_t board_analog_read(uint8_t channel);

/* From here on nothing interrupts, and board_send waits for no dead link. For fault reports. */
void board_enter_fault(void);

#endif
