import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import type { Targets } from "../../../src/train/data/dataset.js";
import { dense } from "../../../src/train/layers/dense.js";
import { sigmoid } from "../../../src/train/layers/elementWise.js";
import { binaryCrossEntropy } from "../../../src/train/losses/binaryCrossEntropy.js";
import { hinge } from "../../../src/train/losses/hinge.js";
import { huber } from "../../../src/train/losses/huber.js";
import type { Loss } from "../../../src/train/losses/loss.js";
import { meanAbsoluteError } from "../../../src/train/losses/meanAbsoluteError.js";
import { meanSquaredError } from "../../../src/train/losses/meanSquaredError.js";
import { l1, l2 } from "../../../src/train/losses/penalties.js";
import { softmaxCrossEntropy } from "../../../src/train/losses/softmaxCrossEntropy.js";
import { expectRightGradients } from "../gradientCheck.js";
import { userError } from "../userError.js";

const real2 = (values: readonly number[]) => Tensor.from([values.length / 2, 2], values, "float64");
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

/*
 * Expected numbers: NumPy 1.24, float64. 1e-12 relative, because NumPy's sums run in another order.
 */
describe("losses give NumPy's numbers", () => {
  const scores = Tensor.from([3, 3], [3, 1, 0.2, -1, 2.5, 0.5, 0.1, 0.2, 0.3], "float64");
  const labels = Uint8Array.of(0, 1, 0);
  const prediction = real([0.5, -1, 2, 0.5]);
  const target = real([1, -2, 3, 0.5]);
  const sides = real([0.8, -0.3, -0.2, 1.5]);

  it.each<[string, Loss, Tensor, Targets, number]>([
    ["mean absolute error", meanAbsoluteError(), prediction, target, 0.625],
    ["mean squared error", meanSquaredError(), prediction, target, 0.5625],
    // half the sum of squares is 1.125, over four values
    ["halved mean squared error", meanSquaredError({ halved: true }), prediction, target, 1.125 / 4],
    ["softmax cross-entropy", softmaxCrossEntropy(), scores, labels, 0.5114084100455117],
    ["multiclass hinge", hinge(), scores, labels, 0.7666666666666666],
    ["binary hinge", hinge(), sides, real([1, -1, 1, -1]), 1.15],
    ["binary hinge of class numbers", hinge(), sides, Uint8Array.of(1, 0, 1, 0), 1.15],
    // differences -0.5, 1, -1, 0: ½ · 0.25, then 0.5 · (1 − 0.25) twice
    ["Huber", huber({ delta: 0.5 }), prediction, target, (0.125 + 0.375 + 0.375) / 4],
    // by hand: ln(1 + e^−0.8), ln(1 + e^−0.3), ln(1 + e^0.2), ln(1 + e^1.5)
    [
      "binary cross-entropy",
      binaryCrossEntropy(),
      sides,
      Uint8Array.of(1, 0, 1, 0),
      [-0.8, -0.3, 0.2, 1.5].reduce((sum, z) => sum + Math.log(1 + Math.exp(z)), 0) / 4,
    ],
  ])("%s", (_, loss, outputs, targets, expected) => {
    expect(Math.abs(loss.evaluate(outputs, targets) - expected)).toBeLessThanOrEqual(1e-12 * expected);
  });

  it("penalties of [[0.5, −1.5], [2, 0]] at 0.01", () => {
    const weights = Float64Array.of(0.5, -1.5, 2, 0);
    const gradients = [l1(0.01), l2(0.01)].map((penalty) => {
      const gradient = new Float64Array(4);
      penalty.addGradient(weights, gradient);
      return [...gradient];
    });
    expect(l1(0.01).loss(weights)).toBeCloseTo(0.04, 15);
    expect(l2(0.01).loss(weights)).toBeCloseTo(0.0325, 15);
    expect(gradients).toEqual([
      [0.01, -0.01, 0.01, 0],
      [0.005, -0.015, 0.02, 0],
    ]);
  });

  it("the second penalty prefers [¼, ¼, ¼, ¼] to [1, 0, 0, 0], the first does not care", () => {
    const [one, spread] = [Float64Array.of(1, 0, 0, 0), Float64Array.of(0.25, 0.25, 0.25, 0.25)];
    expect([l1(1).loss(one), l1(1).loss(spread)]).toEqual([1, 1]);
    expect([l2(1).loss(one), l2(1).loss(spread)]).toEqual([0.5, 0.125]);
  });
});

