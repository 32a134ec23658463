#include "witness.h"

#include <string.h>

#include "network.h"

enum { END = 0xC0, ESC = 0xDB, HEADER = 8, CRC = 4, ANSWER = 0x80, LENT_MS = 3000, EVERY_MS = 5 };
enum { HELLO = 1, RUN, RUN_LAYER, CHECKSUM, RESET, RUN_MANY, RUN_TOTAL, SLOTS, WRITE_SLOT, COMMIT_SLOT, HEALTH, BAUD, STEP };
enum { LATEST = 0x10, DESCRIBE = 0x20, READ, WRITE, DESCRIBE_WINDOWS, TAKE_MOMENT };
#if !defined(NETWORK_STATE_BYTES)
#define NETWORK_STATE_BYTES 0
#endif
enum { STATES = NETWORK_STATE_BYTES, MOST_STEPS = 8 };
enum { INPUT = NETWORK_INPUT_BYTES, OUTPUT = NETWORK_OUTPUT_BYTES, BATCH = 2048, LONGEST = 1 << 14 };

/* The frame that comes in, escapes undone; when it has come it stays until it is judged. */
static struct {
    uint8_t is_inside, is_escaped, is_broken, has_ended;
    uint32_t count;
    uint8_t bytes[1 << 12];
    uint32_t latest_input; /* time of the latest byte of input */
    uint8_t has_input;
    uint8_t was_silent; /* for 3 s behind a byte of input */
    uint8_t was_dropped; /* the pins went on then */
} frame;

static enum { NOTHING, ANSWER_TO_FRAME, ANSWER_TO_TEXT, BANNER } owed;

/* Layers that run one by one. */
static struct {
    uint8_t is_alive; /* nothing has touched the arena since, and less than 3 s have passed */
    uint8_t has_begun;
    uint32_t crc, latest_ms;
    uint8_t input[STATES + INPUT];
} sequence;

static uint32_t latest_round_ms, latest_byte_ms, inferences, rounds;
static uint8_t may_be_lent;

void witness_start(void)
{
    memset(&frame, 0, sizeof frame);
    memset(&sequence, 0, sizeof sequence);
    latest_round_ms = latest_byte_ms = inferences = rounds = 0;
    may_be_lent = 0;
    owed = BANNER;
    witness_step_start();
}

void witness_idle(void)
{
    owed = NOTHING;
}

/* The status of a request for its size alone; 0 when it is right. */
static int size_error(uint8_t type, uint32_t size, uint32_t layer)
{
    uint32_t right = 0;
    switch (type) {
    case RUN:
        if (STATES > 0) {
            return -11;
        }
        right = INPUT;
        break;
    case RUN_LAYER: right = layer == 0 ? 8 + STATES + INPUT : 8; break;
    case CHECKSUM: right = 8; break;
    case STEP: return witness_step_size_error(size);
    case RUN_MANY:
    case RUN_TOTAL: return STATES > 0 ? -11 : size > 0 && size <= BATCH && size % INPUT == 0 ? 0 : -2;
    case HELLO:
    case RESET:
    case HEALTH:
    case LATEST: break;
    case BAUD: right = 4; break;
    case SLOTS:
    case WRITE_SLOT:
    case COMMIT_SLOT: return -1; /* this firmware has no slots */
    case DESCRIBE_WINDOWS:
    case TAKE_MOMENT: return -1; /* its pins have no windows */
    default:
        if (!HAS_PINS || type < DESCRIBE || type > WRITE) {
            return -1;
        }
        right = type == WRITE ? 4 : 0;
    }
    return size == right ? 0 : -2;
}

static int is_input(uint32_t index)
{
    const uint8_t type = frame.bytes[0];
    const uint32_t start = HEADER + (type == RUN_LAYER || type == STEP ? 8 : 0), size = u32(frame.bytes + 4);
    return (type == RUN || type == RUN_LAYER || type == STEP || type == RUN_MANY || type == RUN_TOTAL) && index >= start &&
           index < HEADER + (uint64_t)size && size_error(type, size, 0) == 0 &&
           (type != RUN_LAYER || u32(frame.bytes + HEADER) == 0);
}

