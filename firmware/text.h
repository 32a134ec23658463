/*
 * Text on the line, where it is part of the firmware: commands up to their '%', words, and what is said.
 */
#ifndef PINFER_TEXT_H
#define PINFER_TEXT_H

#include <stdint.h>

/* Called when a whole command has come; dut.c defines it. Its answer goes out before this returns; m-ready follows. */
void text_command(void);

/* Cuts the next word from the command; 0 when there is none. */
char *text_token(void);
int text_is(const char *token, const char *word);
/* A decimal number of at most nine digits; -1 for anything else. */
int32_t text_number(const char *token);
/* Of a hexadecimal digit; -1 for what is none. */
int32_t text_digit(char digit);

void text_put(const char *text);
void text_put_number(uint32_t value);
/* A line: the text, the number. */
void text_put_numbered(const char *text, uint32_t value);
/* A line: e-[text]. */
void text_put_error(const char *text);
/*
 * All decimals of scale * steps. The scale comes as its float32's bits; the exporter sees to 2^-36 <= scale <= 2^24 for
 * steps of int8, <= 1 for wider ones, so that 64 bits hold every step.
 */
void text_put_scaled(uint32_t scale_bits, int32_t steps);
/* All decimals of value / 2^fraction_bits: at most 60 bits behind the point, 32 before. */
void text_put_fixed(uint64_t value, int32_t fraction_bits);

#endif
