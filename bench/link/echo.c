/* For each TAKE bytes sends GIVE: as fast as the board's serial port goes without frames, CRCs and a network. */
#include "board.h"

enum { TAKE = 64, GIVE = 64 };

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
