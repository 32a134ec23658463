/* The register file, the core's interrupts and the UART; starts a board's firmware as far as its link. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "model.h"
#include "stm32.h"
#include "wiring.h"

/* Here names of registers are their addresses. */
#undef REGISTER
#define REGISTER(address) ((uint32_t)(address))

enum { REGISTERS = 256, FAULTS = 32, STATES = 64 };
enum { SYSTICK_CONTROL = 0xE000E010, ENABLE_SET = 0xE000E100, ENABLE_CLEAR = 0xE000E180 };
enum { PEND_SET = 0xE000E200, PEND_CLEAR = 0xE000E280, PENDED_SYSTEM = 0xE000ED04 };

static struct {
    uint32_t address;
    volatile uint32_t value;
    uint32_t seen; /* by the chip */
} registers[REGISTERS];
static int register_count;

static const char *faults[FAULTS];
static int fault_count;
static clocks_t states[STATES];
static int state_count;
static int has_crystal;
static uint32_t enabled[8], pending[8];
static uint8_t sent[16];
static int sent_count;
static int is_dead; /* the UART, which never has room */

static int find(uint32_t address)
{
    for (int i = 0; i < register_count; i++) {
        if (registers[i].address == address) {
            return i;
        }
    }
    if (register_count == REGISTERS) {
        fprintf(stderr, "more than %d registers\n", REGISTERS);
        exit(2);
    }
    registers[register_count].address = address;
    return register_count++;
}

uint32_t model_get(uint32_t address)
{
    return registers[find(address)].value;
}

void model_set(uint32_t address, uint32_t value)
{
    const int i = find(address);
    registers[i].value = value;
    registers[i].seen = value;
}

void model_fault(const char *what)
{
    if (fault_count < FAULTS) {
        faults[fault_count++] = what;
    }
}

int model_crystal(uint32_t is_bypass)
{
#ifdef CRYSTAL_HZ
    return has_crystal && (is_bypass != 0) == CRYSTAL_IS_OSCILLATOR;
#else
    (void)is_bypass;
    return NO;
#endif
}

/* The clock tree as it is after a write, if that changed it. */
static void note_state(void)
{
    const clocks_t now = family_clocks();
    if (state_count > 0 && memcmp(&states[state_count - 1], &now, sizeof now) == 0) {
        return;
    }
    if (state_count == STATES) {
        fprintf(stderr, "more than %d states of the clock tree\n", STATES);
        exit(2);
    }
    states[state_count++] = now;
}

/* Of the core: writing 1 to a bit sets or clears it, 0 does nothing. */
static int core_written(uint32_t address, uint32_t value)
{
    const uint32_t word = (address & 0x7F) / 4;
    switch (address & ~0x1Fu) {
    case ENABLE_SET: enabled[word] |= value; return YES;
    case ENABLE_CLEAR: enabled[word] &= ~value; return YES;
    case PEND_SET: pending[word] |= value; return YES;
    case PEND_CLEAR: pending[word] &= ~value; return YES;
    default: return NO;
    }
}

#ifdef PINFER_USART_V2_H
enum { UE = 1 << 0, CR1 = 0x00, CR2 = 0x04, CR3 = 0x08, BRR = 0x0C, STATUS = 0x1C, TO_SEND = 0x28 };
/* M1, OVER8, M0, PCE, PS: written only while UE is 0; RM0351 §40.8.1, RM0444 §33.8.1 */
enum { LOCKED = 1 << 28 | 1 << 15 | 1 << 12 | 1 << 10 | 1 << 9, WORD_8 = 1 << 28 | 1 << 12, OVER8 = 1 << 15 };
#else
enum { UE = 1 << 13, CR1 = 0x0C, CR2 = 0x10, CR3 = 0x14, BRR = 0x08, STATUS = 0x00, TO_SEND = 0x04 };
enum { LOCKED = 0, WORD_8 = 1 << 12, OVER8 = 1 << 15 };
#endif

