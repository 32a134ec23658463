import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import { conv2d } from "../../../src/train/layers/conv2d.js";
import { depthwiseConv2d } from "../../../src/train/layers/depthwiseConv2d.js";
import type { LayerSpec } from "../../../src/train/layers/graph.js";
import {
  type Fans,
  glorot,
  he,
  type Initializer,
  numpyNormal,
  numpyUniform,
  uniform,
} from "../../../src/train/layers/initializers.js";
import { buildNetwork } from "../../../src/train/network/network.js";

/** Weights of a layer, drawn in double precision. */
function draw(initializer: Initializer, inFeatures: number, outFeatures: number, seed: number): number[] {
  const weights = Tensor.zeros([outFeatures, inFeatures], "float64");
  initializer(weights, new Random(seed), { fanIn: inFeatures, fanOut: outFeatures });
  return [...weights.data];
}

describe("initial weights", () => {
  it("by He are normal with σ = √(2 / inputs)", () => {
    // √(2 / 8) = 0.5; randn() after seed(0) starts with 1.764052345967664, 0.4001572083672233
    const [first, second] = draw(he, 8, 1, 0);
    expect(first).toBeCloseTo(0.882026172983832, 15);
    expect(second).toBeCloseTo(0.20007860418361165, 15);
  });

  it("by Glorot are uniform in ±√(6 / (inputs + outputs))", () => {
    // √(6 / (2 + 22)) = 0.5; random() after seed(1) starts with 0.417022004702574: 0.5 · (2 · 0.417… − 1)
    expect(draw(glorot, 2, 22, 1)[0]).toBeCloseTo(-0.082977995297426, 15);
  });

  it("as NumPy writes them are drawn input by input", () => {
    // random(2, 3) after seed(1), its columns as rows
    expect(draw(numpyUniform(1, 0), 2, 3, 1)).toEqual([
      0.417022004702574, 0.30233257263183977, 0.7203244934421581, 0.14675589081711304, 0.00011437481734488664,
      0.0923385947687978,
    ]);
  });

  it("of a range are uniform in it", () => {
    // random() after seed(1) starts with 0.417022004702574
    const values = draw(uniform(-3, 5), 10, 20, 1);
    expect(values[0]).toBeCloseTo(-3 + 8 * 0.417022004702574, 14);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...values)).toBeLessThan(5);
  });

  it("as NumPy writes randn are drawn input by input", () => {
    // randn(2, 2) after seed(0) is [[1.764…, 0.400…], [0.978…, 2.240…]], its columns as rows
    const expected = [1.764052345967664, 0.9787379841057392, 0.4001572083672233, 2.240893199201458];
    draw(numpyNormal(1), 2, 2, 0).forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k], 14); // the platform's logarithm
    });
  });

  it.each([
    ["a convolution: its filter's size and channels", (weights) => conv2d(5, [3, 2], { weights }), 24, 30],
    [
      "a depthwise one: its filter's size, and filters for each channel",
      (weights) => depthwiseConv2d(3, { multiplier: 2, weights }),
      9,
      18,
    ],
  ] as readonly [string, (weights: Initializer) => LayerSpec, number, number][])(
    "count the products of %s",
    (_, layer, fanIn, fanOut) => {
      const seen: Fans[] = [];
      const record: Initializer = (_weights, _random, fans) => {
        seen.push(fans);
      };
      buildNetwork("n", [6, 6, 4], [layer(record)], new Random(1));
      expect(seen).toEqual([{ fanIn, fanOut }]);
    },
  );
});
