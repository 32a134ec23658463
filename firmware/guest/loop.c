/* What the program calls. Behind all else in the file that is printed of it. */

void guest_start(uint32_t ticks_per_second, uint32_t core_hz)
{
    start_board(ticks_per_second, core_hz);
    serve_start();
}

void guest_received(uint8_t byte)
{
    ring_put(byte);
}

int guest_poll(void)
{
    int32_t byte = ring_take();
    answers = 0;
    while (byte >= 0) {
        serve(byte);
        byte = answers == 0 ? ring_take() : -1;
    }
    return answers;
}

uint32_t guest_run(void)
{
    return infer();
}
