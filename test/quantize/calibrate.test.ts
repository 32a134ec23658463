import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { chooseQuantization } from "../../src/quantize/activationQuantization.js";
import { type CalibrationMethod, calibrate, type RealRange } from "../../src/quantize/calibrate.js";
import { dequantizeTensor, quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { fixedWeights } from "../../src/train/layers/initializers.js";
import { buildNetwork } from "../../src/train/network/network.js";

/** Input and its ReLU. */
const network = buildNetwork("n", [1], [relu()], new Random(1));

function ranges(values: readonly number[], method: CalibrationMethod): RealRange[] {
  return calibrate(network, Tensor.from([values.length, 1], values), method);
}

/** −1000, 1000, and 998 values evenly from −1 to 1. */
const outlierAtEachEnd = [-1000, 1000, ...Array.from({ length: 998 }, (_, i) => -1 + (2 * i) / 997)];

describe("calibrate by minMax", () => {
  it("gives the smallest and largest value of the input and of each layer, over all batches", () => {
    const values = new Array<number>(600).fill(0.5);
    values[3] = -3;
    values[599] = 7;
    expect(ranges(values, { kind: "minMax" })).toEqual([
      { min: -3, max: 7 },
      { min: 0, max: 7 },
    ]);
  });

  it("contains 0 where the values do not", () => {
    expect(ranges([2.5, 3], { kind: "minMax" })[0]).toEqual({ min: 0, max: 3 });
    expect(ranges([-2.5, -3], { kind: "minMax" })[0]).toEqual({ min: -3, max: 0 });
  });

  it("tells of whole numbers at the input", () => {
    expect(ranges([2, -3], { kind: "minMax" })[0]).toEqual({ min: -3, max: 2, areIntegers: true });
  });
});

describe("calibrate by percentile", () => {
  const binWidth = 2000 / 2048;

  it("cuts outliers from both ends", () => {
    // 99.8 % of 1000 keeps 998: one value goes at each end
    const [range] = ranges(outlierAtEachEnd, { kind: "percentile", keep: 99.8 });
    expect(range.min).toBeGreaterThanOrEqual(-1 - binWidth);
    expect(range.min).toBeLessThanOrEqual(-1 + binWidth);
    expect(range.max).toBeGreaterThanOrEqual(1 - binWidth);
    expect(range.max).toBeLessThanOrEqual(1 + binWidth);
  });

  it("shares what it cuts between both ends", () => {
    // of 1000 one goes at each end: the outer of the two outliers there
    const values = outlierAtEachEnd.map((value, i) => (i === 500 ? -500 : i === 501 ? 500 : value));
    const [range] = ranges(values, { kind: "percentile", keep: 99.8 });
    expect(Math.abs(range.min + 500)).toBeLessThanOrEqual(binWidth);
    expect(Math.abs(range.max - 500)).toBeLessThanOrEqual(binWidth);
  });

  it("takes the whole cut from the one end that is not 0", () => {
    // of 0..99 ten per cent go at the top: 89 is the largest left, in a bin of width 99/2048
    const values = Array.from({ length: 100 }, (_, i) => i);
    for (const range of ranges(values, { kind: "percentile", keep: 90 })) {
      expect(range.min).toBe(0);
      expect(range.max).toBeGreaterThanOrEqual(89);
      expect(range.max).toBeLessThanOrEqual(89 + 99 / 2048 + 1e-9);
    }
  });

  it("is minMax where it keeps everything", () => {
    const [range] = ranges(outlierAtEachEnd, { kind: "percentile", keep: 100 });
    expect(range.min).toBeCloseTo(-1000, 9);
    expect(range.max).toBeCloseTo(1000, 9);
  });
});

describe("calibrate by meanSquaredError", () => {
  const random = new Random(8);
  // normal values and one four times as far out as the farthest of them
  const values = Array.from({ length: 400_000 }, () => random.normal());
  values[777] = 16;

  function squaredError(method: CalibrationMethod): number {
    const quantization = chooseQuantization(ranges(values, method)[0]);
    const tensor = { elementType: "int8", quantization } as const;
    const back = dequantizeTensor(quantizeTensor(values, tensor), tensor);
    return values.reduce((sum, value, i) => sum + (value - back[i]) ** 2, 0);
  }

  it("has less squared error than minMax on values with an outlier", () => {
    const whole = squaredError({ kind: "minMax" });
    const best = squaredError({ kind: "meanSquaredError" });
    // minMax: −4.7..16, 400000 · (20.7/255)² / 12 = 220; cut at 10: 400000 · (14.7/255)² / 12 + (16 − 10)² = 147
    expect(whole).toBeGreaterThan(200);
    expect(best).toBeLessThan(150);
  });

  it("keeps the whole range where values fill it evenly", () => {
    const even = Array.from({ length: 5000 }, (_, i) => -1 + i / 2500);
    expect(ranges(even, { kind: "meanSquaredError" })[0]).toEqual(ranges(even, { kind: "minMax" })[0]);
  });
});

describe("calibrate", () => {
  it.each(["minMax", "percentile", "meanSquaredError"] as const)(
    "by %s leaves what is always 0 at 0",
    (kind) => {
      const method = kind === "percentile" ? { kind, keep: 99 } : { kind };
      expect(ranges([-1, -2, 0], method)[1]).toEqual({ min: 0, max: 0 });
    },
  );

  it("refuses to go without samples", () => {
    expect(() => calibrate(network, new Tensor([0, 1]), { kind: "minMax" })).toThrow(
      "calibration needs at least one sample, found 0",
    );
  });

  it("names the layer that gives what is not finite", () => {
    const huge = buildNetwork("n", [1], [dense(1, { weights: fixedWeights([[3e38]]) })], new Random(1));
    expect(() => calibrate(huge, Tensor.from([1, 1], [10]), { kind: "minMax" })).toThrow(
      'calibration: layer "dense_1" gives Infinity',
    );
    expect(() => calibrate(huge, Tensor.from([1, 1], [Number.NaN]), { kind: "minMax" })).toThrow(
      "calibration: the input gives NaN",
    );
  });
});
