import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tensor } from "../../../src/tensor.js";
import { applyNormalization, minMax, standardize } from "../../../src/train/data/normalize.js";
import { userError } from "../userError.js";

const dataset = (shape: number[], values: number[]) => ({
  inputs: Tensor.from(shape, values, "float64"),
  targets: new Int32Array(shape[0]),
});
const data = { train: dataset([4, 2], [0, 10, 2, 10, 4, 10, 6, 10]), test: dataset([1, 2], [9, 12]) };

describe("standardize", () => {
  it("gives each feature of the training part mean 0 and variance 1, and the others the same rule", () => {
    // Feature 0: mean 3, variance (9 + 1 + 1 + 9) / 4 = 5. Feature 1 never changes.
    const { train, test, normalization } = standardize(data);
    const step = 1 / Math.sqrt(5);
    expect(normalization).toEqual({ kind: "standardize", offset: [3, 10], scale: [step, 1] });
    expect([...train.inputs.data]).toEqual([-3 * step, 0, -step, 0, step, 0, 3 * step, 0]);
    expect([...test.inputs.data]).toEqual([6 * step, 2]);
    expect(data.train.inputs.data[0]).toBe(0);
  });

  it("keeps what else the data tells", () => {
    const named = { train: { ...data.train, classNames: ["a", "b"] }, skipped: { count: 1, first: ["x"] } };
    expect(standardize(named)).toMatchObject({ train: { classNames: ["a", "b"] }, skipped: { count: 1 } });
  });

  it("shares statistics by channel, by element, or over all", () => {
    const images = { train: dataset([2, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]) };
    expect(standardize(images).normalization.offset).toEqual([4, 5]);
    expect(standardize(images, { per: "element" }).normalization.offset).toEqual([3, 4, 5, 6]);
    expect(standardize(images, { per: "all" }).normalization.offset).toEqual([4.5]);
  });

  it("is exact for any values: mean 0 and variance 1, whatever their size", () => {
    const values = fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 4, maxLength: 40 });
    fc.assert(
      fc.property(values, (given) => {
        fc.pre(new Set(given).size > 1);
        const { train } = standardize({ train: dataset([given.length, 1], given) });
        const values = Array.from(train.inputs.data);
        const mean = values.reduce((sum, value) => sum + value, 0) / given.length;
        const variance = values.reduce((sum, value) => sum + value * value, 0) / given.length;
        expect(mean).toBeCloseTo(0, 9);
        expect(variance).toBeCloseTo(1, 9);
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe("minMax", () => {
  it("spreads each feature of the training part from 0 to 1", () => {
    const { train, test, normalization } = minMax(data);
    expect(normalization).toEqual({ kind: "minMax", offset: [0, 10], scale: [1 / 6, 1] });
    expect([...train.inputs.data].filter((_, i) => i % 2 === 0)).toEqual([0, 2 / 6, 4 / 6, 1]);
    expect([...test.inputs.data]).toEqual([9 / 6, 2]);
  });

  it("spreads to another range", () => {
    const { train } = minMax(data, { to: [-1, 1], per: "all" });
    // From 0..10: 10 becomes 1, 0 becomes −1, 6 becomes 0.2.
    expect(train.inputs.data[0]).toBeCloseTo(-1, 12);
    expect(train.inputs.data[1]).toBeCloseTo(1, 12);
    expect(train.inputs.data[6]).toBeCloseTo(0.2, 12);
    expect(() => minMax(data, { to: [1, 1] })).toThrow(
      userError("minMax: to must be a range [low, high], found [1, 1]"),
    );
  });
});

describe("a normalization", () => {
  it("is plain data, and gives raw samples what training saw", () => {
    const { train, normalization } = standardize(data);
    const raw = Float64Array.of(2, 10, 6, 10);
    applyNormalization(JSON.parse(JSON.stringify(normalization)), raw);
    expect([...raw]).toEqual([...train.inputs.data.subarray(2, 4), ...train.inputs.data.subarray(6, 8)]);
  });

  it("happens once", () => {
    expect(() => minMax(standardize(data))).toThrow(
      userError("the data is normalized already, by standardize"),
    );
  });
});
