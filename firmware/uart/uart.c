/* The link's UART, 115200 8N1 until the host asks for another rate: a ring for what comes in, nothing for what goes out. The
   family's uart.h has the registers. */
#include "uart.h"

#include "board.h"
#include "wiring.h"

/* A byte leaves in 87 us, 42 000 cycles at 480 MHz. */
enum { BAUD = 115200, LEAST_BAUD = 9600, MOST_BAUD = 921600, RING_SIZE = 256, FAULT_POLLS = 100000 };

/* Of what follows a request the host sends no more than UART_AHEAD_BYTES before the answer. */
_Static_assert(RING_SIZE == UINT8_MAX + 1, "ring indices wrap by their type");
_Static_assert((uint32_t)UART_AHEAD_BYTES < RING_SIZE, "a full ring looks like an empty one");

static struct {
    volatile uint8_t head; /* next to write; 8 bits wrap with the ring */
    volatile uint8_t tail; /* next to read */
    volatile uint8_t is_held; /* the latest bytes, in the UART */
    uint32_t overruns, framing_errors;
    uint32_t hz, rate;
    uint32_t polls; /* how often to look whether a byte has gone */
    volatile uint8_t bytes[RING_SIZE]; /* so that a byte is there before the index that tells of it */
} uart;

/* Most settings are taken only while the UART is off. */
static void start(uint32_t baud)
{
    uart.rate = baud;
    uart_start(uart_divider(uart.hz, baud));
}

void uart_init(uint32_t clock_hz)
{
    uart.hz = clock_hz;
    uart.polls = UINT32_MAX;
    uart_restart();
    start(BAUD);
    NVIC_ISER(UART_INTERRUPT) = 1u << UART_INTERRUPT % 32;
}

/* Bytes that find the ring full stay in the UART, and the interrupt off, until board_receive has made room: an emulated
   line waits, a wire loses what comes behind them. */
void uart_handler(void)
{
    while (uart_has_received()) {
        const uint8_t next = (uint8_t)(uart.head + 1);
        if (next == uart.tail) {
            uart.is_held = 1;
            NVIC_ICER(UART_INTERRUPT) = 1u << UART_INTERRUPT % 32;
            return;
        }
        const uint32_t taken = uart_take();
        uart.overruns += taken & TAKEN_OVERRUN ? 1 : 0;
        uart.framing_errors += taken & TAKEN_FRAMING ? 1 : 0;
        if (TAKEN_HAS_BYTE(taken)) {
            uart.bytes[uart.head] = (uint8_t)taken;
            uart.head = next;
        }
    }
}

int32_t board_receive(void)
{
    static uint32_t latest;
    /* With interrupts masked none can slip between the look and the sleep; a pending one still wakes. */
    __asm volatile("cpsid i" ::: "memory");
    while (uart.tail == uart.head) {
        if (board_milliseconds() != latest) {
            latest = board_milliseconds();
            __asm volatile("cpsie i" ::: "memory");
            return -1;
        }
        __asm volatile("wfi\ncpsie i\nisb\ncpsid i" ::: "memory");
    }
    const uint8_t byte = uart.bytes[uart.tail];
    uart.tail++;
    if (uart.is_held) {
        uart.is_held = 0;
        NVIC_ISER(UART_INTERRUPT) = 1u << UART_INTERRUPT % 32;
    }
    __asm volatile("cpsie i" ::: "memory");
    return byte;
}

void board_send(uint8_t byte)
{
    for (uint32_t i = 0; !uart_has_room() && i < uart.polls; i++) {
    }
    uart_put(byte);
}

void board_flush(void)
{
    for (uint32_t i = 0; !uart_has_sent() && i < uart.polls; i++) {
    }
}

uint32_t board_receive_overruns(void)
{
    return uart.overruns;
}

uint32_t board_framing_errors(void)
{
    return uart.framing_errors;
}

uint32_t board_baud(void)
{
    return uart.rate;
}

int board_has_baud(uint32_t baud)
{
    return baud >= LEAST_BAUD && baud <= MOST_BAUD && uart_can_divide(uart_divider(uart.hz, baud));
}

/* What comes in meanwhile is lost. */
void board_set_baud(uint32_t baud)
{
    board_flush();
    start(baud);
}

void board_enter_fault(void)
{
    __asm volatile("cpsid i" ::: "memory");
    if (!uart_is_on()) { /* the fault came before the link */
        uart_init(uart_clock());
    }
    uart.polls = FAULT_POLLS; /* the reset waits for no UART that is dead */
}
