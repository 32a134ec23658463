import { describe, expect, it } from "vitest";
import * as int from "../../src/kernels/int.js";
import * as simd from "../../src/kernels/simd.js";
import { runOn, type Target, targets } from "../embedding/targets.js";
import { printedForHost } from "../support/printedForHost.js";
import { edges, INT32_MAX, pairs } from "./edges.js";

/** Halves at their ends, in all pairs, and the edges of whole words. */
const words = [
  ...edges,
  ...pairs([-32768, -32767, -1, 0, 1, 255, 32767], [-32768, -1, 0, 1, 32767]).map(
    ([a, b]) => a * 65536 + (b & 0xffff),
  ),
];
/** Each byte at its ends. */
const bytes = pairs([0x80, 0xff, 0, 0x7f], [0x80, 0xff, 0, 0x7f]).flatMap(([a, b]) =>
  [0x8000, 0x00ff, 0x7f80].map((low) => (a << 24) | (b << 16) | low),
);
const ends = [0, 1, -1, 2 ** 30, INT32_MAX, -(2 ** 31)];
/** Twice an accumulator that rescaleSettled takes. */
const doubled = edges.filter((x) => x % 2 === 0 && x >= -(2 ** 31) && Math.abs(x / 2) < 2 ** 30);
/** Multiples of 3, the last ones in int32 among them. */
const thirds = [0, 3, -3, 6, 2 ** 31 - 2, -(2 ** 31) + 2, 3 * 2 ** 29, -3 * 2 ** 29, 123456789];
const multipliers = [0, 3, 2 ** 30, 1518500250, INT32_MAX];
const offsets = [-255 * 2 ** 7, 2 ** 7, 255 * 2 ** 7];

/** One function at all first, second and third arguments. */
interface Case {
  readonly name: string;
  readonly call: string;
  readonly inTypeScript: (a: number, b: number, c: number) => number;
  readonly arguments: readonly [number[], number[], number[]];
}

const array8 = Int8Array.of(-128, 127, -1, 0, 1, -127, 64, -64);
const array16 = Int16Array.of(-32768, 32767, -1, 0, 1, -2);

