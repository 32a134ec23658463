import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { quantizeTensor, roundAwayFromZero } from "../../src/quantize/quantizeTensor.js";
import { runC } from "../support/compileC.js";

/** Answers each line "q bits scale zero", "f bits fraction", "s scale steps fraction" or "m count value value …". */
const harness = `
#include <inttypes.h>
#include <stdio.h>
#include "reals.h"
int main(void)
{
    char what;
    unsigned a, b;
    int c;
    while (scanf(" %c", &what) == 1) {
        if (what == 'q' && scanf("%u %u %d", &a, &b, &c) == 3) {
            printf("%d\\n", real_is_finite(a) ? real_quantize(a, b, c) : 999);
        } else if (what == 'f' && scanf("%u %d", &a, &c) == 2) {
            printf("%d\\n", real_fixed(a, c));
        } else if (what == 's' && scanf("%u %d %u", &a, &c, &b) == 3) {
            printf("%d\\n", real_scaled(a, c, (int32_t)b));
        } else if (what == 'm' && scanf("%u", &a) == 1) {
            real_sum_t sum = {0, 0};
            for (unsigned i = 0; i < a && scanf("%d", &c) == 1; i++) {
                real_add_square(&sum, c);
            }
            printf("%" PRIu64 "\\n", real_mean(&sum, a));
        }
    }
    return 0;
}
`;

function answers(lines: readonly string[]): string[] {
  const text = readFileSync(join(firmwareDirectory, "reals.c"), "utf8");
  const stdout = runC({ "harness.c": harness, "reals.c": text }, Buffer.from(`${lines.join("\n")}\n`));
  return stdout.toString().trimEnd().split("\n");
}

const bits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!;
const real = (word: number): number => new Float32Array(Uint32Array.of(word).buffer)[0]!;

const quantize = (value: number, scale: number, zeroPoint: number): number =>
  quantizeTensor([value], { quantization: { scale, zeroPoint }, elementType: "int8" })[0]!;

describe("real numbers in the firmware's integers", () => {
  const random = new Random(23);
  const scales = [0.20784314, 1 / 255, 0.5, 1, 3, 0.1, 2 ** -36, 2 ** 24, 1 + 2 ** -23, 2 - 2 ** -23].map(
    Math.fround,
  );
  for (let i = 0; i < 40; i++) scales.push(Math.fround(2 ** (60 * random.uniform() - 36)));

  it("are quantized to the host's byte, ties and their neighbours included", () => {
    const cases = scales.flatMap((scale) => {
      const values = [0, -0, real(1), real(0x7fffff), real(0x800000), 3.4e38, -3.4e38, Number.MIN_VALUE];
      for (let steps = -131; steps <= 131; steps++) {
        for (const at of [steps, steps + 0.5]) {
          const near = bits(Math.fround(at * scale));
          for (const word of [near - 1, near, near + 1]) values.push(real(word >>> 0));
        }
      }
      for (let i = 0; i < 200; i++) values.push((300 * random.uniform() - 150) * scale);
      return values
        .filter(Number.isFinite)
        .map((value) => ({ value: Math.fround(value), scale, zero: random.integer(256) - 128 }));
    });
    for (let i = 0; i < 20_000; i++) {
      const word = random.integer(2 ** 32);
      if ((word & 0x7f800000) === 0x7f800000) continue;
      cases.push({ value: real(word), scale: scales[i % scales.length]!, zero: random.integer(256) - 128 });
    }
    const found = answers(cases.map(({ value, scale, zero }) => `q ${bits(value)} ${bits(scale)} ${zero}`));
    const expected = cases.map(({ value, scale, zero }) => String(quantize(value, scale, zero)));
    expect(found.length).toBe(cases.length);
    expect(
      found.flatMap((text, i) => (text === expected[i] ? [] : [{ ...cases[i], text, right: expected[i] }])),
    ).toEqual([]);
    // 15.9 / 0.20784314 is 76.50000 in float32, and less before it is rounded
    expect(answers([`q ${bits(15.9)} ${bits(0.20784314)} -3`])).toEqual(["74"]);
  });

  it("are refused when they are infinite or no number", () => {
    const words = [0x7f800000, 0xff800000, 0x7fc00000, 0xffffffff, 0x7f800001];
    expect(answers(words.map((word) => `q ${word} ${bits(1)} 0`))).toEqual(words.map(() => "999"));
  });

  it("become fixed point, rounded away from zero at ties, or too large", () => {
    const cases = Array.from({ length: 5000 }, (_, i) => {
      const fraction = 16 + random.integer(13);
      const magnitude = (2 ** 30 / 2 ** fraction) * (i % 10 === 0 ? 1 : 2 ** (-40 * random.uniform()));
      const sign = random.uniform() < 0.5 ? -1 : 1;
      return { fraction, value: Math.fround(sign * magnitude) };
    });
    const large = [
      { fraction: 16, value: 2 ** 14 },
      { fraction: 16, value: 2 ** 14 + 2 ** -9 },
      { fraction: 28, value: -3e38 },
      { fraction: 28, value: 1e-40 },
    ];
    const all = [...cases, ...large];
    const expected = all.map(({ fraction, value }) => {
      const fixed = roundAwayFromZero(value * 2 ** fraction) + 0;
      return String(Math.abs(fixed) > 2 ** 30 ? -(2 ** 31) : fixed);
    });
    expect(answers(all.map(({ fraction, value }) => `f ${bits(value)} ${fraction}`))).toEqual(expected);
    const scaled = cases.map(({ fraction }, i) => ({
      ...{ fraction, steps: (i % 511) - 255 },
      scale: Math.fround(2 ** (18 - fraction) * (1 + random.uniform())),
    }));
    expect(
      answers(scaled.map(({ fraction, steps, scale }) => `s ${bits(scale)} ${steps} ${fraction}`)),
    ).toEqual(
      scaled.map(({ fraction, steps, scale }) =>
        String(roundAwayFromZero(scale * steps * 2 ** fraction) + 0),
      ),
    );
  });

  it("have a mean of their squares, rounded down, for sums beyond 64 bits too", () => {
    const lists = [
      [0],
      [1, 2],
      Array.from({ length: 65_535 }, () => -(2 ** 31) + 1),
      Array.from({ length: 640 }, () => random.integer(2 ** 32) - 2 ** 31),
      Array.from({ length: 999 }, () => random.integer(2000) - 1000),
    ];
    const expected = lists.map((list) =>
      String(list.reduce((sum, value) => sum + BigInt(value) ** 2n, 0n) / BigInt(list.length)),
    );
    expect(answers(lists.map((list) => `m ${list.length} ${list.join(" ")}`))).toEqual(expected);
  });
});
