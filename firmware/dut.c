/*
 * The text protocol of MLPerf Tiny's device under test: commands that end in '%', answers that end in m-ready.
 * PROTOCOL.md tells what is taken and answered. Where the protocol's reference writes past its buffers, or reads
 * through no pointer, an error is answered here.
 */
#include "dut.h"

#include "board.h"
#include "inference.h"
#include "link.h"
#include "names.h"
#include "text.h"

#define VENDOR "pinfer"
#define FIRMWARE "ULPMark for tinyML Firmware V0.0.1"

enum { DEFAULT_WARMUP = 10, BYTES_PER_LINE = 8, NAME_OFFSET = 32 /* behind the hash */ };

static struct {
    uint32_t expected; /* 0: no load was asked for */
    uint32_t count;
    uint8_t has_results;
} buffer;

/* Microseconds, and ticks that are no whole one yet. */
typedef struct {
    uint32_t microseconds;
    uint32_t ticks;
} duration_t;

static struct {
    uint32_t latest; /* ticks */
    duration_t passed;
} boot_clock;

static void add_ticks(duration_t *duration, uint32_t ticks)
{
    const uint32_t ticks_per_microsecond = board_info()->counter_hz / 1000000;
    if (ticks_per_microsecond != 0) { /* else this board counts nothing */
        duration->ticks += ticks % ticks_per_microsecond;
        duration->microseconds += ticks / ticks_per_microsecond + duration->ticks / ticks_per_microsecond;
        duration->ticks %= ticks_per_microsecond;
    }
}

/* Since boot, if less than 2^32 ticks pass from one call to the next. */
static duration_t read_clock(void)
{
    const uint32_t now = board_ticks();
    add_ticks(&boot_clock.passed, now - boot_clock.latest);
    boot_clock.latest = now;
    return boot_clock.passed;
}

static void answer_results(void)
{
    if (!buffer.has_results) {
        text_put_error("No results: nothing was inferred");
        return;
    }
    text_put("m-results-[");
    loaded_put_results();
    text_put("]\r\n");
}

/*
 * The loaded input goes into the arena before each run, which may have overwritten it. That is no part of the inference,
 * so the lap is the sum of the runs' own ticks.
 */
static duration_t run_loaded(int32_t times)
{
    duration_t lap = read_clock();
    while (times-- > 0) {
        loaded_take();
        add_ticks(&lap, infer());
        (void)read_clock(); /* often enough for a counter of 32 bits */
    }
    return lap;
}

static void answer_infer(void)
{
    const char *token = text_token();
    const int32_t runs = token == 0 ? 1 : text_number(token);
    token = token == 0 ? 0 : text_token();
    const int32_t warmup = token == 0 ? DEFAULT_WARMUP : text_number(token);
    if (runs <= 0) {
        text_put_error("Inference iterations must be >0");
        return;
    }
    if (warmup < 0) {
        text_put_error("Inference warmup must be >=0");
        return;
    }
    if (buffer.count != LOADED_SIZE) {
        text_put("e-[Input db has ");
        text_put_number(buffer.count);
        text_put(" bytes, expected ");
        text_put_number(LOADED_SIZE);
        text_put("]\r\n");
        return;
    }
    const uint32_t checked = loaded_check();
    if (checked < NETWORK_INPUT_BYTES) {
        text_put("e-[Input value ");
        text_put_number(checked);
        text_put(" is too large or no number]\r\n");
        return;
    }
    text_put_numbered("m-warmup-start-", (uint32_t)warmup);
    board_flush();
    (void)run_loaded(warmup);
    text_put("m-warmup-done\r\n");
    text_put_numbered("m-infer-start-", (uint32_t)runs);
    board_flush(); /* what was said is no part of the lap */
    const uint32_t start = read_clock().microseconds;
    const uint32_t end = run_loaded(runs).microseconds;
    copy_bytes(loaded()->output, network_output(), NETWORK_OUTPUT_BYTES);
    buffer.has_results = 1;
    text_put_numbered("m-lap-us-", start);
    text_put_numbered("m-lap-us-", end);
    text_put("m-infer-done\r\n");
    answer_results();
}

static void begin_load(const char *size)
{
    buffer.expected = 0;
    buffer.count = 0;
    buffer.has_results &= DUT_RESULT != RESULT_MSE; /* an error needs the input */
    if (size == 0) {
        text_put_error("Command 'db load' requires the # of bytes");
        return;
    }
    const int32_t bytes = text_number(size);
    if (bytes <= 0) {
        text_put_error("Command 'db load' must be >0 bytes");
    } else if (bytes > LOADED_SIZE) {
        text_put("e-[Supplied buffer size ");
        text_put_number((uint32_t)bytes);
        text_put(" exceeds maximum of ");
        text_put_number(LOADED_SIZE);
        text_put("]\r\n");
    } else if (loaded() == 0) {
        text_put_error("No RAM to keep an input");
    } else {
        buffer.expected = (uint32_t)bytes;
        text_put("m-[Expecting ");
        text_put_number((uint32_t)bytes);
        text_put(" bytes]\r\n");
    }
}

