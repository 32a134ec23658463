import { describe, expect, it } from "vitest";
import * as int from "../../src/kernels/int.js";
import { runC } from "../support/compileC.js";

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** Every power of two and its neighbours, both signs, and the ends. */
const edges: number[] = [
  ...new Set(
    [0, INT32_MIN, INT32_MAX, 1515870810, -1010580540, 1672461947].concat(
      Array.from({ length: 31 }, (_, k) => [2 ** k - 1, 2 ** k, 2 ** k + 1, 3 * 2 ** (k - 1)]).flat(),
    ),
  ),
]
  .flatMap((x) => [x, -x])
  .filter((x) => (x | 0) === x);
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

function pairs(a: readonly number[], b: readonly number[]): number[][] {
  return a.flatMap((x) => b.map((y) => [x, y]));
}

/** Accumulator, multiplier, shift in rescaleBounded's ranges; the rounding constant is 141 steps. */
const boundedTriples = pairs(
  edges.filter((x) => Math.abs(x) < 2 ** 30),
  [0, 2 ** 30, 2 ** 30 + 1, 1518500250, INT32_MAX],
).flatMap((pair) => [1, 2, 7, 15, 22].map((count) => [...pair, count]));

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
  [
    "shiftLeft",
    "shift_left(x[0], x[1])",
    ([a, b]) => int.shiftLeft(a, b),
    pairs(edges, counts).filter(([x, count]) => ((x * 2 ** count) | 0) === x * 2 ** count),
  ],
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
];

describe("int.ts and int.h", () => {
  it.each(cases)("%s gives the same value in both at all edges", (_, call, inTypeScript, triples) => {
    expect(triples.length).toBeGreaterThan(100);
    expect(runInC(call, triples)).toEqual(triples.map((x) => inTypeScript(x) + 0));
  });

  it("names each function of int.ts in a case, but for unroll and copyFour, which compute nothing", () => {
    const names = Object.keys(int).filter((name) => name !== "unroll" && name !== "copyFour");
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

describe("copyFour", () => {
  it("copies four elements to where it is told", () => {
    const target = new Int8Array(6);
    int.copyFour(target, 1, Int8Array.of(9, 8, 7, 6, 5, 4), 2);
    expect(target).toEqual(Int8Array.of(0, 7, 6, 5, 4, 0));
  });
});

describe("requantize", () => {
  it("rounds twice, where one rounding would give another value", () => {
    // 3 · 2^30 / 2^31 = 1.5 → 2; 2 / 2^2 = 0.5 → 1. In one step 0.375 → 0.
    expect(int.requantize(3, 2 ** 30, 2)).toBe(1);
  });
});
