/* Somebody else's program as a board: it takes, sends and counts by functions of that program. The exporter prints it, with
   all that it serves, as one file (codegen/formats/printLink.ts). */

/* An index is read in one piece by the chip: an interrupt may come between two. */
#if LINK_RING_BYTES <= 256
typedef uint8_t ring_index_t;
#else
typedef uint16_t ring_index_t;
#endif

/* What came and was not taken. The interrupt that puts bytes in owns `in`, the loop owns `out`. */
static struct {
    volatile uint8_t bytes[LINK_RING_BYTES];
    volatile ring_index_t in;
    volatile ring_index_t out;
    volatile uint32_t overruns;
} ring;

static uint32_t buffer[(LINK_BUFFER_BYTES + 3) / 4];

static board_info_t info = {
    .id = LINK_BOARD,
    .id_bytes = sizeof LINK_BOARD - 1,
    .ahead_bytes = LINK_RING_BYTES / 2,
};

static uint8_t answers; /* that the latest turn gave */

static void ring_put(uint8_t byte)
{
    const ring_index_t in = ring.in;
    const ring_index_t next = (ring_index_t)((in + 1u) & (LINK_RING_BYTES - 1));
    if (next == ring.out) {
        ring.overruns++;
        return;
    }
    ring.bytes[in] = byte;
    ring.in = next;
}

/* -1: there is none. */
static int32_t ring_take(void)
{
    const ring_index_t out = ring.out;
    if (out == ring.in) {
        return -1;
    }
    const uint8_t byte = ring.bytes[out];
    ring.out = (ring_index_t)((out + 1u) & (LINK_RING_BYTES - 1));
    return byte;
}

static void start_board(uint32_t ticks_per_second, uint32_t core_hz)
{
    info.core_hz = core_hz;
    info.counter_hz = ticks_per_second;
    info.counter_kind = ticks_per_second == 0         ? COUNTER_NONE
                        : ticks_per_second == core_hz ? COUNTER_CYCLES
                                                      : COUNTER_TICKS;
}

const board_info_t *board_info(void)
{
    return &info;
}

/* The end of an answer. */
void board_flush(void)
{
    answers = 1;
}

uint32_t board_stack_used(void)
{
    return 0;
}

uint32_t board_receive_overruns(void)
{
    return ring.overruns;
}

/* The latest inference is kept where the buffer holds it beside an input. */
uint8_t *board_spare_memory(uint32_t offset, uint32_t size)
{
    const uint32_t kept = sizeof(inference_t);
    const int has_kept = sizeof buffer >= kept + NETWORK_INPUT_BYTES;
    const uint32_t start = offset == 0 || has_kept ? offset : offset - kept;
    const int is_there = (offset > 0 || has_kept) && start <= sizeof buffer && size <= sizeof buffer - start;
    return is_there ? (uint8_t *)buffer + start : 0;
}