/* A line with a wrong digit stores nothing, so that it can be sent again. */
static void load_bytes(const char *digits)
{
    if (buffer.count == buffer.expected) {
        text_put_error("Command 'db' requires a 'db load' first");
        return;
    }
    uint32_t length = 0;
    while (digits[length] != 0) {
        length++;
    }
    if (length % 2 != 0) {
        text_put_error("Insufficent number of hex digits");
        return;
    }
    for (uint32_t i = 0; i < length; i += 2) {
        if (text_digit(digits[i]) < 0 || text_digit(digits[i + 1]) < 0) {
            const char pair[3] = {digits[i], digits[i + 1], 0};
            text_put("e-[Invalid hex digit '");
            text_put(pair);
            text_put("']\r\n");
            return;
        }
    }
    for (uint32_t i = 0; i < length && buffer.count < buffer.expected; i += 2) {
        loaded()->input[buffer.count++] = (uint8_t)(text_digit(digits[i]) << 4 | text_digit(digits[i + 1]));
    }
    if (buffer.count == buffer.expected) {
        text_put("m-load-done\r\n");
    }
}

static void print_bytes(void)
{
    static const char digits[] = "0123456789abcdef";
    for (uint32_t i = 0; i < buffer.count; i++) {
        const uint8_t byte = loaded()->input[i];
        text_put(i % BYTES_PER_LINE == 0 ? "m-buffer-" : "-");
        board_send((uint8_t)digits[byte >> 4]);
        board_send((uint8_t)digits[byte & 15]);
        if ((i + 1) % BYTES_PER_LINE == 0 || i + 1 == buffer.count) {
            text_put("\r\n");
        }
    }
    text_put(buffer.count % BYTES_PER_LINE == 0 ? "" : "\r\n");
}

static void answer_buffer(void)
{
    const char *token = text_token();
    if (token == 0) {
        text_put_error("Command 'db' requires a subcommand");
    } else if (text_is(token, "load")) {
        begin_load(text_token());
    } else if (text_is(token, "print")) {
        print_bytes();
    } else {
        load_bytes(token);
    }
}

static void answer_profile(void)
{
    const uint8_t *name = network_description + NAME_OFFSET; /* its length first */
    text_put("m-profile-[" FIRMWARE);
    if (board_info()->counter_kind == COUNTER_INSTRUCTIONS) { /* whoever reads a rate from it reads this beside it */
        text_put("; emulated: not time, instructions at ");
        text_put_number(board_info()->counter_hz / 1000000);
        text_put(" MHz");
    }
    text_put("]\r\nm-model-[");
    for (uint32_t i = 1; i <= name[0]; i++) {
        const int is_text = name[i] >= ' ' && name[i] != 0x7F && name[i] != ']';
        board_send(is_text ? name[i] : '?');
    }
    text_put("]\r\n");
    if (DUT_INPUT != INPUT_PLAIN) {
        text_put(DUT_INPUT == INPUT_U8 ? "m-input-[u8]\r\n" : "m-input-[f32]\r\n");
    }
    if (DUT_RESULT == RESULT_MSE) {
        text_put("m-output-[mse]\r\n");
    }
}

static void answer_help(void)
{
    text_put(FIRMWARE "\r\n\r\n"
                      "name, profile, timestamp, help\r\n"
                      "db load N, db HEX, db print\r\n"
                      "infer [N=1] [W=10], results\r\n");
}

void text_command(void)
{
    const char *token = text_token();
    token = token == 0 ? "" : token;
    if (text_is(token, "name")) {
        text_put("m-name-dut-[" VENDOR "]\r\n");
    } else if (text_is(token, "timestamp")) {
        text_put_numbered("m-lap-us-", read_clock().microseconds);
    } else if (text_is(token, "profile")) {
        answer_profile();
    } else if (text_is(token, "help")) {
        answer_help();
    } else if (text_is(token, "db")) {
        answer_buffer();
    } else if (text_is(token, "infer")) {
        answer_infer();
    } else if (text_is(token, "results")) {
        answer_results();
    } else {
        text_put("e-[Unknown command: ");
        text_put(token);
        text_put("]\r\n");
    }
}

int text_is_built(void)
{
    return 1;
}

void text_begin(void)
{
    boot_clock.latest = board_ticks();
    text_put("m-timestamp-mode-performance\r\nm-init-done\r\nm-ready\r\n");
    board_flush();
}
