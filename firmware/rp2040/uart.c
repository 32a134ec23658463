/* The link's UART, a PL011: 115200 8N1 until the host asks for another rate, a ring each way beside its two of 32 bytes. Source: RP2040 datasheet §4.2; Arm
   DDI 0183 */
#include "board.h"
#include "rp2040.h"
#include "wiring.h"

/* A byte leaves in 87 us, 11 600 cycles at 133 MHz; 33 of them may be under way. */
enum { BAUD = 115200, LEAST_BAUD = 9600, MOST_BAUD = 921600, RING_SIZE = 256, POLLS = 100000 };

#define UART_DATA REGISTER(LINK_UART_BASE + 0x00)
#define UART_FLAGS REGISTER(LINK_UART_BASE + 0x18)
#define UART_DIVIDER REGISTER(LINK_UART_BASE + 0x24)
#define UART_DIVIDER_64THS REGISTER(LINK_UART_BASE + 0x28)
#define UART_LINE REGISTER(LINK_UART_BASE + 0x2C)
#define UART_CONTROL REGISTER(LINK_UART_BASE + 0x30)
#define UART_LEVELS REGISTER(LINK_UART_BASE + 0x34)
#define UART_INTERRUPTS REGISTER(LINK_UART_BASE + 0x38)

enum {
    DATA_FRAMING = 1 << 8,
    DATA_OVERRUN = 1 << 11,
    FLAG_SENDING = 1 << 3,
    FLAG_NOTHING_RECEIVED = 1 << 4,
    FLAG_FULL_TO_SEND = 1 << 5,
    LINE_FIFO = 1 << 4,
    LINE_8_BITS = 3 << 5,
    CONTROL_ENABLE = 1 << 0,
    CONTROL_TRANSMITTER = 1 << 8,
    CONTROL_RECEIVER = 1 << 9,
    INTERRUPT_RECEIVED = 1 << 4,
    INTERRUPT_ROOM = 1 << 5,
    INTERRUPT_SILENCE = 1 << 6, /* bytes are there, too few for the other, and no more came for the time of 4 */
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
static volatile uint8_t is_held; /* the latest bytes, in the UART */
static uint32_t overruns, framing_errors;
static uint32_t uart_hz, rate;
static uint8_t is_polled;

/* In 64ths of 16 samples a bit. */
static uint32_t divider_of(uint32_t baud)
{
    return (8 * uart_hz / baud + 1) / 2;
}

static void start(uint32_t baud)
{
    const uint32_t divider = divider_of(baud);
    rate = baud;
    UART_DIVIDER = divider / 64;
    UART_DIVIDER_64THS = divider % 64;
    UART_LINE = LINE_8_BITS | LINE_FIFO; /* takes the divider over */
    UART_CONTROL = CONTROL_ENABLE | CONTROL_TRANSMITTER | CONTROL_RECEIVER;
}

void uart_init(uint32_t clock_hz)
{
    uart_hz = clock_hz;
    gpio_connect_link();
    restart(RESET_UART0);
    UART_LEVELS = 0; /* interrupts when 4 bytes are left to send, or have come */
    start(BAUD);
    UART_INTERRUPTS = INTERRUPT_RECEIVED | INTERRUPT_SILENCE;
    NVIC_ISER(UART0_INTERRUPT) = 1u << UART0_INTERRUPT;
}

/* Bytes that find the ring full stay in the UART, and the interrupt off, until board_receive has made room: an emulated
   line waits, a wire loses what comes behind them. */
static void take_received(void)
{
    while (!(UART_FLAGS & FLAG_NOTHING_RECEIVED)) {
        const uint8_t next = (uint8_t)(received.head + 1);
        if (next == received.tail) {
            is_held = 1;
            NVIC_ICER(UART0_INTERRUPT) = 1u << UART0_INTERRUPT;
            return;
        }
        const uint32_t data = UART_DATA;
        overruns += data & DATA_OVERRUN ? 1 : 0;
        framing_errors += data & DATA_FRAMING ? 1 : 0;
        received.bytes[received.head] = (uint8_t)data;
        received.head = next;
    }
}

static void give_queued(void)
{
    while (queued.tail != queued.head && !(UART_FLAGS & FLAG_FULL_TO_SEND)) {
        UART_DATA = queued.bytes[queued.tail];
        queued.tail++;
    }
    UART_INTERRUPTS = INTERRUPT_RECEIVED | INTERRUPT_SILENCE | (queued.tail == queued.head ? 0 : INTERRUPT_ROOM);
}

void uart_handler(void)
{
    take_received();
    give_queued();
}

/* The interrupt comes when the UART's bytes become few, not while they are: the first ones go by hand. */
static void start_sending(void)
{
    __asm volatile("cpsid i" ::: "memory");
    give_queued();
    __asm volatile("cpsie i" ::: "memory");
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
        NVIC_ISER(UART0_INTERRUPT) = 1u << UART0_INTERRUPT;
    }
    __asm volatile("cpsie i" ::: "memory");
    return byte;
}

void board_send(uint8_t byte)
{
    if (is_polled) {
        for (int32_t i = 0; i < POLLS && (UART_FLAGS & FLAG_FULL_TO_SEND); i++) {
        }
        UART_DATA = byte;
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
    for (int32_t i = 0; i < POLLS && (UART_FLAGS & FLAG_SENDING); i++) {
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

/* From 64 on the divider is right to 1 %. */
int board_has_baud(uint32_t baud)
{
    return baud >= LEAST_BAUD && baud <= MOST_BAUD && divider_of(baud) >= 64;
}

/* What comes in meanwhile is lost. */
void board_set_baud(uint32_t baud)
{
    board_flush();
    UART_CONTROL = 0;
    start(baud);
}

void board_enter_fault(void)
{
    __asm volatile("cpsid i" ::: "memory");
    if (!(RESETS_DONE & RESET_UART0) || !(UART_CONTROL & CONTROL_ENABLE)) { /* the fault came before the link */
        uart_init(clock_init());
    }
    queued.tail = queued.head;
    is_polled = 1;
}
