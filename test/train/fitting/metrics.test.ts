import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import {
  absoluteError,
  accuracy,
  accuracyAt,
  auc,
  confusionMatrix,
  f1,
  precision,
  recall,
  rootMeanSquaredError,
  rSquared,
  squaredError,
  titleOfMetric,
  zeroOne,
} from "../../../src/train/fitting/metrics.js";
import { userError } from "../userError.js";

const real = (values: readonly number[]) => Tensor.from([values.length, 1], values, "float64");

describe("accuracy", () => {
  it("counts the largest output as the answer, the first of equals", () => {
    const outputs = Tensor.from([4, 2], [1, 2, 2, 1, 3, 3, 0, 1]);
    expect(accuracy.measure(outputs, Uint8Array.of(1, 1, 0, 1))).toBe(0.75);
    expect(zeroOne.measure(outputs, Uint8Array.of(1, 1, 0, 1))).toBe(0.25);
  });

  it("with one output, asks for the target's side of one half", () => {
    expect(accuracy.measure(real([0.5, 0.49]), real([1, 0]))).toBe(1);
    expect(accuracy.measure(real([0.5, 0.49]), real([0, 1]))).toBe(0);
  });

  it("with one score, asks for its side of a threshold", () => {
    // signs + − − +, wanted + − + −: half of them
    expect(accuracyAt(0).measure(real([0.8, -0.3, -0.2, 1.5]), real([1, -1, 1, -1]))).toBe(0.5);
    expect(accuracyAt(0).measure(real([0.8, -0.3]), Uint8Array.of(1, 0))).toBe(1);
  });
});

describe("of answers by class", () => {
  // wanted 0 0 0 1 1 2, answered 0 0 1 1 0 2
  const answers = [0, 0, 1, 1, 0, 2];
  const outputs = Tensor.from(
    [6, 3],
    answers.flatMap((answer) => [0, 1, 2].map((k) => Number(k === answer))),
  );
  const wanted = Uint8Array.of(0, 0, 0, 1, 1, 2);

  it("the confusion matrix has a row for what was wanted", () => {
    expect(confusionMatrix(outputs, wanted)).toEqual({
      classes: 3,
      counts: Int32Array.of(2, 1, 0, 1, 1, 0, 0, 0, 1),
    });
  });

  it("precision, recall and F1 are of one class, or the mean over classes", () => {
    // class 0: 2 of 3 answers, 2 of 3 samples; class 1: 1 of 2 and 1 of 2; class 2: all
    expect([0, 1, 2].map((of) => precision(of).measure(outputs, wanted))).toEqual([2 / 3, 1 / 2, 1]);
    expect(precision().measure(outputs, wanted)).toBeCloseTo((2 / 3 + 1 / 2 + 1) / 3, 15);
    expect(recall(0).measure(outputs, wanted)).toBe(2 / 3);
    expect(f1(1).measure(outputs, wanted)).toBe(0.5);
    expect(f1(1).name).toBe("f1 of 1");
  });

  it("are called after their class where it has a name", () => {
    const names = ["apple", "a\u001b[31m name that no table has room for", "7"];
    expect(
      [f1(0), precision(1), recall(2), f1(3), f1()].map(({ name }) => titleOfMetric(name, names)),
    ).toEqual(["f1 of apple", "precision of a?[31m name that no table has…", "recall of 7", "f1 of 3", "f1"]);
    expect(titleOfMetric("f1 of 0", undefined)).toBe("f1 of 0");
  });

  it("with one output they are of class 1", () => {
    // answers 1 1 0 1, wanted 1 0 1 1: 2 of 3 answers, 2 of 3 samples
    const found = real([0.9, 0.6, 0.2, 0.5]);
    const classes = Uint8Array.of(1, 0, 1, 1);
    expect([precision(), recall(), f1()].map((metric) => metric.measure(found, classes))).toEqual([
      2 / 3,
      2 / 3,
      2 / 3,
    ]);
    expect(recall(0).measure(found, classes)).toBe(0);
  });

  it("a class that is never answered has precision 0", () => {
    expect(precision(1).measure(Tensor.from([1, 2], [1, 0]), Uint8Array.of(1))).toBe(0);
  });

  it("a class that is not there is refused", () => {
    expect(() => precision(3).measure(outputs, wanted)).toThrow(
      userError("metric precision of class 3: the network tells 3 classes apart"),
    );
  });
});

