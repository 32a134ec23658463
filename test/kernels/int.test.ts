import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import * as int from "../../src/kernels/int.js";
import { runC } from "../support/compileC.js";
import { printedForHost } from "../support/printedForHost.js";
import { edges, INT32_MAX, INT32_MIN, pairs } from "./edges.js";

const counts = Array.from({ length: 32 }, (_, count) => count);

/** Calls one function of int.h with int32 triples from standard input and writes the int32 results. */
function runInC(call: string, triples: readonly (readonly number[])[]): number[] {
  const program = `
#include <stdio.h>
#include "int.h"
int main(void)
{
    int32_t x[3];
    while (fread(x, sizeof x, 1, stdin) == 1) {
        const int32_t result = ${call};
        fwrite(&result, sizeof result, 1, stdout);
    }
    return 0;
}
`;
  const input = Int32Array.from(triples.flatMap((triple) => [0, 1, 2].map((i) => triple[i] ?? 0)));
  const output = runC({ "program.c": program }, new Uint8Array(input.buffer));
  return [...new Int32Array(output.buffer.slice(output.byteOffset, output.byteOffset + output.length))];
}

/** Accumulator, multiplier, shift in rescaleBounded's ranges; the rounding constant is 141 steps. */
const boundedTriples = pairs(
  edges.filter((x) => Math.abs(x) < 2 ** 30),
  [0, 2 ** 30, 2 ** 30 + 1, 1518500250, INT32_MAX],
).flatMap((pair) => [1, 2, 7, 15, 22].map((count) => [...pair, count]));
/** Accumulators, multipliers and offsets of rescaleSettled and rescaleRectified. */
const settledTriples = pairs(
  edges.filter((x) => Math.abs(x) < 2 ** 30),
  [0, 3, 2 ** 30, 1518500250, INT32_MAX],
).flatMap((pair) => [-255 * 2 ** 8, 2 ** 8, 255 * 2 ** 8].map((offset) => [...pair, offset]));

/** Accumulators with mantissas and shifts of float32 factors between 2^−39 and 2^23. */
const evenTriples = pairs(
  edges.filter((x) => x > INT32_MIN),
  [2 ** 23, 2 ** 23 + 1, 3 * 2 ** 22, 11863283, 2 ** 24 - 1],
).flatMap((pair) =>
  [0, 1, 9, 24, 25, 31, 32, 33, 46, 62]
    .map((shift) => [...pair, shift])
    .filter(([a, b, shift]) => Math.abs(a! * b!) < 2 ** (31 + shift!) - 2 ** 20),
);

