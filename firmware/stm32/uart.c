/* The link's UART, 115200 8N1 until the host asks for another rate, a ring each way. */
#include "board.h"
#include "stm32.h"
#include "wiring.h"

/* A byte leaves in 87 us, 42 000 cycles at 480 MHz. */
enum { BAUD = 115200, LEAST_BAUD = 9600, MOST_BAUD = 921600, RING_SIZE = 256, POLLS = 100000 };

/* The same bits in all versions of the peripheral. */
enum {
    STATUS_FRAMING = 1 << 1,
    STATUS_OVERRUN = 1 << 3,
    STATUS_RECEIVED = 1 << 5,
    STATUS_ALL_SENT = 1 << 6,
    STATUS_ROOM = 1 << 7,
    CONTROL_RECEIVER = 1 << 2,
    CONTROL_TRANSMITTER = 1 << 3,
    CONTROL_INTERRUPT_RECEIVED = 1 << 5,
    CONTROL_INTERRUPT_ROOM = 1 << 7,
};

/* Of what follows a request the host sends no more than UART_AHEAD_BYTES before the answer. */
typedef struct {
    volatile uint8_t bytes[RING_SIZE]; /* so that a byte is there before the index that tells of it */
    volatile uint8_t head; /* next to write; 8 bits wrap with the ring */
    volatile uint8_t tail; /* next to read */
} ring_t;

_Static_assert(RING_SIZE == UINT8_MAX + 1, "ring indices wrap by their type");
_Static_assert((uint32_t)UART_AHEAD_BYTES < RING_SIZE, "a full ring looks like an empty one");

static ring_t received, queued;
static volatile uint8_t is_held; /* the latest byte, in the UART */
static uint32_t overruns, framing_errors;
static uint32_t uart_hz, rate;
static uint8_t is_polled;

static uint32_t divider_of(uint32_t baud)
{
#ifdef LINK_IS_LPUART /* 256 times finer; RM0432 §47.4.7 */
    return uart_hz / baud * 256 + uart_hz % baud * 256 / baud;
#else
    return (uart_hz + baud / 2) / baud;
#endif
}

void uart_init(uint32_t clock_hz)
{
    uart_hz = clock_hz;
    rate = BAUD;
    LINK_CLOCK_ENABLE |= LINK_CLOCK_BIT;
    (void)LINK_CLOCK_ENABLE; /* the clock needs two cycles to arrive; errata ES0182 §2.1.13 */
    /* The ROM loader may have used it, with parity, and most settings are taken only while it is off. */
    UART_CONTROL = 0;
    UART_CONTROL2 = 0;
    UART_CONTROL3 = 0;
    gpio_connect_link();
    UART_DIVIDER = divider_of(BAUD);
    UART_CONTROL = UART_ENABLE | CONTROL_TRANSMITTER | CONTROL_RECEIVER | CONTROL_INTERRUPT_RECEIVED;
    NVIC_ISER(LINK_INTERRUPT) = 1u << LINK_INTERRUPT % 32;
}

/* A byte that finds the ring full stays in the UART, and the interrupt off, until board_receive has made room: an emulated
   line waits, a wire loses what comes behind it. */
static void take_received(void)
{
    const uint32_t status = UART_STATUS;
    const uint8_t next = (uint8_t)(received.head + 1);
    if (next == received.tail) {
        is_held = 1;
        NVIC_ICER(LINK_INTERRUPT) = 1u << LINK_INTERRUPT % 32;
        return;
    }
    if (status & STATUS_OVERRUN) {
        overruns++;
        UART_CLEAR_OVERRUN();
    }
    if (status & (STATUS_RECEIVED | STATUS_OVERRUN)) {
        const uint8_t byte = (uint8_t)UART_RECEIVED;
        if (status & STATUS_FRAMING) {
            framing_errors++;
            UART_CLEAR_FRAMING();
        }
        if (status & STATUS_RECEIVED) {
            received.bytes[received.head] = byte;
            received.head = next;
        }
    }
}

