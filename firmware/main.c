/*
 * The program of a board that is pinfer's alone. One that the link is a part of has its own: guest/.
 */
#include "board.h"
#include "serve.h"

int main(void)
{
    board_init();
    serve_start();
    for (;;) {
        serve(board_receive());
    }
}