static uint32_t uart_written(uint32_t offset, uint32_t old, uint32_t value)
{
    if ((model_get(LINK_CLOCK_ENABLE) & LINK_CLOCK_BIT) == 0) {
        model_fault("the link's UART is written while it has no clock");
        return old;
    }
#ifdef PINFER_USART_V2_H
    const int is_enabled = (model_get(LINK_UART_BASE + CR1) & UE) != 0;
    if (offset == CR1 && is_enabled) {
        return keep(value, old, LOCKED);
    }
    if (offset == BRR && is_enabled) {
        return old;
    }
#endif
    if (offset == TO_SEND && sent_count < (int)sizeof sent) {
        sent[sent_count++] = (uint8_t)value;
    }
    return value;
}

static void settle(void)
{
    for (int i = 0; i < register_count; i++) {
        const uint32_t address = registers[i].address;
        const uint32_t old = registers[i].seen, value = registers[i].value;
        if (value == old) {
            continue;
        }
        if (core_written(address, value) || address == PENDED_SYSTEM) {
            model_set(address, 0);
        } else if (address >= LINK_UART_BASE && address < LINK_UART_BASE + 0x400) {
            model_set(address, uart_written(address - LINK_UART_BASE, old, value));
        } else {
            model_set(address, family_written(address, old, value));
        }
        note_state();
    }
}

volatile uint32_t *model_register(uint32_t address)
{
    enum { ROOM = 1 << 7, ALL_SENT = 1 << 6, POLLS = 1000000 };
    static int polls;
    settle();
    family_polled(address);
    if (address == LINK_UART_BASE + STATUS) {
        const int has_room = !is_dead && (model_get(LINK_UART_BASE + CR1) & UE) != 0;
        model_set(address, has_room ? ROOM | ALL_SENT : 0);
        if (++polls > POLLS) {
            fprintf(stderr, "spins on the UART's status\n");
            exit(3);
        }
    }
    return &registers[find(address)].value;
}

/* What the loader leaves beside the clock tree: its UART with even parity, its interrupt, SysTick. */
static void core_go(void)
{
    model_set(LINK_CLOCK_ENABLE, model_get(LINK_CLOCK_ENABLE) | LINK_CLOCK_BIT);
    model_set(LINK_UART_BASE + BRR, 208);
    model_set(LINK_UART_BASE + CR2, 1 << 13); /* two stop bits */
    model_set(LINK_UART_BASE + CR3, 1 << 8);  /* flow control */
    model_set(LINK_UART_BASE + CR1, UE | 1 << 12 | 1 << 10 | 1 << 3 | 1 << 2);
    enabled[0] = 1 << 11;
    enabled[2] = 1 << 3;
    pending[2] = 1 << 3;
    model_set(SYSTICK_CONTROL, 7);
}

static double baud(void)
{
    const double divider = model_get(LINK_UART_BASE + BRR);
#ifdef LINK_IS_LPUART
    return 256.0 * family_link_hz() / divider;
#else
    return family_link_hz() / divider;
#endif
}

static void print_result(uint32_t core_hz, uint32_t link_hz)
{
    const uint32_t control = model_get(LINK_UART_BASE + CR1), control2 = model_get(LINK_UART_BASE + CR2);
    printf("{\"said\": {\"core\": %u, \"link\": %u}, \"linkHz\": %u,\n", core_hz, link_hz, family_link_hz());
    printf(" \"uart\": {\"baud\": %.1f, \"isEnabled\": %s, \"dataBits\": %d, \"hasParity\": %s, \"stopBits\": %u, "
           "\"over8\": %s, \"control3\": %u},\n",
           baud(), control & UE ? "true" : "false", control & WORD_8 ? 9 : 8, control & 1 << 10 ? "true" : "false",
           1 + field(control2, 12, 2), control & OVER8 ? "true" : "false", model_get(LINK_UART_BASE + CR3));
    printf(" \"systick\": %u, \"interrupts\": [", model_get(SYSTICK_CONTROL));
    const char *between = "";
    for (uint32_t i = 0; i < 256; i++) {
        if ((enabled[i / 32] | pending[i / 32]) >> i % 32 & 1) {
            printf("%s%u", between, i);
            between = ", ";
        }
    }
    printf("],\n \"faults\": [");
    for (int i = 0; i < fault_count; i++) {
        printf("%s\"%s\"", i == 0 ? "" : ", ", faults[i]);
    }
    printf("],\n \"states\": [");
    for (int i = 0; i < state_count; i++) {
        const clocks_t *state = &states[i];
        printf("%s{\"sysclk\": %u, \"core\": %u, \"flash\": %u, \"apb1\": %u, \"apb2\": %u, \"pllInput\": %u, \"vco\": %u, "
               "\"waitStates\": %u, \"limit\": %u}",
               i == 0 ? "" : ",\n  ", state->sysclk, state->core, state->flash, state->apb1, state->apb2, state->pll_input,
               state->vco, state->wait_states, state->limit);
    }
    printf("],\n \"sent\": \"%.*s\"}\n", sent_count, (const char *)sent);
}

