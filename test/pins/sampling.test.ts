import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { runC } from "../support/compileC.js";

/** Pins, rings and a network that write down what is done, and in whose midst the clock's interrupt comes. */
const recorder = `
#include <stdio.h>
#include "board.h"
#include "inference.h"
#include "sampling.h"
#include "pins.h"
int8_t network_arena[4];
static int interrupts, is_clock_in_copy;
static uint32_t is_late;
static void interrupt(int times) { for (int i = 0; i < times * PIN_EVERY_MS; i++) { interrupts++; sampling_tick(is_late); } }
uint32_t board_milliseconds(void) { return (uint32_t)interrupts; }
void control_read_moment(window_value_t *moment) { moment[0] = 1; printf("read\\n"); }
void windows_push_moment(const int8_t *row, int16_t *state, int8_t *ring)
{
    (void)row; (void)ring;
    state[1] = (int16_t)((state[1] > 0 ? state[1] : WINDOW_HOP) - 1);
}
void windows_read_moments(const int8_t *ring, const int16_t *state, int8_t *output)
{
    (void)ring; (void)state; (void)output;
    printf("copy begins\\n"); interrupt(is_clock_in_copy); printf("copy ends\\n");
}
void control_infer(void) { printf("network begins\\n"); interrupt(5); printf("network ends\\n"); }
void windows_push_output(const int8_t *row, int16_t *state, int8_t *ring) { (void)row; (void)ring; state[1] = 0; }
void windows_average_outputs(const int8_t *input, int8_t *output) { (void)input; (void)output; }
void windows_push_votes(const int8_t *row, int16_t *state, int8_t *ring) { (void)row; (void)state; (void)ring; }
void windows_count_votes(const int8_t *input, int8_t *output) { (void)input; output[0] = 1; }
void control_judge(const int8_t *values, int8_t *are_on) { (void)values; (void)are_on; }
void control_drive(const int8_t *are_on, const int8_t *values) { (void)are_on; (void)values; printf("drive\\n"); }
uint8_t control_level(uint32_t output) { return (uint8_t)output; }
int control_can_set(uint32_t input, uint32_t reading) { return input + reading > 0; }
void control_set(uint32_t input, uint32_t reading) { (void)input; (void)reading; }
void control_forget(void) {}
static uint32_t told[8];
static int count;
void link_answer_begin(const link_header_t *h, int32_t s, uint32_t n) { (void)h; (void)s; (void)n; count = 0; }
void link_answer_status(const link_header_t *h, int32_t s) { (void)h; (void)s; count = 0; }
void link_send_bytes(const void *b, uint32_t n) { (void)b; (void)n; }
void link_send_u16(uint16_t v) { (void)v; }
void link_send_u32(uint32_t v) { told[count++] = v; }
void link_send_end(void) {}
static void tell(void)
{
    const link_header_t header = {.type = 0x23};
    sampling_answer(&header, 0);
    printf("%u moments, %u windows, %u left out, %u lost\\n", told[0], told[1], told[2], told[3]);
}
int main(void)
{
    interrupt(3);
    printf("due %d\\n", sampling_is_due());
    for (is_clock_in_copy = 1; is_clock_in_copy <= 3; is_clock_in_copy += 2) { sampling_run(); tell(); interrupt(1); }
    is_late = 1; interrupt(2); tell();
    is_late = 0; sampling_tick(0); tell();
    return 0;
}
`;

it("reads on while the network runs, and holds only the reading while a window is copied", () => {
  const text = (file: string) => readFileSync(join(firmwareDirectory, file), "utf8");
  const output = runC(
    {
      "main.c": recorder,
      "sampling.c": text("sampling.c"),
      "pins.h":
        '#pragma once\n#include "control.h"\nenum { PIN_INPUT_COUNT = 1, PIN_OUTPUT_COUNT = 1, PIN_EVERY_MS = 4 };\n',
      "windows.h":
        "#pragma once\n#include <stdint.h>\n#define WINDOW_MOMENTS 3\n#define WINDOW_HOP 2\n#define WINDOW_MOMENT_BYTES 1\n" +
        "#define WINDOW_AVERAGE 1\n#define WINDOW_WINS 1\n#define WINDOW_VOTES 1\ntypedef int8_t window_value_t;\n" +
        ["push_moment", "push_output", "push_votes"]
          .map((name) => `void windows_${name}(const int8_t *row, int16_t *state, int8_t *ring);\n`)
          .join("") +
        "void windows_read_moments(const int8_t *ring, const int16_t *state, int8_t *output);\n" +
        "void windows_average_outputs(const int8_t *input, int8_t *output);\n" +
        "void windows_count_votes(const int8_t *input, int8_t *output);\n",
      "network.h":
        "#pragma once\n#include <stdint.h>\n#define NETWORK_INPUT_BYTES 3\n#define NETWORK_OUTPUT_BYTES 1\n" +
        "extern int8_t network_arena[4];\nstatic inline int8_t *network_input(void) { return network_arena; }\n" +
        "static inline const int8_t *network_output(void) { return network_arena; }\n",
    },
    new Uint8Array(0),
    ["-I.", "-DHAS_PINS=1", "-DHAS_WINDOWS=1"],
  );
  const reads = (count: number) => new Array<string>(count).fill("read");
  expect(output.toString().trimEnd().split("\n")).toEqual([
    ...["drive", ...reads(3), "due 1"], // all off at first
    // the moment that it was time for in the midst of copying is read behind it; 5 more while the network runs
    ...["copy begins", "copy ends", "read", "network begins", ...reads(5), "network ends", "drive"],
    "9 moments, 1 windows, 3 left out, 0 lost", // whole at 3; at 5, 7 and 9 the network was at work
    "read",
    // three moments in one copy: one can be read, two are lost
    ...["copy begins", "copy ends", "read", "network begins", ...reads(5), "network ends", "drive"],
    "16 moments, 2 windows, 6 left out, 2 lost",
    "read",
    // the clock's interrupt came late twice: nothing is read until it is in time
    "17 moments, 2 windows, 6 left out, 2 lost",
    "read",
    "18 moments, 2 windows, 6 left out, 3 lost",
  ]);
});
