import { describe, expect, it } from "vitest";
import { Tensor } from "../../src/tensor.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { absoluteError, accuracy, squaredError } from "../../src/train/metrics.js";
import { userError } from "./userError.js";

const real = (values: readonly number[]) => Tensor.from([values.length, 1], values, "float64");

describe("meanSquaredError", () => {
  it("is 0.5 for [0, 0, 0, 0] where [1, 0, 0, 1] was wanted", () => {
    expect(meanSquaredError().evaluate(real([0, 0, 0, 0]), real([1, 0, 0, 1]))).toBe(0.5);
  });

  it("halved, has exactly the difference as one sample's derivative", () => {
    const gradient = real([0]);
    expect(meanSquaredError({ halved: true }).evaluate(real([0.75]), real([1]), { gradient })).toBe(0.03125);
    expect([...gradient.data]).toEqual([-0.25]);
  });

  it("refuses class numbers", () => {
    expect(() => meanSquaredError().evaluate(real([1]), Uint8Array.of(1))).toThrow(
      userError("meanSquaredError needs real targets [samples, outputs], found class numbers"),
    );
  });
});

describe("softmaxCrossEntropy", () => {
  it("is the mean of −ln of the right class's probability", () => {
    const scores = Tensor.from([3, 3], [3, 1, 0.2, -1, 2.5, 0.5, 0.1, 0.2, 0.3], "float64");
    // 1e-15: one rounding of the last place
    expect(softmaxCrossEntropy().evaluate(scores, Uint8Array.of(0, 1, 0))).toBeCloseTo(
      0.5114084100455117,
      15,
    );
  });

  it("stays finite for scores of a thousand", () => {
    const gradient = Tensor.zeros([1, 2], "float64");
    expect(
      softmaxCrossEntropy().evaluate(Tensor.from([1, 2], [1000, -1000]), Uint8Array.of(1), { gradient }),
    ).toBe(2000);
    expect([...gradient.data]).toEqual([1, -1]);
  });

  it("refuses scores that are no rows", () => {
    expect(() => softmaxCrossEntropy().evaluate(new Tensor([1, 2, 2]), Uint8Array.of(0))).toThrow(
      userError("softmaxCrossEntropy takes scores [batch, classes], found [1, 2, 2]"),
    );
  });
});

describe("metrics", () => {
  it("count the largest output as the answer, the first of equals", () => {
    const outputs = Tensor.from([4, 2], [1, 2, 2, 1, 3, 3, 0, 1]);
    expect(accuracy.mean(outputs, Uint8Array.of(1, 1, 0, 1))).toBe(0.75);
  });

  it("with one output, ask for the target's side of one half", () => {
    expect(accuracy.mean(real([0.5, 0.49]), real([1, 0]))).toBe(1);
    expect(accuracy.mean(real([0.5, 0.49]), real([0, 1]))).toBe(0);
  });

  it("measure distances from real targets", () => {
    const outputs = real([0.5, -1, 2, 0.5]);
    const targets = real([1, -2, 3, 0.5]);
    expect(absoluteError.mean(outputs, targets)).toBe(0.625);
    expect(squaredError.mean(outputs, targets)).toBe(0.5625);
  });

  it("refuse to measure a distance from class numbers", () => {
    expect(() => squaredError.mean(real([1]), Uint8Array.of(1))).toThrow(
      userError("metric squaredError needs real targets [samples, outputs], found class numbers"),
    );
  });
});
