/* Text on the line: the command that comes in, its words, and what is said. */
#include "text.h"

#include "board.h"
#include "link.h"

enum { COMMAND_SIZE = 80 };

/* The command that comes in; its tokens are cut in place. */
static struct {
    char text[COMMAND_SIZE + 1];
    uint8_t length;
    uint8_t is_too_long;
    char *rest; /* what no token was cut from yet */
} command;

void text_put(const char *text)
{
    while (*text != 0) {
        board_send((uint8_t)*text++);
    }
}

void text_put_number(uint32_t value)
{
    if (value >= 10) {
        text_put_number(value / 10);
    }
    board_send((uint8_t)('0' + value % 10));
}

void text_put_numbered(const char *text, uint32_t value)
{
    text_put(text);
    text_put_number(value);
    text_put("\r\n");
}

void text_put_error(const char *text)
{
    text_put("e-[");
    text_put(text);
    text_put("]\r\n");
}

char *text_token(void)
{
    char *token = command.rest;
    while (*token == ' ') {
        token++;
    }
    char *end = token;
    while (*end != 0 && *end != ' ') {
        end++;
    }
    command.rest = *end == 0 ? end : end + 1;
    *end = 0;
    return *token == 0 ? 0 : token;
}

int text_is(const char *token, const char *word)
{
    while (*token != 0 && *token == *word) {
        token++;
        word++;
    }
    return *token == *word;
}

int32_t text_number(const char *token)
{
    int32_t value = 0;
    for (int32_t digits = 0; token[digits] != 0; digits++) {
        const uint8_t digit = (uint8_t)(token[digits] - '0');
        if (digit > 9 || digits == 9) {
            return -1;
        }
        value = 10 * value + digit;
    }
    return value;
}

int32_t text_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char small = (char)(digit | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

void text_put_scaled(uint32_t scale_bits, int32_t steps)
{
    uint32_t mantissa = (scale_bits & 0x7FFFFF) | 0x800000;
    int32_t fraction_bits = 150 - (int32_t)(scale_bits >> 23);
    while ((mantissa & 1) == 0) {
        mantissa >>= 1;
        fraction_bits--;
    }
    uint64_t fraction = (uint64_t)mantissa * (steps < 0 ? 0u - (uint32_t)steps : (uint32_t)steps);
    if (fraction_bits < 0) {
        fraction <<= -fraction_bits;
        fraction_bits = 0;
    }
    if (steps < 0) {
        text_put("-");
    }
    text_put_fixed(fraction, fraction_bits);
}

void text_put_fixed(uint64_t value, int32_t fraction_bits)
{
    const uint64_t below_one = (1ull << fraction_bits) - 1;
    text_put_number((uint32_t)(value >> fraction_bits));
    value &= below_one;
    if (value != 0) {
        text_put(".");
    }
    while (value != 0) {
        value *= 10;
        text_put_number((uint32_t)(value >> fraction_bits));
        value &= below_one;
    }
}

static void end_command(void)
{
    command.text[command.length] = 0;
    command.rest = command.text;
    if (command.is_too_long) {
        text_put_error("Command is longer than 80 characters");
    } else {
        text_command();
    }
    text_put("m-ready\r\n");
    board_flush();
}

void text_receive(uint8_t byte)
{
    const int is_line_end = byte == '\r' || byte == '\n';
    const int is_text = byte >= ' ' && byte < 0x7F;
    if (byte == '%') {
        end_command();
    }
    if (byte == '%' || (!is_text && !is_line_end)) {
        command.length = 0;
        command.is_too_long = 0;
    } else if (is_text && command.length < COMMAND_SIZE) {
        command.text[command.length++] = (char)byte;
    } else if (is_text) {
        command.is_too_long = 1;
    }
}
