/* USART1 on PA9 and PA10, 115200 8N1, a ring each way. */
#include "board.h"
#include "stm32f405.h"

enum { BAUD = 115200, RING_SIZE = 256 };

/* Of what follows a request the host sends no more than UART_AHEAD_BYTES before the answer. */
typedef struct {
    uint8_t bytes[RING_SIZE];
    volatile uint8_t head; /* next to write; 8 bits wrap with the ring */
    volatile uint8_t tail; /* next to read */
} ring_t;

_Static_assert(RING_SIZE == UINT8_MAX + 1, "ring indices wrap by their type");
_Static_assert((uint32_t)UART_AHEAD_BYTES < RING_SIZE, "a full ring looks like an empty one");

static ring_t received, queued;
static uint32_t overruns;
static uint8_t is_polled;

void uart_init(uint32_t clock_hz)
{
    RCC_AHB1ENR |= 1u << 0; /* GPIOA */
    RCC_APB2ENR |= 1u << 4; /* USART1 */
    (void)RCC_APB2ENR;      /* the clock needs two cycles to arrive; errata ES0182 §2.1.13 */
    GPIOA_AFRH = (GPIOA_AFRH & ~0xFF0u) | 0x770u;                            /* alternate function 7 */
    GPIOA_PUPDR = (GPIOA_PUPDR & ~(3u << 20)) | 1u << 20;                    /* an open receive line idles high */
    GPIOA_MODER = (GPIOA_MODER & ~(3u << 18 | 3u << 20)) | 2u << 18 | 2u << 20;
    USART1_BRR = (clock_hz + BAUD / 2) / BAUD;
    USART1_CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE;
    NVIC_ISER(USART1_INTERRUPT) = 1u << USART1_INTERRUPT % 32;
}

static void take_received(void)
{
    const uint32_t status = USART1_SR;
    if (status & USART_SR_ORE) {
        overruns++;
    }
    if (status & (USART_SR_RXNE | USART_SR_ORE)) {
        const uint8_t byte = (uint8_t)USART1_DR; /* reading it clears both */
        const uint8_t next = (uint8_t)(received.head + 1);
        if (next == received.tail) {
            overruns++;
        } else if (status & USART_SR_RXNE) {
            received.bytes[received.head] = byte;
            received.head = next;
        }
    }
}

static void give_queued(void)
{
    while (queued.tail != queued.head && (USART1_SR & USART_SR_TXE)) {
        USART1_DR = queued.bytes[queued.tail];
        queued.tail++;
    }
    if (queued.tail == queued.head) {
        USART1_CR1 &= ~(uint32_t)USART_CR1_TXEIE;
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
    USART1_CR1 |= USART_CR1_TXEIE;
    NVIC_ISPR(USART1_INTERRUPT) = 1u << USART1_INTERRUPT % 32;
    __asm volatile("dsb\nisb" ::: "memory");
}

uint8_t board_receive(void)
{
    /* With interrupts masked none can slip between the look and the sleep; a pending one still wakes. */
    __asm volatile("cpsid i" ::: "memory");
    while (received.tail == received.head) {
        __asm volatile("wfi\ncpsie i\nisb\ncpsid i" ::: "memory");
    }
    const uint8_t byte = received.bytes[received.tail];
    received.tail++;
    __asm volatile("cpsie i" ::: "memory");
    return byte;
}

void board_send(uint8_t byte)
{
    if (is_polled) {
        while (!(USART1_SR & USART_SR_TXE)) {
        }
        USART1_DR = byte;
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
    while (!(USART1_SR & USART_SR_TC)) {
    }
}

uint32_t board_receive_overruns(void)
{
    return overruns;
}

void board_enter_fault(void)
{
    __asm volatile("cpsid i" ::: "memory");
    queued.tail = queued.head;
    is_polled = 1;
}