const cases: readonly Case[] = [
  {
    ...{ name: "loadFour", call: "load_four(array8, a)", arguments: [[0, 1, 2, 3, 4], [0], [0]] },
    inTypeScript: (a) => simd.loadFour(array8, a),
  },
  {
    ...{ name: "loadPair", call: "load_pair(array16, a)", arguments: [[0, 1, 2, 3, 4], [0], [0]] },
    inTypeScript: (a) => simd.loadPair(array16, a),
  },
  {
    ...{ name: "storePair", call: "stored(a, b)", arguments: [[0, 1, 2, 3, 4], words, [0]] },
    inTypeScript: (a, b) => {
      const target = new Int16Array(6).fill(9);
      simd.storePair(target, a, b);
      return target.reduce((sum, x) => (Math.imul(sum, 31) + x) | 0, 0);
    },
  },
  {
    ...{ name: "spreadEven", call: "spread_even(a)", arguments: [[...words, ...bytes], [0], [0]] },
    inTypeScript: (a) => simd.spreadEven(a),
  },
  {
    ...{ name: "spreadOdd", call: "spread_odd(a)", arguments: [[...words, ...bytes], [0], [0]] },
    inTypeScript: (a) => simd.spreadOdd(a),
  },
  {
    ...{ name: "lowHalf", call: "low_half(a)", arguments: [words, [0], [0]] },
    inTypeScript: (a) => simd.lowHalf(a),
  },
  {
    ...{ name: "packLow", call: "pack_low(a, b)", arguments: [words, words, [0]] },
    inTypeScript: (a, b) => simd.packLow(a, b),
  },
  {
    ...{ name: "packHigh", call: "pack_high(a, b)", arguments: [words, words, [0]] },
    inTypeScript: (a, b) => simd.packHigh(a, b),
  },
  {
    ...{ name: "dualMultiplyAdd", call: "dual_multiply_add(a, b, c)", arguments: [words, words, ends] },
    inTypeScript: simd.dualMultiplyAdd,
  },
  {
    ...{ name: "packEnds", call: "pack_ends(a, b)", arguments: [words, words, [0]] },
    inTypeScript: (a, b) => simd.packEnds(a, b),
  },
  {
    ...{
      name: "dualMultiplySubtract",
      call: "dual_multiply_subtract(a, b, c)",
      arguments: [words, words, ends],
    },
    inTypeScript: simd.dualMultiplySubtract,
  },
  {
    ...{ name: "dualMultiplyCross", call: "dual_multiply_cross(a, b, c)", arguments: [words, words, ends] },
    inTypeScript: simd.dualMultiplyCross,
  },
  {
    ...{ name: "addTurned", call: "add_turned(a, b)", arguments: [words, words, [0]] },
    inTypeScript: (a, b) => simd.addTurned(a, b),
  },
  {
    ...{ name: "subtractTurned", call: "subtract_turned(a, b)", arguments: [words, words, [0]] },
    inTypeScript: (a, b) => simd.subtractTurned(a, b),
  },
  {
    ...{ name: "halveSums", call: "halve_sums(a, b)", arguments: [words, words, [0]] },
    inTypeScript: (a, b) => simd.halveSums(a, b),
  },
  {
    ...{ name: "halveDifferences", call: "halve_differences(a, b)", arguments: [words, words, [0]] },
    inTypeScript: (a, b) => simd.halveDifferences(a, b),
  },
  {
    ...{ name: "highMultiplyAdd", call: "high_multiply_add(a, b, c)", arguments: [edges, edges, ends] },
    inTypeScript: simd.highMultiplyAdd,
  },
  {
    ...{ name: "crossMultiplyAdd", call: "cross_multiply_add(a, b, c)", arguments: [words, words, ends] },
    inTypeScript: simd.crossMultiplyAdd,
  },
  {
    ...{ name: "highMultiplyAddFloor", call: "high_multiply_add_floor(a, b, c)" },
    arguments: [edges, edges, ends],
    inTypeScript: simd.highMultiplyAddFloor,
  },
  {
    ...{ name: "wrappedDifference", call: "wrapped_difference(a, b)", arguments: [edges, edges, [0]] },
    inTypeScript: (a, b) => simd.wrappedDifference(a, b),
  },
  {
    ...{ name: "rescaleDoubled", call: "rescale_doubled(a, b, c, 8, -128, 100)" },
    arguments: [doubled, multipliers, offsets],
    inTypeScript: (a, b, c) => simd.rescaleDoubled(a, b, c, 8, -128, 100),
  },
  {
    ...{ name: "rescaleDoubledRectified", call: "rescale_doubled_rectified(a, b, c, 8, -128, 127)" },
    arguments: [doubled, multipliers, offsets],
    inTypeScript: (a, b, c) => simd.rescaleDoubledRectified(a, b, c, 8, -128, 127),
  },
  {
    ...{ name: "rescaleScaled", call: "rescale_scaled(a, b, c, 8, -128, 127)" },
    arguments: [edges, multipliers, offsets],
    inTypeScript: (a, b, c) => simd.rescaleScaled(a, b, c, 8, -128, 127),
  },
  {
    ...{ name: "addPairs", call: "add_pairs(a, b)", arguments: [words, words, [0]] },
    inTypeScript: (a, b) => simd.addPairs(a, b),
  },
  {
    ...{ name: "subtractPairs", call: "subtract_pairs(a, b)", arguments: [words, words, [0]] },
    inTypeScript: (a, b) => simd.subtractPairs(a, b),
  },
  {
    ...{ name: "exactThird", call: "exact_third(a)", arguments: [thirds, [0], [0]] },
    inTypeScript: (a) => simd.exactThird(a),
  },
];

/** Every result goes into one number a function, in the order of its arguments. */
function digest({ inTypeScript, arguments: [first, second, third] }: Case): number {
  let sum = 0;
  for (const a of first) {
    for (const b of second) for (const c of third) sum = (Math.imul(sum, 31) + inTypeScript(a, b, c)) | 0;
  }
  return sum;
}

const inC = (x: number): string => (x === -(2 ** 31) ? "INT32_MIN" : String(x));

function digestInC({ call, arguments: lists }: Case, index: number): string {
  const tables = lists.map(
    (list, k) => `static const int32_t of_${index}_${k}[] = {${list.map(inC).join(", ")}};`,
  );
  const count = (k: number) => `sizeof of_${index}_${k} / sizeof(int32_t)`;
  return `
${tables.join("\n")}
static void digest_${index}(void)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < ${count(0)}; i++)
        for (uint32_t j = 0; j < ${count(1)}; j++)
            for (uint32_t k = 0; k < ${count(2)}; k++) {
                const int32_t a = of_${index}_0[i], b = of_${index}_1[j], c = of_${index}_2[k];
                (void)a, (void)b, (void)c;
                sum = sum * 31u + (uint32_t)${call};
            }
    put_number((int32_t)sum);
}`;
}

