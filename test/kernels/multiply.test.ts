import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../src/program/runProgram.js";
import { chooseKernel, everyInt8, oneCall, tensor } from "../support/oneCall.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

const clamp = { activationMin: -128, activationMax: 127 };

function plan(
  size: number,
  [scale1, scale2, outputScale]: readonly number[],
  [zeroPoint1, zeroPoint2, outputZeroPoint]: readonly number[] = [0, 0, 0],
  bounds = clamp,
  place: "behind" | number = "behind",
) {
  const inputs = [tensor([size], scale1, zeroPoint1), tensor([size], scale2, zeroPoint2)];
  const output = tensor([size], outputScale, outputZeroPoint);
  return oneCall(chooseKernel({ kind: "multiply", ...bounds }, inputs, output), inputs, output, place);
}

function products(
  a: number[],
  b: number[],
  ...settings: [readonly number[], (readonly number[])?, typeof clamp?]
) {
  return [...runProgram(plan(a.length, ...settings), Int8Array.from([...a, ...b]))];
}

describe("multiply", () => {
  it("subtracts zero points, rescales the product and adds the output's zero point", () => {
    // (10−2)·0.5 · (3+1)·0.25 = 4; 4/0.5 − 7 = 1.  (−6−2)·0.5 · (7+1)·0.25 = −8; −16 − 7 = −23
    expect(products([10, -6], [3, 7], [0.5, 0.25, 0.5], [2, -1, -7])).toEqual([1, -23]);
  });

  it("rounds ties as its two steps do, and clamps to the fused activation", () => {
    // a factor of 1/2 has no right shift: the product rounds ties towards +∞. 0.5 → 1, −0.5 → 0
    expect(products([1, -1], [1, 1], [1, 1, 2])).toEqual([1, 0]);
    // of 1/4 it is 1/2 and a shift by 1, which rounds away from zero: −2/4 → −1/2 → −1
    expect(products([2, -2], [1, 1], [1, 1, 4])).toEqual([1, -1]);
    expect(
      products([-5, 2, 9], [1, 1, 1], [1, 1, 1], [0, 0, 0], { activationMin: 0, activationMax: 6 }),
    ).toEqual([0, 2, 6]);
  });

  it("shifts left for factors over 1, up to the largest product", () => {
    expect(products([1, -1, -128], [3, 3, 127], [5, 1, 1])).toEqual([15, -15, -128]);
    // (−128 − 127)² · 2^13 is clamped, and stays in int32
    expect(products([-128, 127], [-128, 127], [2 ** 13, 1, 1], [127, 127, 0])).toEqual([127, 0]);
  });

  it("gives the same bytes in TypeScript and in the emitted C, also in place of either input", () => {
    const drawn = fc.record({
      exponents: fc.array(fc.double({ min: -6, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 }),
      zeroPoints: fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 3, maxLength: 3 }),
    });
    for (const [index, { exponents, zeroPoints }] of fc.sample(drawn, { seed: 3, numRuns: 3 }).entries()) {
      const scales = exponents.map((exponent) => Math.fround(2 ** exponent));
      const place = (["behind", 0, 1] as const)[index];
      const program = plan(256, scales, zeroPoints, clamp, place);
      const data = Int8Array.from([...everyInt8, ...everyInt8.map((_, i) => everyInt8[(i * 91) & 255])]);
      expect(runGenerated(program, [data])).toEqual(runOracle(program, [data]));
    }
  });

  it("refuses a product that int32 cannot hold, and inputs that do not fill the output", () => {
    expect(() => plan(1, [128, 65, 1])).toThrow(
      `layer "layer": one step of the inputs' product is 8320 output steps, at most 8192 are possible`,
    );
    const inputs = [tensor([2]), tensor([3])];
    expect(() => chooseKernel({ kind: "multiply", ...clamp }, inputs, tensor([2]))).toThrow(
      'layer "layer": inputs of shapes [2] and [3] should fill [2]',
    );
  });
});