static void note_silence(uint32_t now)
{
    if (frame.has_input && now - frame.latest_input >= LENT_MS) {
        frame.was_silent = 1;
    }
}

static void add_byte(uint8_t byte, uint32_t now)
{
    frame.is_broken |= frame.count == sizeof frame.bytes; /* longer than anything that is right */
    if (frame.is_broken) {
        return;
    }
    frame.bytes[frame.count] = byte;
    if (is_input(frame.count)) {
        note_silence(now);
        frame.has_input = 1;
        frame.latest_input = now;
        sequence.is_alive = 0;
        witness_step_forget(frame.bytes[0] == RUN_LAYER);
    }
    may_be_lent |= frame.count >= HEADER;
    frame.count++;
}

static int is_whole(void)
{
    return !frame.is_broken && !frame.is_escaped && frame.count >= HEADER + CRC &&
           u32(frame.bytes + 4) == frame.count - HEADER - CRC &&
           crc_of(frame.bytes, frame.count - CRC) == u32(frame.bytes + frame.count - CRC);
}

static void end_frame(uint32_t now)
{
    note_silence(now);
    const int was_whole = frame.is_inside && is_whole();
    frame.is_inside = !was_whole;
    frame.has_ended = 1;
    owed = was_whole ? ANSWER_TO_FRAME : NOTHING;
}

void witness_receive(uint8_t byte, uint32_t now)
{
    owed = NOTHING;
    latest_byte_ms = now;
    if (frame.has_ended) {
        const uint8_t is_inside = frame.is_inside;
        memset(&frame, 0, offsetof(__typeof__(frame), bytes));
        frame.has_input = frame.was_silent = frame.was_dropped = 0;
        frame.is_inside = is_inside;
    }
    const int is_start = frame.count == 0 && !frame.is_escaped && !frame.is_broken;
    if (byte == END) {
        end_frame(now);
    } else if (!frame.is_inside || (is_start && byte >= 'a' && byte <= 'z')) {
        frame.is_inside = 0;
        owed = byte == '%' ? ANSWER_TO_TEXT : NOTHING;
    } else if (frame.is_escaped) {
        frame.is_escaped = 0;
        frame.is_broken |= byte != 0xDC && byte != 0xDD;
        add_byte(byte == 0xDC ? END : ESC, now);
    } else if (byte == ESC) {
        frame.is_escaped = 1;
    } else {
        add_byte(byte, now);
    }
}

/* One whole frame, and nothing else; gives what its payload is but for the CRCs. */
static uint32_t undo_answer(const seen_t *seen, uint8_t *plain)
{
    const uint8_t *from = seen->answers;
    uint32_t count = 0;
    expect(from[0] == END && from[seen->answer_bytes - 1] == END, "an answer between ENDs");
    for (size_t i = 1; i < seen->answer_bytes - 1; i++) {
        uint8_t byte = from[i];
        expect(byte != END, "one answer");
        if (byte == ESC) {
            byte = from[++i];
            expect(byte == 0xDC || byte == 0xDD, "escapes in pairs");
            byte = byte == 0xDC ? END : ESC;
        }
        expect(count < LONGEST, "an answer that ends");
        plain[count++] = byte;
    }
    expect(count >= HEADER + 2 * CRC, "an answer's size");
    expect(u32(plain + count - CRC) == crc_of(plain, count - CRC), "an answer's CRC");
    expect(u32(plain + 4) == count - HEADER - CRC, "the size an answer tells");
    expect(plain[0] == (frame.bytes[0] | ANSWER), "an answer's type");
    expect(plain[2] == frame.bytes[2] && plain[3] == frame.bytes[3], "an answer's id");
    const uint8_t *request_crc = frame.bytes + frame.count - CRC;
    expect(memcmp(plain + count - 2 * CRC, request_crc, CRC) == 0, "the request's CRC in its answer");
    return count - HEADER - 2 * CRC;
}