static void give_queued(void)
{
    while (queued.tail != queued.head && (UART_STATUS & STATUS_ROOM)) {
        UART_TO_SEND = queued.bytes[queued.tail];
        queued.tail++;
    }
    if (queued.tail == queued.head) {
        UART_CONTROL &= ~(uint32_t)CONTROL_INTERRUPT_ROOM;
    }
}

void uart_handler(void)
{
    take_received();
    give_queued();
}

/* QEMU before 8 raises no interrupt for TXE, so it is also made pending by hand; on hardware that does no harm. */
static void start_sending(void)
{
    if (is_held) {
        give_queued(); /* the interrupt is off */
        return;
    }
    UART_CONTROL |= CONTROL_INTERRUPT_ROOM;
    NVIC_ISPR(LINK_INTERRUPT) = 1u << LINK_INTERRUPT % 32;
    __asm volatile("dsb\nisb" ::: "memory");
}

int32_t board_receive(void)
{
    static uint32_t latest;
    /* With interrupts masked none can slip between the look and the sleep; a pending one still wakes. */
    __asm volatile("cpsid i" ::: "memory");
    while (received.tail == received.head) {
        if (board_milliseconds() != latest) {
            latest = board_milliseconds();
            __asm volatile("cpsie i" ::: "memory");
            return -1;
        }
        __asm volatile("wfi\ncpsie i\nisb\ncpsid i" ::: "memory");
    }
    const uint8_t byte = received.bytes[received.tail];
    received.tail++;
    if (is_held) {
        is_held = 0;
        NVIC_ISER(LINK_INTERRUPT) = 1u << LINK_INTERRUPT % 32;
    }
    __asm volatile("cpsie i" ::: "memory");
    return byte;
}

void board_send(uint8_t byte)
{
    if (is_polled) {
        for (int32_t i = 0; i < POLLS && !(UART_STATUS & STATUS_ROOM); i++) {
        }
        UART_TO_SEND = byte;
        return;
    }
    const uint8_t next = (uint8_t)(queued.head + 1);
    while (next == queued.tail) {
        start_sending();
    }
    queued.bytes[queued.head] = byte;
    queued.head = next;
}

void board_flush(void)
{
    while (queued.tail != queued.head) {
        start_sending();
    }
    for (int32_t i = 0; i < POLLS && !(UART_STATUS & STATUS_ALL_SENT); i++) {
    }
}

uint32_t board_receive_overruns(void)
{
    return overruns;
}

uint32_t board_framing_errors(void)
{
    return framing_errors;
}

uint32_t board_baud(void)
{
    return rate;
}

/* A divider of 25 or more is off by 2 % at most; both sides together may be off by some 4 %. */
int board_has_baud(uint32_t baud)
{
    if (baud < LEAST_BAUD || baud > MOST_BAUD) {
        return 0;
    }
#ifdef LINK_IS_LPUART /* RM0432 §47.4.7: the clock is at most 4096 times the rate */
    return divider_of(baud) < 1u << 20;
#else
    return divider_of(baud) >= 25;
#endif
}

/* Most settings are taken only while the UART is off. What comes in meanwhile is lost. */
void board_set_baud(uint32_t baud)
{
    board_flush();
    const uint32_t control = UART_CONTROL;
    UART_CONTROL = control & ~(uint32_t)UART_ENABLE;
    UART_DIVIDER = divider_of(baud);
    UART_CONTROL = control;
    rate = baud;
}

void board_enter_fault(void)
{
    __asm volatile("cpsid i" ::: "memory");
    if (!(UART_CONTROL & UART_ENABLE)) { /* the fault came before the link was started */
        uint32_t link_hz;
        clock_init(&link_hz);
        uart_init(link_hz);
    }
    queued.tail = queued.head;
    is_polled = 1;
}
