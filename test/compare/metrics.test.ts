import { describe, expect, it } from "vitest";
import { argmax, computeMetrics } from "../../src/compare/metrics.js";

describe("computeMetrics", () => {
  it("computes ST's eight metrics as defined", () => {
    // errors r − p: 0.5, 0, −0.5, 0.5; Σe² = 0.75; Σ|e| = 1.5; Σe = 0.5
    const metrics = computeMetrics(
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0.5, 0],
        [0.5, 0.5],
      ],
    );

    expect(metrics).toEqual({
      acc: 0.5, // the second prediction is a tie: the first maximum counts, which is class 0
      rmse: Math.sqrt(0.1875), // 0.75 / 4
      mae: 0.375,
      l2r: 1, // √0.75 / √(0.25 + 0.25 + 0.25)
      mean: 0.125,
      std: Math.sqrt(0.6875 / 3), // Σ(e − 0.125)² = 0.6875
      nse: expect.closeTo(0.4375, 12), // variance of r = 4 · 0.25 / 3; 1 − 0.1875 · 3
      cos: expect.closeTo(1 / Math.sqrt(1.5), 12), // r·p = 1; ‖r‖‖p‖ = √2 · √0.75
    });
  });

  it("gives ST's published rmse and mae for its digits: Σe² = 13 and Σ|e| = 7 steps of 1/256 in 100 values", () => {
    const errors = [3, 1, -1, 1, -1, ...new Array<number>(95).fill(0)];
    const reference = errors.map((error, i) => (i + error) / 256);
    const predicted = errors.map((_, i) => i / 256);

    const { rmse, mae } = computeMetrics([reference], [predicted]);

    expect(rmse).toBeCloseTo(0.0014084, 7);
    expect(mae).toBeCloseTo(7 / 100 / 256, 12);
  });

  it("takes l2r relative to the prediction, not to the reference", () => {
    expect(computeMetrics([[3, 4]], [[0, 10]]).l2r).toBeCloseTo(Math.sqrt(9 + 36) / 10, 12);
  });

  it("is perfect for equal values", () => {
    expect(computeMetrics([[1, 2]], [[1, 2]])).toEqual({
      ...{ acc: 1, rmse: 0, mae: 0, l2r: 0, mean: 0, std: 0, nse: 1 },
      cos: expect.closeTo(1, 12),
    });
  });

  it("leaves out what is not defined: one element, no variance, a zero vector", () => {
    expect(computeMetrics([[2]], [[0]])).toEqual({
      ...{ acc: null, rmse: 2, mae: 2, l2r: null, mean: 2, std: null, nse: null, cos: null },
    });
    expect(computeMetrics([[1, 1]], [[1, 0]]).nse).toBeNull();
  });

  it("refuses data of two sizes", () => {
    expect(() => computeMetrics([[1, 2]], [[1]])).toThrow("2 reference values in 1 samples, 1 in 1");
  });
});

describe("argmax", () => {
  it("takes the first of equal maxima", () => {
    expect(argmax(Int8Array.of(-3, 7, 7, -128))).toBe(1);
  });
});
