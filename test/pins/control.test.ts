import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { printPinsHeader, printPinsSource } from "../../codegen/printPins.js";
import { findBoard } from "../../src/board/boards.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { planPins } from "../../src/pins/planPins.js";
import { runC } from "../support/compileC.js";

const slot = (bytes: number) => ({
  ...{ name: "t", offset: 0, bytes, shape: [bytes], elementType: "int8" as const },
  ...{ quantization: { scale: 1, zeroPoint: 0 }, border: "float32" as const },
});

/** A board that writes down what is done to its pins, and a network that copies its inputs. */
const recorder = `
#include <stdio.h>
#include "board.h"
#include "control.h"
#include "inference.h"
#include "network.h"
int8_t network_arena[2];
static uint32_t now;
static const char *name(uint8_t pin) { static char n[8]; snprintf(n, 8, "P%c%d", 'A' + (pin >> 4), pin & 15); return n; }
void board_pin_input(uint8_t p, uint8_t pull) { printf("input %s %d\\n", name(p), pull); }
void board_pin_output(uint8_t p, uint32_t high) { printf("output %s %u\\n", name(p), high); }
void board_pin_analog(uint8_t p) { printf("analog %s\\n", name(p)); }
void board_analog_start(void) { printf("start ADC\\n"); }
uint32_t board_analog_read(uint8_t channel) { printf("convert %d\\n", channel); return 4095; }
uint32_t board_pin_read(uint8_t p) { printf("read %s\\n", name(p)); return 1; }
void board_pin_write(uint8_t p, uint32_t high) { printf("write %s %u\\n", name(p), high); }
void board_start_clock(void) { printf("start clock\\n"); }
uint32_t board_milliseconds(void) { return now; }
static latest_t latest;
const latest_t *latest_inference(void) { return &latest; }
uint32_t infer(void) { printf("run %d %d\\n", network_arena[0], network_arena[1]); latest.count++; return 7; }
void link_answer_begin(const link_header_t *h, int32_t s, uint32_t n) { (void)h; (void)s; (void)n; }
void link_answer_status(const link_header_t *h, int32_t s) { (void)h; (void)s; }
void link_send_bytes(const void *b, uint32_t n) { (void)b; (void)n; }
void link_send_u16(uint16_t v) { (void)v; }
void link_send_u32(uint32_t v) { (void)v; }
void link_send_end(void) {}
int main(void)
{
    control_start();
    for (now = 100; now <= 110; now++) {
        (void)control_poll();
        if (now == 108) printf("108 ms\\n");
    }
}
`;
const network = `
#pragma once
#include <stdint.h>
#define NETWORK_INPUT_BYTES 2
#define NETWORK_OUTPUT_BYTES 2
extern int8_t network_arena[2];
static inline int8_t *network_input(void) { return network_arena; }
static inline const int8_t *network_output(void) { return network_arena; }
`;

it("readies the pins, and in each round reads, infers with the timing pin high, and drives", () => {
  const plan = planPins(
    {
      inputs: [
        { pin: "PC0", pull: "up", off: -5, on: 5 },
        { pin: "PA1", analog: [0, 100] },
      ],
      outputs: [
        { pin: "PB0", threshold: 1 },
        { pin: "PB2", activeLow: true, threshold: 6 },
      ],
      ...{ timing: "PB1", everyMs: 9 },
    },
    { name: "two", inputs: [slot(2)], outputs: [slot(2)] },
    findBoard("nucleo-f446re"),
  );
  const output = runC(
    {
      "main.c": recorder,
      "network.h": network,
      "pins.h": printPinsHeader(plan, "two", "test"),
      "pins.c": printPinsSource(plan, "two", "test"),
      "control.c": readFileSync(join(firmwareDirectory, "control.c"), "utf8"),
      "rounds.h": readFileSync(join(firmwareDirectory, "rounds.h"), "utf8"),
      "control.h": readFileSync(join(firmwareDirectory, "control.h"), "utf8"),
    },
    new Uint8Array(0),
    ["-I.", "-DHAS_PINS=1"],
  );
  const round = [
    ...["read PC0", "convert 1", "write PB1 1", "run 5 100", "write PB1 0"],
    ...["write PB0 1", "write PB2 1"], // 5 is at least 1; 5 is not at least 6, so the low one is off: high
  ];
  expect(output.toString().trimEnd().split("\n")).toEqual([
    ...[
      "input PC0 1",
      "analog PA1",
      "start ADC",
      "output PB0 0",
      "output PB2 1",
      "output PB1 0",
      "start clock",
    ],
    ...[...round, "108 ms", ...round],
  ]);
});