const cases: readonly [
  name: string,
  call: string,
  inTypeScript: (x: readonly number[]) => number,
  triples: number[][],
][] = [
  ["min", "min(x[0], x[1])", ([a, b]) => int.min(a, b), pairs(edges, edges)],
  ["max", "max(x[0], x[1])", ([a, b]) => int.max(a, b), pairs(edges, edges)],
  ["clamp", "clamp(x[0], x[1], x[2])", ([a, b, c]) => int.clamp(a, b, c), edges.map((x) => [x, -128, 127])],
  [
    "countLeadingZeros",
    "count_leading_zeros(x[0])",
    ([a]) => int.countLeadingZeros(a),
    edges.map((x) => [x]),
  ],
  ["wrappingAdd", "wrapping_add(x[0], x[1])", ([a, b]) => int.wrappingAdd(a, b), pairs(edges, edges)],
  [
    "shiftLeft",
    "shift_left(x[0], x[1])",
    ([a, b]) => int.shiftLeft(a, b),
    pairs(edges, counts).filter(([x, count]) => ((x * 2 ** count) | 0) === x * 2 ** count),
  ],
  ["shiftRight", "shift_right(x[0], x[1])", ([a, b]) => int.shiftRight(a, b), pairs(edges, counts)],
  [
    "saturatingShiftLeft",
    "saturating_shift_left(x[0], x[1])",
    ([a, b]) => int.saturatingShiftLeft(a, b),
    pairs(edges, counts),
  ],
  [
    "roundingShiftRight",
    "rounding_shift_right(x[0], x[1])",
    ([a, b]) => int.roundingShiftRight(a, b),
    pairs(edges, counts),
  ],
  [
    "roundingDivide",
    "rounding_divide(x[0], x[1])",
    ([a, b]) => int.roundingDivide(a, b),
    // the halves of these divisors fit beside the numbers
    pairs(
      edges.filter((x) => Math.abs(x) < 2 ** 30),
      edges.filter((divisor) => divisor > 0),
    ),
  ],
  [
    "roundingHalfSum",
    "rounding_half_sum(x[0], x[1])",
    ([a, b]) => int.roundingHalfSum(a, b),
    pairs(edges, edges),
  ],
  [
    "roundingDoublingHighMultiply",
    "rounding_doubling_high_multiply(x[0], x[1])",
    ([a, b]) => int.roundingDoublingHighMultiply(a, b),
    pairs(edges, edges),
  ],
  [
    "requantize",
    "requantize(x[0], x[1], x[2])",
    ([a, b, c]) => int.requantize(a, b, c),
    pairs(edges, [0, 3, 2 ** 29 + 7, 2 ** 30, 2 ** 30 + 1, 1518500250, INT32_MAX]).flatMap((pair) =>
      [0, 1, 2, 7, 15, 30, 31].map((count) => [...pair, count]),
    ),
  ],
  [
    "rescale",
    "rescale(x[0], x[1], 9, x[2], -128, 100)",
    ([a, b, c]) => int.rescale(a, b, 9, c, -128, 100),
    pairs(edges, [0, 2 ** 30, 1518500250, INT32_MAX]).flatMap((pair) =>
      [-128, 0, 127].map((zeroPoint) => [...pair, zeroPoint]),
    ),
  ],
  [
    "rescaleBounded",
    "rescale_bounded(x[0], x[1], x[2], -30, -100, 90)",
    ([a, b, c]) => int.rescaleBounded(a, b, c, -30, -100, 90),
    boundedTriples,
  ],
  [
    "rescaleSettled",
    "rescale_settled(x[0], x[1], x[2], 9, -128, 100)",
    ([a, b, c]) => int.rescaleSettled(a, b, c, 9, -128, 100),
    settledTriples,
  ],
  [
    "rescaleRectified",
    "rescale_rectified(x[0], x[1], x[2], 9, -128, 127)",
    ([a, b, c]) => int.rescaleRectified(a, b, c, 9, -128, 127),
    settledTriples,
  ],
  [
    "requantizeOnce",
    "requantize_once(x[0], x[1], x[2])",
    ([a, b, c]) => int.requantizeOnce(a, b, c),
    pairs(edges, [0, 3, 2 ** 14, 2 ** 14 + 1, 23170, 2 ** 15 - 1]).flatMap((pair) =>
      [15, 16, 17, 22, 30, 31, 45, 46].map((count) => [...pair, count]),
    ),
  ],
  [
    "requantizeToEven",
    "requantize_to_even(x[0], x[1], x[2])",
    ([a, b, c]) => int.requantizeToEven(a, b, c),
    evenTriples,
  ],
];