describe("binary cross-entropy", () => {
  it("is the same of logits and of their probabilities", () => {
    const logits = real([0.3, -2, 4, 0]);
    const probabilities = real([...logits.data].map((z) => 1 / (1 + Math.exp(-z))));
    const targets = real([1, 0.25, 0, 0.5]);
    expect(binaryCrossEntropy({ ofProbabilities: true }).evaluate(probabilities, targets)).toBeCloseTo(
      binaryCrossEntropy().evaluate(logits, targets),
      14, // a few roundings
    );
  });

  it("stays finite for logits of a thousand and probabilities of 0", () => {
    expect(binaryCrossEntropy().evaluate(real([1000, -1000]), Uint8Array.of(0, 1))).toBe(1000);
    expect(binaryCrossEntropy({ ofProbabilities: true }).evaluate(real([0]), Uint8Array.of(1))).toBeCloseTo(
      -Math.log(1e-7),
      9,
    );
  });
});

describe("sample weights", () => {
  const losses: [string, Loss, number, Targets][] = [
    ["mean squared error", meanSquaredError(), 2, real2([1, 0, 0.5, -1, 2, 0.25])],
    ["mean absolute error", meanAbsoluteError(), 2, real2([1, 0, 0.5, -1, 2, 0.25])],
    ["Huber", huber({ delta: 0.5 }), 2, real2([1, 0, 0.5, -1, 2, 0.25])],
    ["binary cross-entropy", binaryCrossEntropy(), 2, real2([1, 0, 0.5, 1, 0, 0.25])],
    [
      "binary cross-entropy of probabilities",
      binaryCrossEntropy({ ofProbabilities: true }),
      2,
      real2([1, 0, 0.5, 1, 0, 0.25]),
    ],
    ["hinge", hinge(), 2, real2([1, -1, 1, 1, -1, 1])],
    ["multiclass hinge", hinge(), 3, Uint8Array.of(2, 0, 1)],
    ["softmax cross-entropy", softmaxCrossEntropy(), 3, Uint8Array.of(2, 0, 1)],
    [
      "softmax cross-entropy of probabilities",
      softmaxCrossEntropy(),
      3,
      Tensor.from([3, 3], [1, 0, 0, 0.2, 0.3, 0.5, 0, 1, 0], "float64"),
    ],
  ];

  it.each(losses)("multiply each sample's %s", (_, loss, outputs, targets) => {
    const random = new Random(4);
    const prediction = Tensor.from(
      [3, outputs],
      Array.from({ length: 3 * outputs }, () => random.uniform()),
      "float64",
    );
    const weights = Float64Array.of(0.5, 0, 3);
    const gradient = Tensor.zeros([3, outputs], "float64");
    const plain = Tensor.zeros([3, outputs], "float64");
    loss.evaluate(prediction, targets, { gradient: plain });
    const single = [0, 1, 2].map((b) => {
      const of = <T extends Targets>(all: T) =>
        all instanceof Tensor
          ? new Tensor([1, outputs], all.data.slice(b * outputs, (b + 1) * outputs))
          : all.slice(b, b + 1);
      return loss.evaluate(of(prediction) as Tensor, of(targets));
    });
    expect(loss.evaluate(prediction, targets, { weights, gradient })).toBeCloseTo(
      (0.5 * single[0] + 3 * single[2]) / 3,
      14, // a few roundings
    );
    gradient.data.forEach((value, k) => {
      expect(value).toBeCloseTo(plain.data[k] * weights[Math.floor(k / outputs)], 14);
    });
  });

  it.each(losses)("leave the gradient of %s right", (_, loss, outputs, targets) => {
    const layers = loss.kind === "binaryCrossEntropy" && !loss.fusesWith ? [sigmoid()] : [];
    expectRightGradients([4], [dense(outputs), ...layers], {
      loss,
      targets,
      weights: Float64Array.of(0.5, 2, 3),
    });
  });
});

describe("losses refuse", () => {
  it.each<[string, () => unknown, string]>([
    [
      "class numbers for real values",
      () => huber().evaluate(real([1]), Uint8Array.of(1)),
      "huber needs real targets [samples, outputs], found class numbers",
    ],
    [
      "class numbers for several binary outputs",
      () => binaryCrossEntropy().evaluate(real2([1, 1]), Uint8Array.of(1)),
      "binaryCrossEntropy of class numbers needs one output, found 2",
    ],
    ["delta 0", () => huber({ delta: 0 }), "huber: delta must be a number above 0, found 0"],
    ["a negative penalty", () => l2(-1), "l2: the penalty's weight must be a number of 0 or more, found -1"],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(userError(message));
  });
});
