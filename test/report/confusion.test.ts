import { describe, expect, it } from "vitest";
import { classesOf, countConfusion, predictAll } from "../../src/report/confusion.js";
import { Tensor } from "../../src/tensor.js";

describe("countConfusion", () => {
  it("counts classes in rows and what they were taken for in columns", () => {
    const outputs = Tensor.from([4, 3], [9, 1, 1, 1, 9, 1, 9, 1, 1, 1, 1, 9]);
    const found = countConfusion(outputs, {
      inputs: Tensor.zeros([4, 1], "float32"),
      targets: Uint8Array.of(0, 1, 1, 2),
    });
    expect(found).toEqual({
      samples: 4,
      counts: [
        [1, 0, 0],
        [1, 1, 0],
        [0, 0, 1],
      ],
    });
  });

  it("parts one output at one half for targets 0 and 1, at zero for −1 and 1", () => {
    const inputs = Tensor.zeros([3, 1], "float32");
    const outputs = Tensor.from([3, 1], [0.4, 0.6, -0.1]);
    const zeroOne = { inputs, targets: Tensor.from([3, 1], [0, 0, 1]) };
    expect(countConfusion(outputs, zeroOne)?.counts).toEqual([
      [1, 1],
      [1, 0],
    ]);
    const plusMinus = { inputs, targets: Tensor.from([3, 1], [-1, 1, -1]) };
    expect(countConfusion(outputs, plusMinus)?.counts).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  it("has none for real-valued targets", () => {
    expect(classesOf(Tensor.from([2, 1], [0, 0.5]), 1)).toBeUndefined();
    expect(classesOf(Tensor.from([1, 2], [1, 1]), 2)).toBeUndefined();
    expect(classesOf(Tensor.from([2, 2], [1, 0, 0, 1]), 2)).toEqual(Int32Array.of(0, 1));
  });
});

it("runs over all samples in pieces as over all at once", () => {
  const network = {
    outputShape: [1],
    forward: (input: Tensor) =>
      new Tensor(
        [input.shape[0], 1],
        input.data.map((value) => 2 * value),
      ),
  };
  const inputs = Tensor.from(
    [600, 1],
    Array.from({ length: 600 }, (_, index) => index),
  );
  expect([...predictAll(network, inputs).data]).toEqual(Array.from({ length: 600 }, (_, index) => 2 * index));
});
