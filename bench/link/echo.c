/* For each TAKE bytes sends GIVE: as fast as the board's serial port goes without frames, CRCs and a network. */
#include "board.h"
#include "link.h"
#include "messages.h"

enum { TAKE = 64, GIVE = 64 };

uint16_t request_in_progress;

void message_begin(const link_header_t *header)
{
    (void)header;
}

void message_payload(uint32_t offset, uint8_t byte)
{
    (void)offset;
    (void)byte;
}

void message_end(const link_header_t *header)
{
    (void)header;
}

int main(void)
{
    board_init();
    for (;;) {
        uint8_t latest = 0;
        for (uint32_t i = 0; i < TAKE; i++) {
            latest = (uint8_t)board_receive();
            if (TAKE == GIVE) {
                board_send(latest);
            }
        }
        for (uint32_t i = 0; TAKE != GIVE && i < GIVE; i++) {
            board_send(latest);
        }
        board_flush();
    }
}