const program = `
#include "port.h"
#include "simd.h"
static const int8_t array8[] = {${array8.join(", ")}};
static const int16_t array16[] = {${array16.join(", ")}};
static int32_t stored(int32_t at, int32_t word)
{
    int16_t target[6] = {9, 9, 9, 9, 9, 9};
    uint32_t sum = 0;
    store_pair(target, at, word);
    for (int32_t i = 0; i < 6; i++) sum = sum * 31u + (uint32_t)target[i];
    return (int32_t)sum;
}
${cases.map(digestInC).join("\n")}
int main(void)
{
${cases.map((_, index) => `    digest_${index}();`).join("\n")}
    leave();
    return 0;
}
`;

const expected = cases.map((one) => [one.name, digest(one)]);
const named = (digests: readonly number[]) => digests.map((sum, index) => [cases[index]?.name, sum]);

/** Behind the title of a test that is left out here. */
const reason = ({ missing }: Target): string => (missing === undefined ? "" : ` (${missing})`);

describe("simd.ts and simd.h", () => {
  const run = (target: Target, flags: readonly string[] = []) =>
    named(runOn(target, { "program.c": program }, { flags: ["-std=c11", ...flags] }));

  it.skipIf(targets.gcc.missing)(
    `give the same values at all edges, on the host without a wrap that C leaves open${reason(targets.gcc)}`,
    () => {
      expect(run(targets.gcc, ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"])).toEqual(
        expected,
      );
    },
  );

  it.skipIf(targets.arm.missing)(
    `give them with the instructions of a Cortex-M4${reason(targets.arm)}`,
    () => {
      expect(run(targets.arm)).toEqual(expected);
    },
  );

  it.skipIf(targets.arm.missing)(
    `give them on a core without packed arithmetic${reason(targets.arm)}`,
    () => {
      expect(run(targets.arm, ["-U__ARM_FEATURE_DSP"])).toEqual(expected);
    },
  );

  it("give them in generated kernels on the host", () => {
    for (const one of cases.filter(({ call }) => !/array|stored/.test(call))) {
      const printed = { ...one, inTypeScript: printedForHost(one.call) };
      expect([one.name, digest(printed)]).toEqual([one.name, digest(one)]);
    }
  });

  it("rescale what is doubled as rescaleSettled and rescale do what is not", () => {
    const halves = doubled.map((twice) => twice / 2);
    const sums = [...halves, ...halves.flatMap((x) => [x + 1, x - 1])].filter((x) => Math.abs(x) < 2 ** 30);
    // ties of the right shift, for a multiplier near 1/2
    for (let tie = -40; tie < 40; tie++) sums.push(tie * 2 ** 8 - 1, tie * 2 ** 8, tie * 2 ** 8 + 1);
    const different = pairs(sums, multipliers).filter(([x, multiplier]) => {
      const twice = 2 * x;
      return [-128, -3, 0, 127].some((zeroPoint) => {
        const offset = (2 * zeroPoint + 1) * 2 ** 7;
        const expected = int.rescale(x, multiplier, 8, zeroPoint, -128, 127);
        const rectified = simd.rescaleDoubledRectified(twice, multiplier, offset, 8, zeroPoint, 127);
        return (
          simd.rescaleDoubled(twice, multiplier, offset, 8, -128, 127) !== expected ||
          rectified !== Math.max(expected, zeroPoint)
        );
      });
    });
    expect(different).toEqual([]);
  });

  it("rescale what is multiplied by a power of two as rescale does what is not", () => {
    for (const scale of [2, 3, 7]) {
      const sums = edges.filter((x) => Math.abs(x) < 2 ** (30 - scale));
      for (let tie = -40; tie < 40; tie++) sums.push(tie * 2 ** 8 - 1, tie * 2 ** 8, tie * 2 ** 8 + 1);
      const different = pairs(sums, multipliers).filter(([x, multiplier]) =>
        [-128, -3, 0, 127].some((zeroPoint) => {
          const shift = 8 + scale - 1;
          const offset = (2 * zeroPoint + 1) * 2 ** (shift - 1) + 2 ** (scale - 2);
          return (
            simd.rescaleScaled(x * 2 ** scale, multiplier, offset, shift, zeroPoint, 127) !==
            int.rescale(x, multiplier, 8, zeroPoint, zeroPoint, 127)
          );
        }),
      );
      expect([scale, different]).toEqual([scale, []]);
    }
  });

  it("are named in a case each", () => {
    expect(cases.map(({ name }) => name).sort()).toEqual(Object.keys(simd).sort());
  });
});
