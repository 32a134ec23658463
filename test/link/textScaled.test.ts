import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { runC } from "../support/compileC.js";

/** Prints text_put_scaled of each line "bits steps". */
const harness = `
#include <stdio.h>
#include "board.h"
#include "text.h"
void board_send(uint8_t byte) { putchar(byte); }
void board_flush(void) {}
void text_command(void) {}
int main(void)
{
    unsigned bits;
    int steps;
    while (scanf("%u %d", &bits, &steps) == 2) {
        text_put_scaled(bits, steps);
        putchar('\\n');
    }
    return 0;
}
`;

function bitsOf(scale: number): number {
  const field = Buffer.alloc(4);
  field.writeFloatBE(scale);
  return field.readUInt32BE();
}

/** All decimals of scale · steps, by integers of any size. */
function exactly(scale: number, steps: number): string {
  let [numerator, bits] = [Math.abs(scale * steps), 0n]; // at most 32 bits: exact as a double
  while (!Number.isInteger(numerator)) [numerator, bits] = [numerator * 2, bits + 1n];
  const digits = (BigInt(numerator) * 10n ** bits) / 2n ** bits;
  const text = digits.toString().padStart(Number(bits) + 1, "0");
  const whole = text.slice(0, text.length - Number(bits));
  const fraction = text.slice(text.length - Number(bits)).replace(/0+$/, "");
  return `${steps < 0 ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

describe("text_put_scaled", () => {
  const random = new Random(11);
  const scales = [
    ...[1 / 256, 0.5, 1, 3, 1 / 255, 0.1, 2 ** -36, 2 ** 24, 255, 256, 65536],
    Math.fround(2 ** -35.000001),
    Math.fround(2 ** 24 - 1),
    ...Array.from({ length: 300 }, () => 2 ** (60 * random.uniform() - 36)),
  ].map(Math.fround);
  const pairs = scales.flatMap((scale) =>
    [0, 1, -1, 255, -255, 128, random.integer(511) - 255].map((steps) => ({ scale, steps })),
  );

  it("prints every decimal, for all scales that the exporter lets through", () => {
    const text = readFileSync(join(firmwareDirectory, "text.c"), "utf8");
    const input = pairs.map(({ scale, steps }) => `${bitsOf(scale)} ${steps}\n`).join("");
    const stdout = runC({ "scaled.c": harness, "text.c": text }, Buffer.from(input)).toString();
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toEqual(pairs.map(({ scale, steps }) => exactly(scale, steps)));
    for (const [i, { scale, steps }] of pairs.entries()) expect(Number(lines[i])).toBe(scale * steps + 0);
  });
});
