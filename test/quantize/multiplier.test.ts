import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantizeMultiplier } from "../../src/quantize/multiplier.js";

const zero = { multiplier: 0, leftShift: 0, rightShift: 0 };

describe("quantizeMultiplier", () => {
  it.each([
    [0, zero],
    [0.5, { multiplier: 2 ** 30, leftShift: 0, rightShift: 0 }],
    [1, { multiplier: 2 ** 30, leftShift: 1, rightShift: 0 }],
    [0.75, { multiplier: 3 * 2 ** 29, leftShift: 0, rightShift: 0 }],
    [0.25, { multiplier: 2 ** 30, leftShift: 0, rightShift: 1 }],
    // 1 − 2^−31 is 2^31 − 1 steps of 2^−31; the double next below 1 rounds to 2^31 of them, which is 2^30 and a shift
    [1 - 2 ** -31, { multiplier: 2 ** 31 - 1, leftShift: 0, rightShift: 0 }],
    [1 - 2 ** -53, { multiplier: 2 ** 30, leftShift: 1, rightShift: 0 }],
    // a tie between 2^30 and 2^30 + 1 goes away from zero
    [0.5 + 2 ** -32, { multiplier: 2 ** 30 + 1, leftShift: 0, rightShift: 0 }],
    [2 ** -31, { multiplier: 2 ** 30, leftShift: 0, rightShift: 30 }],
    [2 ** -32, { multiplier: 2 ** 30, leftShift: 0, rightShift: 31 }],
    [1.5 * 2 ** -33, zero],
    [2 ** -33, zero],
    // rounds up to 2^−32, which the largest shift still holds
    [2 ** -32 - 2 ** -85, { multiplier: 2 ** 30, leftShift: 0, rightShift: 31 }],
    [5e-324, zero],
    [2.2e-308, zero],
    [2 ** 31 - 1, { multiplier: 2 ** 31 - 1, leftShift: 31, rightShift: 0 }],
  ])("of %d is %j", (factor, expected) => {
    expect(quantizeMultiplier(factor)).toEqual(expected);
  });

  it("is within half a step of the factor, over all that a shift reaches", () => {
    const factor = fc
      .tuple(
        fc.double({ min: 0.5, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: -31, max: 30 }),
      )
      .map(([fraction, exponent]) => fraction * 2 ** exponent);
    fc.assert(
      fc.property(factor, (f) => {
        const { multiplier, leftShift, rightShift } = quantizeMultiplier(f);
        const step = 2 ** (leftShift - rightShift - 31);
        expect(Math.abs(f - multiplier * step)).toBeLessThanOrEqual(step / 2);
        expect(multiplier).toBeGreaterThanOrEqual(2 ** 30);
        expect(multiplier).toBeLessThan(2 ** 31);
        expect(Math.min(leftShift, rightShift)).toBe(0);
        expect(Math.max(leftShift, rightShift)).toBeLessThanOrEqual(31);
      }),
      { seed: 4, numRuns: 2000 },
    );
  });

  it("is 0 for every factor below 2^−32 that does not round up to it", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** -32 * (1 - 2 ** -31), noNaN: true }), (f) => {
        expect(quantizeMultiplier(f)).toEqual(zero);
      }),
      { seed: 5 },
    );
  });

  it.each([-1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY])("takes no %d", (factor) => {
    expect(() => quantizeMultiplier(factor)).toThrow(`factor ${factor} is not in 0..2^31`);
  });
});