/* What the host may ask for, on the clock that the link has now. */
static void print_rates(void)
{
    static const uint32_t asked[] = {0, 300, 9600, 57600, 115200, 230400, 460800, 921600, 1000000, 0xFFFFFFFF};
    printf("[");
    for (uint32_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        const int has = board_has_baud(asked[i]);
        if (has) {
            board_set_baud(asked[i]);
        }
        settle();
        const int is_on = (model_get(LINK_UART_BASE + CR1) & UE) != 0;
        printf("%s{\"asked\": %u, \"has\": %s, \"made\": %.1f, \"told\": %u, \"isEnabled\": %s}", i == 0 ? "" : ",\n ",
               asked[i], has ? "true" : "false", baud(), board_baud(), is_on ? "true" : "false");
    }
    printf("]\n");
}

/* The watchdog's registers as they were written, and the reasons that each single flag, and some together, mean. */
static void print_watchdog(void)
{
    const uint32_t freezes[] = {0xE0042004, 0xE0042008, 0x40015808, 0x5C001054, 0xE0044008};
    printf("{\"reasons\": [");
    for (uint32_t bit = 0; bit <= 32; bit++) {
        model_set(RESET_FLAGS, bit == 32 ? 0 : 1u << bit | RESET_BY_PIN);
        const uint8_t reason = take_reset_reason();
        printf("%s%u", bit == 0 ? "" : ", ", reason);
    }
    model_set(RESET_FLAGS, 0xFF000000);
    take_reset_reason();
    printf("], \"isCleared\": %s,", model_get(RESET_FLAGS) & RESET_FLAGS_CLEAR ? "true" : "false");
    model_set(0xE000EDF0, 1); /* a debugger is there */
    board_start_watchdog();
    printf(" \"key\": %u, \"prescaler\": %u, \"reload\": %u,", model_get(IWDG_BASE), model_get(IWDG_BASE + 4),
           model_get(IWDG_BASE + 8));
    board_feed_watchdog();
    printf(" \"fed\": %u, \"freeze\": [", model_get(IWDG_BASE));
    for (uint32_t i = 0; i < 5; i++) {
        printf("%s%u", i == 0 ? "" : ", ", model_get(freezes[i]));
    }
    printf("]}\n");
}

/* A fault before anything was started: its report is sent all the same. */
static void fault_early(void)
{
    board_enter_fault();
    board_send('a');
    board_send('b');
    board_flush();
}

/* "go", "reset", or "fault" and "dead" for a fault after reset, of which the latter has no UART that works; "rates" and
   "watchdog" print those instead; then "crystal" or "none" */
int main(int count, char **arguments)
{
    if (count != 3) {
        return 2;
    }
    has_crystal = strcmp(arguments[2], "crystal") == 0;
    family_reset();
    if (strcmp(arguments[1], "go") == 0) {
        family_go();
        core_go();
    }
    note_state();
    uint32_t link_hz = 0, core_hz = 0;
    is_dead = strcmp(arguments[1], "dead") == 0;
    if (is_dead || strcmp(arguments[1], "fault") == 0) {
        fault_early();
    } else {
        silence_core();
        core_hz = clock_init(&link_hz);
        uart_init(link_hz);
    }
    settle();
    if (strcmp(arguments[1], "rates") == 0) {
        print_rates();
        return 0;
    }
    if (strcmp(arguments[1], "watchdog") == 0) {
        print_watchdog();
        return 0;
    }
    print_result(core_hz, link_hz);
    return 0;
}

/* uart.c asks for it only when it runs. */
uint32_t board_milliseconds(void)
{
    return 0;
}