describe("the area under the curve", () => {
  it("is the share of pairs in the right order, equals counting half", () => {
    // positives 0.8, 0.4, 0.4; negatives 0.1, 0.4, 0.9: pairs 2, 1.5, 1.5 of 9
    expect(auc.measure(real([0.8, 0.4, 0.4, 0.1, 0.4, 0.9]), Uint8Array.of(1, 1, 1, 0, 0, 0))).toBeCloseTo(
      5 / 9,
      15,
    );
  });

  it("counts the same pairs as comparing each with each, of scores with many ties", () => {
    const random = new Random(5);
    const scores = Array.from({ length: 200 }, () => random.integer(40));
    const labels = Uint8Array.from(scores, (score) => Number(random.integer(60) < score));
    let [right, pairs] = [0, 0];
    for (const [i, positive] of scores.entries()) {
      for (const [j, negative] of scores.entries()) {
        if (labels[i] !== 1 || labels[j] !== 0) continue;
        pairs++;
        right += positive > negative ? 1 : positive === negative ? 0.5 : 0;
      }
    }
    expect(auc.measure(real(scores), labels)).toBe(right / pairs);
  });

  it("takes the second of two outputs", () => {
    expect(auc.measure(Tensor.from([2, 2], [0.9, 0.1, 0.2, 0.8]), Uint8Array.of(0, 1))).toBe(1);
  });

  it("of several classes is the mean of each against the rest", () => {
    const outputs = Tensor.from([3, 3], [3, 0, 2, 0, 2, 1, 0, 3, 0]);
    // class 0 right: 1; class 1: 2 against 0, 3: one half; class 2: 0 against 2, 1: none
    expect(auc.measure(outputs, Uint8Array.of(0, 1, 2))).toBe(0.5);
  });

  it("needs both classes", () => {
    expect(() => auc.measure(real([1, 2]), Uint8Array.of(1, 1))).toThrow(
      userError("metric auc needs samples of class 1 and of others, found all of it"),
    );
  });
});

describe("distances from real targets", () => {
  const outputs = real([0.5, -1, 2, 0.5]);
  const targets = real([1, -2, 3, 0.5]);

  it("are absolute, squared, or back in the outputs' unit", () => {
    expect(absoluteError.measure(outputs, targets)).toBe(0.625);
    expect(squaredError.measure(outputs, targets)).toBe(0.5625);
    expect(rootMeanSquaredError.measure(outputs, targets)).toBe(0.75);
  });

  it("are held against the targets' spread", () => {
    // mean 0.625, spread 0.375² + 2.625² + 2.375² + 0.125² = 12.6875, left 2.25
    expect(rSquared.measure(outputs, targets)).toBeCloseTo(1 - 2.25 / 12.6875, 15);
    const both = Tensor.from([2, 2], [1, 5, 3, 5], "float64");
    const wanted = Tensor.from([2, 2], [1, 4, 3, 6], "float64");
    expect(rSquared.measure(both, wanted)).toBe(0.5); // 1 and 0
  });

  it("need real targets, and some that differ", () => {
    expect(() => squaredError.measure(real([1]), Uint8Array.of(1))).toThrow(
      userError("metric squaredError needs real targets [samples, outputs], found class numbers"),
    );
    expect(() => rSquared.measure(real([1, 2]), real([3, 3]))).toThrow(
      userError("metric rSquared needs targets that differ, found 3 for all"),
    );
  });
});
