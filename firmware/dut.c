/*
 * The text protocol of MLPerf Tiny's device under test: commands that end in '%', answers that end in m-ready.
 * PROTOCOL.md tells what is taken and answered. Where the protocol's reference writes past its buffers, or reads
 * through no pointer, an error is answered here.
 */
#include "board.h"
#include "inference.h"
#include "link.h"
#include "network.h"
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

/* Behind the latest inference, in RAM that nothing else uses: a run may overwrite the arena's input. */
static inference_t *memory(void)
{
    return (inference_t *)(void *)board_spare_memory(sizeof(inference_t), sizeof(inference_t));
}

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

static uint32_t read_u32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Of a port in the network's description (PROTOCOL.md): the number of its scales. */
static const uint8_t *scales_of(const uint8_t *port)
{
    const uint8_t *type = port + 1 + port[0] + 1; /* behind name and border */
    const uint8_t *axes = type + 2 + 4 * type[1];
    return axes + 1 + axes[0];
}

/* The output's scale, and behind it its zero point: after one input and its scales. */
static const uint8_t *output_scale(void)
{
    const uint8_t *inputs = network_description + NAME_OFFSET + 1 + network_description[NAME_OFFSET];
    const uint8_t *scales = scales_of(inputs + 1);
    const uint8_t *outputs = scales + 4 + 8 * read_u32(scales);
    return scales_of(outputs + 1) + 4;
}

static void answer_results(void)
{
    if (!buffer.has_results) {
        text_put_error("No results: nothing was inferred");
        return;
    }
    const int8_t *output = memory()->output;
    const uint8_t *scale = output_scale();
    const uint32_t scale_bits = read_u32(scale);
    const int32_t zero_point = (int32_t)read_u32(scale + 4);
    text_put("m-results-[");
    for (uint32_t i = 0; i < NETWORK_OUTPUT_SIZE; i++) {
        text_put(i == 0 ? "" : ",");
        text_put_scaled(scale_bits, output[i] - zero_point);
    }
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
        copy_bytes(network_input(), memory()->input, NETWORK_INPUT_SIZE);
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
    if (buffer.count != NETWORK_INPUT_SIZE) {
        text_put("e-[Input db has ");
        text_put_number(buffer.count);
        text_put(" bytes, expected ");
        text_put_number(NETWORK_INPUT_SIZE);
        text_put("]\r\n");
        return;
    }
    text_put_numbered("m-warmup-start-", (uint32_t)warmup);
    board_flush();
    (void)run_loaded(warmup);
    text_put("m-warmup-done\r\n");
    text_put_numbered("m-infer-start-", (uint32_t)runs);
    board_flush(); /* no transmit interrupt falls into the lap */
    const uint32_t start = read_clock().microseconds;
    const uint32_t end = run_loaded(runs).microseconds;
    copy_bytes(memory()->output, network_output(), NETWORK_OUTPUT_SIZE);
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
    if (size == 0) {
        text_put_error("Command 'db load' requires the # of bytes");
        return;
    }
    const int32_t bytes = text_number(size);
    if (bytes <= 0) {
        text_put_error("Command 'db load' must be >0 bytes");
    } else if (bytes > NETWORK_INPUT_SIZE) {
        text_put("e-[Supplied buffer size ");
        text_put_number((uint32_t)bytes);
        text_put(" exceeds maximum of ");
        text_put_number(NETWORK_INPUT_SIZE);
        text_put("]\r\n");
    } else if (memory() == 0) {
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
        memory()->input[buffer.count++] = (uint8_t)(text_digit(digits[i]) << 4 | text_digit(digits[i + 1]));
    }
    if (buffer.count == buffer.expected) {
        text_put("m-load-done\r\n");
    }
}

static void print_bytes(void)
{
    static const char digits[] = "0123456789abcdef";
    for (uint32_t i = 0; i < buffer.count; i++) {
        const uint8_t byte = memory()->input[i];
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
    text_put("m-profile-[" FIRMWARE "]\r\nm-model-[");
    for (uint32_t i = 1; i <= name[0]; i++) {
        const int is_text = name[i] >= ' ' && name[i] != 0x7F && name[i] != ']';
        board_send(is_text ? name[i] : '?');
    }
    text_put("]\r\n");
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