static void expect_layer(const seen_t *seen, const uint8_t *words, int status, const uint8_t *answer, uint32_t size)
{
    const uint32_t layer = u32(words);
    if (layer >= NETWORK_LAYER_COUNT) {
        expect(status == -3, "no such layer");
        return;
    }
    if (layer == 0) {
        memcpy(sequence.input, words + 8, STATES + INPUT);
        sequence.crc = u32(frame.bytes + frame.count - CRC);
        sequence.has_begun = sequence.is_alive = 1;
        expect(status == 0, "layer 0 runs");
    }
    const int is_named = sequence.has_begun && u32(words + 4) == sequence.crc;
    if (status != 0) {
        expect(status == -4 && !(is_named && sequence.is_alive), "layers run one after the other");
        return;
    }
    expect(layer == 0 || is_named, "layers of another sequence are out of order");
    uint8_t right[STATES + INPUT];
    const uint32_t right_size = witness_layer((int)layer, sequence.input, right);
    expect(size == 4 + right_size && memcmp(answer + 4, right, right_size) == 0, "a layer's output");
    sequence.latest_ms = seen->now;
    may_be_lent = 1;
}

/* Each output stands behind so many bytes of ticks, and as many bytes of total ticks behind all of them. */
static void expect_runs(uint32_t asked, uint32_t ticks, uint32_t total, const uint8_t *answer, uint32_t size)
{
    const uint32_t count = asked / INPUT;
    expect(size == count * (ticks + OUTPUT) + total, "a result for each input");
    for (uint32_t i = 0; i < count; i++) {
        uint8_t right[OUTPUT];
        witness_run(frame.bytes + HEADER + i * INPUT, right);
        const uint8_t *output = answer + i * (ticks + OUTPUT) + ticks;
        expect(memcmp(output, right, OUTPUT) == 0, "the output of the request's own input");
    }
}

static void expect_latest(const uint8_t *answer, uint32_t size)
{
    expect(u32(answer) == inferences, "the count of inferences");
    expect(size == (inferences == 0 ? 8 : 8 + INPUT + OUTPUT), "the latest inference's size");
    if (inferences > 0) {
        uint8_t right[OUTPUT];
        witness_run(answer + 8, right);
        expect(memcmp(answer + 8 + INPUT, right, OUTPUT) == 0, "the latest output is of the latest input");
    }
}