describe("int.ts, int.h and what the host prints", () => {
  it.each(cases)(
    "%s gives the same value in generated kernels at all edges",
    (_, call, inTypeScript, triples) => {
      const printed = printedForHost(call);
      const found = triples.map(([a, b = 0, c = 0]) => printed(a!, b, c));
      expect(found).toEqual(triples.map((x) => inTypeScript(x) + 0));
    },
  );

  it.each(cases)("%s gives the same value in both at all edges", (_, call, inTypeScript, triples) => {
    expect(triples.length).toBeGreaterThan(100);
    expect(runInC(call, triples)).toEqual(triples.map((x) => inTypeScript(x) + 0));
  });

  it("copies four bytes in both, whatever lies around them", () => {
    const program = `
#include <stdio.h>
#include "int.h"
int main(void)
{
    int8_t source[9], target[9] = {9, 9, 9, 9, 9, 9, 9, 9, 9};
    fread(source, 1, 9, stdin);
    copy_four(target, 3, source, 1);
    fwrite(target, 1, 9, stdout);
    return 0;
}
`;
    const target = new Int8Array(9).fill(9);
    int.copyFour(target, 3, Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), 1);
    expect([...target]).toEqual([9, 9, 9, 2, 3, 4, 5, 9, 9]);
    expect([...runC({ "program.c": program }, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9))]).toEqual([
      ...target,
    ]);
  });

  it("turns and filters alike, by arbitrary precision", () => {
    const program = `
#include <stdio.h>
#include "int.h"
int main(void)
{
    int32_t x[10], results[2];
    while (fread(x, sizeof x, 1, stdin) == 1) {
        results[0] = turn(x[5], x[6], x[8] >> 16, x[9] >> 16);
        results[1] = filter_section(x, 0, x, 5);
        fwrite(results, sizeof results, 1, stdout);
    }
    return 0;
}
`;
    const random = new Random(1);
    const sized = (size: number) => Math.round((2 * random.uniform() - 1) * size);
    const rows = Array.from({ length: 200 }, (_, row) => {
      const coefficients =
        row < 2 ? [1, 2, 1, 2, 1] : Array.from({ length: 5 }, () => 2 * random.uniform() - 1);
      const scale = (7 * 2 ** 30) / coefficients.reduce((sum, c) => sum + Math.abs(c), 0);
      const small = row % 3 === 0 ? 2 ** 20 : 2 ** 30;
      const signal =
        row < 2
          ? Array(5).fill(row === 0 ? 2 ** 30 : -(2 ** 30))
          : Array.from({ length: 5 }, () => sized(small));
      return Int32Array.from([
        ...coefficients.map((c) => Math.trunc(c * Math.min(scale, 2 ** 30))),
        ...signal,
      ]);
    });
    const expected = rows.flatMap((x) => {
      const big = Array.from(x, BigInt);
      const sum = [0, 1, 2, 3, 4].reduce((sum, i) => sum + big[i]! * big[5 + i]!, 0n);
      const filtered = Number((sum + 2n ** 29n) >> 30n);
      return [
        Number((big[5]! * (big[8]! >> 16n) - big[6]! * (big[9]! >> 16n) + 2n ** 14n) >> 15n),
        Math.max(-(2 ** 30), Math.min(2 ** 30, filtered)),
      ];
    });
    const host = rows.flatMap((x) => [
      int.turn(x[5]!, x[6]!, x[8]! >> 16, x[9]! >> 16),
      int.filterSection(x, 0, x, 5),
    ]);
    expect(host).toEqual(expected);
    const bytes = new Uint8Array(rows.flatMap((x) => [...new Uint8Array(x.buffer)]));
    const output = runC({ "program.c": program }, bytes);
    expect([
      ...new Int32Array(output.buffer.slice(output.byteOffset, output.byteOffset + output.length)),
    ]).toEqual(expected);
  });

  it("names each function of int.ts in a case, but for those that compute no number, and those of above", () => {
    const names = Object.keys(int).filter(
      (name) => !["unroll", "registers", "copyFour", "turn", "filterSection"].includes(name),
    );
    expect(cases.map(([name]) => name).sort()).toEqual(names.sort());
  });
});

/** a · b / 2^31 with ties towards +∞, by arbitrary precision. */
function exactHighMultiply(a: number, b: number): number {
  const product = (BigInt(a) * BigInt(b) + 2n ** 30n) >> 31n;
  return Number(product > BigInt(INT32_MAX) ? BigInt(INT32_MAX) : product);
}

describe("roundingDoublingHighMultiply", () => {
  it("equals the product in arbitrary precision for all pairs of edges", () => {
    for (const [a, b] of pairs(edges, edges)) {
      expect([a, b, int.roundingDoublingHighMultiply(a, b)]).toEqual([a, b, exactHighMultiply(a, b)]);
    }
  });

  it("rounds ties towards +∞", () => {
    // 3 · 2^30 / 2^31 = 1.5
    expect(int.roundingDoublingHighMultiply(3, 2 ** 30)).toBe(2);
    expect(int.roundingDoublingHighMultiply(-3, 2 ** 30)).toBe(-1);
  });

  it("saturates −2^31 · −2^31", () => {
    expect(int.roundingDoublingHighMultiply(INT32_MIN, INT32_MIN)).toBe(INT32_MAX);
  });
});

