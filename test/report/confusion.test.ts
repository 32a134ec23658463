import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { classesOf, countConfusion } from "../../src/report/confusion.js";
import { thresholdOf } from "../../src/train/fitting/outputThreshold.js";
import { dense } from "../../src/train/layers/dense.js";
import { sigmoid } from "../../src/train/layers/elementWise.js";
import { binaryCrossEntropy } from "../../src/train/losses/binaryCrossEntropy.js";
import { hinge } from "../../src/train/losses/hinge.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import { buildNetwork } from "../../src/train/network/network.js";

describe("countConfusion", () => {
  it("counts classes in rows and what they were taken for in columns", () => {
    const outputs = Tensor.from([4, 3], [9, 1, 1, 1, 9, 1, 9, 1, 1, 1, 1, 9]);
    const found = countConfusion(outputs, Uint8Array.of(0, 1, 1, 2), 0.5);
    expect(found).toEqual({
      samples: 4,
      counts: [
        [1, 0, 0],
        [1, 1, 0],
        [0, 0, 1],
      ],
    });
  });

  it("parts one output at the threshold, whose targets may be 0 and 1 or −1 and 1", () => {
    const outputs = Tensor.from([3, 1], [0.4, 0.6, -0.1]);
    expect(countConfusion(outputs, Tensor.from([3, 1], [0, 0, 1]), 0.5)?.counts).toEqual([
      [1, 1],
      [1, 0],
    ]);
    expect(countConfusion(outputs, Tensor.from([3, 1], [-1, 1, -1]), 0)?.counts).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  it.each([
    ["squared error of 0 and 1", meanSquaredError(), Tensor.from([2, 1], [0, 1]), [], 0.5],
    ["squared error of −1 and 1", meanSquaredError(), Tensor.from([2, 1], [-1, 1]), [], 0],
    ["hinge loss of class numbers", hinge(), Uint8Array.of(0, 1), [], 0],
    ["logits", binaryCrossEntropy(), Uint8Array.of(0, 1), [], 0],
    ["probabilities", binaryCrossEntropy(), Uint8Array.of(0, 1), [sigmoid()], 0.5],
  ])("finds the threshold of %s", (_, loss, targets, closing, threshold) => {
    const network = buildNetwork("n", [1], [dense(1), ...closing], new Random(1));
    expect(thresholdOf(network, loss, targets)).toBe(threshold);
  });

  it("has none for real-valued targets", () => {
    expect(classesOf(Tensor.from([2, 1], [0, 0.5]), 1)).toBeUndefined();
    expect(classesOf(Tensor.from([1, 2], [1, 1]), 2)).toBeUndefined();
    expect(classesOf(Tensor.from([2, 2], [1, 0, 0, 1]), 2)).toEqual(Int32Array.of(0, 1));
  });
});
