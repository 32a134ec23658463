import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import type { QuantizedLookup } from "../../../src/network/quantizedNetwork.js";
import { quantizeNetwork } from "../../../src/quantize/quantizeNetwork.js";
import { dense } from "../../../src/train/layers/dense.js";
import { defineFunction } from "../../../src/train/layers/ownFunction.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { expectRightGradients } from "../gradientCheck.js";
import { userError } from "../userError.js";

const cube = defineFunction({ name: "cube", value: (x) => x ** 3, derivative: (x) => 3 * x * x });
const bump = defineFunction({ name: "bump", value: (x) => Math.exp(-x * x) });

describe("defineFunction", () => {
  it("gives layers whose gradients hold against central differences, with a derivative and without", () => {
    expectRightGradients([4], [dense(3), cube(), dense(2), bump()]);
  });

  it("names layers by the function, counted as other kinds are", () => {
    const network = buildNetwork(
      "own",
      [2],
      [bump(), dense(1), bump({ name: "last" }), bump()],
      new Random(1),
    );
    expect(network.layers.map(({ name }) => name)).toEqual(["bump_1", "dense_1", "last", "bump_3"]);
  });

  it("becomes a table of what it gives for each of its input's 256 values", () => {
    const network = buildNetwork("own", [2], [cube()], new Random(1));
    // an input of 0..2.55 in steps of 0.01, and so an output of 0..16.581375, as float32 16.58137321…
    const { layers, tensors } = quantizeNetwork(network, Tensor.from([2, 2], [0, 2.55, 1, 2]));
    const { table, activation } = layers[0] as QuantizedLookup;
    const [input, output] = tensors.map(({ quantization }) => quantization as { scale: number });
    expect(activation).toBe("cube");
    const largest = Math.fround(Math.fround(2.55) ** 3);
    expect([input.scale, output.scale]).toEqual([Math.fround(0.01), Math.fround(largest / 255)]);
    expect(Array.from(table)).toEqual(
      Array.from({ length: 256 }, (_, step) => Math.round((step / 100) ** 3 / (largest / 255)) - 128),
    );
  });

  it("refuses a function that gives no number for what its int8 input can be", () => {
    const hole = defineFunction({ name: "hole", value: (x) => (x > 1.495 && x < 1.505 ? Number.NaN : x) });
    const network = buildNetwork("own", [2], [hole()], new Random(1));
    expect(() => quantizeNetwork(network, Tensor.from([2, 2], [0, 2.55, 1, 2]))).toThrow(
      userError(
        'layer "hole_1" gives no number for 1.5, which its int8 input can be',
        "let the function give one for every x",
      ),
    );
  });

  it("refuses a name that is none, and what is no function", () => {
    expect(() => defineFunction({ name: "a b", value: (x) => x })).toThrow(
      userError(
        'defineFunction: name must be a letter and up to 39 letters, digits and underscores, found "a b"',
      ),
    );
    expect(() => defineFunction({ name: "f", value: 3 as never })).toThrow(
      userError("defineFunction: value must be a function of x, found 3"),
    );
  });
});
