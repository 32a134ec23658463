#include "health.h"

#include "board.h"
#include "control.h"
#include "messages.h"

/* A host that was killed leaves its rate behind; the next one begins with the first rate, and its bytes come broken. */
enum { FRAMING_ERRORS = 3, FIRST_BAUD = 115200 };

static uint32_t errors_before;

__attribute__((weak)) uint32_t board_framing_errors(void)
{
    return 0;
}

__attribute__((weak)) uint32_t board_baud(void)
{
    return 0;
}

__attribute__((weak)) int board_has_baud(uint32_t baud)
{
    (void)baud;
    return 0;
}

__attribute__((weak)) void board_set_baud(uint32_t baud)
{
    (void)baud;
}

__attribute__((weak)) void board_start_watchdog(void) {}
__attribute__((weak)) void board_feed_watchdog(void) {}

void health_poll(void)
{
    if (HAS_CONTROL) {
        board_feed_watchdog();
    }
    if (board_framing_errors() - errors_before >= FRAMING_ERRORS && board_baud() != FIRST_BAUD) {
        board_set_baud(FIRST_BAUD);
    }
}

void health_frame(void)
{
    errors_before = board_framing_errors();
}

void health_answer(const link_header_t *header)
{
    const board_info_t *board = board_info();
    const uint8_t start[2] = {board->reset_reason, HAS_CONTROL && board->has_watchdog};
    link_answer_begin(header, STATUS_OK, 14);
    link_send_bytes(start, sizeof start);
    link_send_u32(control_analog_faults());
    link_send_u32(board_framing_errors());
    link_send_u32(board_baud());
    link_send_end();
}
