/* Sends back what comes, 64 bytes at a time: as fast as the board's serial port goes both ways, without frames. */
#include "board.h"
#include "link.h"
#include "main.h"

enum { BLOCK = 64 };

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
        for (uint32_t i = 0; i < BLOCK; i++) {
            board_send(board_receive());
        }
        board_flush();
    }
}