static void judge_answer(const seen_t *seen)
{
    static uint8_t plain[LONGEST];
    const uint8_t type = frame.bytes[0], *payload = frame.bytes + HEADER, *answer = plain + HEADER;
    const uint32_t asked = frame.count - HEADER - CRC;
    if (type & ANSWER) {
        expect(seen->answer_bytes == 0, "no answer to an echo");
        return;
    }
    if (seen->answer_bytes == 0) {
        expect(frame.was_silent, "an answer to each whole request");
        return;
    }
    expect(!frame.was_dropped, "no answer to what was dropped");
    const uint32_t size = undo_answer(seen, plain);
    const int status = (int8_t)plain[1];
    const int error = size_error(type, asked, type == RUN_LAYER && asked >= 4 ? u32(payload) : 0);
    expect(status == 0 || size == 0, "errors carry nothing");
    if (error != 0) {
        expect(status == error, "the error for type and size");
        return;
    }
    if (type != RUN_LAYER && type != STEP && type != CHECKSUM && type != WRITE && type != BAUD) {
        expect(status == 0, "no error for what is right");
    }
    switch (type) {
    case HELLO:
        expect(size == 52 + 4 + NETWORK_DESCRIPTION_BYTES, "hello's size");
        expect(memcmp(answer + 56, network_description, NETWORK_DESCRIPTION_BYTES) == 0, "the description");
        break;
    case RUN:
    case RUN_MANY: expect_runs(asked, 4, 0, answer, size); break;
    case RUN_TOTAL: expect_runs(asked, 0, 16, answer, size); break;
    case STEP: witness_step(payload, asked, u32(frame.bytes + frame.count - CRC), status, answer, size); break;
    case RUN_LAYER: expect_layer(seen, payload, status, answer, size); break;
    case CHECKSUM: {
        const uint64_t start = u32(payload), bytes = u32(payload + 4);
        const int is_inside = start + bytes <= NETWORK_DESCRIPTION_BYTES;
        expect(status == (is_inside ? 0 : -5), "memory that is there");
        expect(!is_inside || u32(answer) == crc_of(network_description + start, (uint32_t)bytes), "a checksum");
        break;
    }
    case LATEST: expect_latest(answer, size); break;
    case HEALTH: {
        static const uint8_t well[14]; /* this board has no reasons, watchdog, ADC that fails or rate */
        expect(size == sizeof well && memcmp(answer, well, size) == 0, "nothing is wrong with it");
        break;
    }
    case BAUD: expect(status == -10, "this board has no rate"); break;
#if HAS_PINS
    case DESCRIBE: {
        static const uint8_t example[] = {5, 0, 4, 2, 0x11, 0, 0, 0, 1, 0, 1, 2, 1, 0, 0x2d,
                                          0, 0, 5, 0, 0, 0, 0, 6, 1, 1, 1, 0};
        expect(size == sizeof example && memcmp(answer, example, size) == 0, "PROTOCOL.md's pins");
        break;
    }
    case READ:
        expect(size == READINGS_SIZE && memcmp(answer, witness_pins_readings(), size) == 0, "the pins' readings");
        break;
    case WRITE: witness_pins_write(payload, (int8_t)status); break;
#endif
    default: expect(size == 0, "nothing in a reset's answer");
    }
}

static void judge_rounds(const seen_t *seen, uint32_t new_rounds)
{
    const int is_due = rounds == 0 || seen->now - latest_round_ms >= EVERY_MS;
    if (new_rounds == 0) {
        expect(owed == BANNER || !is_due || (may_be_lent && seen->now - latest_byte_ms < LENT_MS),
               "the pins go on when nobody has the network");
        return;
    }
    const int is_coming = frame.has_input && !frame.was_silent && !frame.has_ended &&
                          seen->now - frame.latest_input < LENT_MS;
    expect(new_rounds == 1 && is_due, "a pause between rounds");
    expect(!is_coming, "no round while an input comes in");
    expect(!sequence.is_alive || seen->now - sequence.latest_ms >= LENT_MS, "no round between layers");
    frame.was_dropped |= frame.has_input && !frame.has_ended;
    latest_round_ms = seen->now;
}

void witness_check(const seen_t *seen)
{
    note_silence(seen->now); /* at once: days later the clock has wrapped */
    if (sequence.is_alive && seen->now - sequence.latest_ms >= LENT_MS) {
        sequence.is_alive = 0;
    }
    switch (owed) {
    case NOTHING: expect(seen->answer_bytes == 0, "nothing is said before it is asked"); break;
    case ANSWER_TO_FRAME: judge_answer(seen); break;
    default: expect_text(seen->answers, seen->answer_bytes);
    }
    const uint32_t new_rounds = seen->rounds - rounds;
    if (seen->inferences - inferences > new_rounds) {
        sequence.is_alive = may_be_lent = 0;
    }
    if (HAS_PINS) {
        judge_rounds(seen, new_rounds);
    }
    if (new_rounds > 0) {
        sequence.is_alive = may_be_lent = 0;
    }
    inferences = seen->inferences;
    rounds = seen->rounds;
    owed = NOTHING;
}