describe("roundingShiftRight", () => {
  it("rounds ties away from zero", () => {
    expect(int.roundingShiftRight(5, 1)).toBe(3);
    expect(int.roundingShiftRight(-5, 1)).toBe(-3);
    expect(int.roundingShiftRight(-6, 2)).toBe(-2);
  });
});

describe("rescaleBounded", () => {
  it("equals rescale at all edges in its range", () => {
    for (const [a, b, c] of boundedTriples) {
      const expected = int.rescale(a, b, c, -30, -100, 90);
      expect([a, b, c, int.rescaleBounded(a, b, c, -30, -100, 90)]).toEqual([a, b, c, expected]);
    }
  });
});

describe("requantize", () => {
  it("rounds twice, where one rounding would give another value", () => {
    // 3 · 2^30 / 2^31 = 1.5 → 2; 2 / 2^2 = 0.5 → 1. In one step 0.375 → 0.
    expect(int.requantize(3, 2 ** 30, 2)).toBe(1);
  });
});

describe("requantizeToEven", () => {
  /** rint */
  const toEven = (x: number): number => {
    const below = Math.floor(x);
    return x - below === 0.5 ? below + Math.abs(below % 2) : Math.floor(x + 0.5);
  };

  it("is a product in float32 that is rounded to an integer, halves to even", () => {
    const different = evenTriples.filter(([a, b, shift]) => {
      const product = Math.fround(Math.fround(a!) * (b! / 2 ** shift!));
      return int.requantizeToEven(a!, b!, shift!) + 0 !== toEven(product) + 0;
    });
    expect(evenTriples.length).toBeGreaterThan(1000);
    expect(different).toEqual([]);
  });

  it("rounds what lies a little off a half as the half that float32 makes of it", () => {
    // 3 · 2^23 · 2^−24 = 1.5; 16777217 is 2^24 in float32, so · 2^−25 is a half, to even 0
    expect(int.requantizeToEven(16777217, 2 ** 23, 48)).toBe(0);
    expect(int.requantizeToEven(3 * 2 ** 23, 2 ** 23, 47)).toBe(2);
    expect(int.requantizeToEven(-(2 ** 24) - 1, 2 ** 23, 48) + 0).toBe(0);
  });
});

describe("rescaleSettled and rescaleRectified", () => {
  const zeroPoints = [-128, -3, 0, 127];
  const multipliers = [2 ** 30, 2 ** 30 + 1, 1518500250, INT32_MAX];

  /** Accumulators on both sides of each tie of the right shift that is not clamped, for a multiplier near 1/2. */
  function accumulators(rightShift: number): number[] {
    const ties = Array.from({ length: 64 }, (_, i) => (i - 32) * 2 ** rightShift + 2 ** (rightShift - 1));
    return [...edges, ...ties.flatMap((tie) => [-1, 0, 1].map((by) => 2 * tie + by))].filter(
      (x) => Math.abs(x) < 2 ** 30,
    );
  }

  it("equal rescale for every right shift they are for", () => {
    const cases = pairs([1, 2, 3, 9, 22, 23], zeroPoints)
      .flatMap((pair) => multipliers.map((multiplier) => [...pair, multiplier]))
      .flatMap(([rightShift, ...rest]) => accumulators(rightShift).map((x) => [x, rightShift, ...rest]));
    const different = cases.filter(([x, rightShift, zeroPoint, multiplier]) => {
      const offset = (2 * zeroPoint + 1) * 2 ** (rightShift - 1);
      const settled = int.rescaleSettled(x, multiplier, offset, rightShift, -128, 127);
      if (settled !== int.rescale(x, multiplier, rightShift, zeroPoint, -128, 127)) return true;
      if (rightShift === 1) return false;
      const rectified = int.rescaleRectified(x, multiplier, offset / 2, rightShift - 1, zeroPoint, 127);
      return rectified !== int.rescale(x, multiplier, rightShift, zeroPoint, zeroPoint, 127);
    });
    expect(cases.length).toBeGreaterThan(10_000);
    expect(different).toEqual([]);
  });
});
