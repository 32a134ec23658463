import { describe, expect, it } from "vitest";
import { Tensor } from "../../../src/base/tensor.js";
import { conv1d } from "../../../src/train/layers/conv1d.js";
import { conv2d } from "../../../src/train/layers/conv2d.js";
import { depthwiseConv2d } from "../../../src/train/layers/depthwiseConv2d.js";
import { fixedWeights } from "../../../src/train/layers/initializers.js";
import {
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  maxPool1d,
  maxPool2d,
} from "../../../src/train/layers/pooling.js";
import { Pass } from "../../../src/train/network/pass.js";
import { build, count, run } from "../runLayers.js";

describe("conv2d", () => {
  // filter [[1, 0], [0, 10]] over 1..9: 1·here + 10·(one row down, one column right)
  const weights = fixedWeights([
    [
      [[1], [0]],
      [[0], [10]],
    ],
  ]);

  it("without padding stays inside", () => {
    expect(run([3, 3, 1], [conv2d(1, 2, { weights, padding: "valid" })], count(9))).toEqual({
      shape: [2, 2, 1],
      values: [51, 62, 84, 95],
      macs: 16,
    });
  });

  it("pads an even filter at the end, as TensorFlow does", () => {
    expect(run([3, 3, 1], [conv2d(1, 2, { weights })], count(9)).values).toEqual([
      51, 62, 3, 84, 95, 6, 7, 8, 9,
    ]);
  });

  it("with a stride takes every other position, padded at the end only where the filter passes it", () => {
    // 4 wide, stride 2, filter 3: one column is missing, and it is the last
    const row = fixedWeights([[[[1], [1], [1]]]]);
    expect(run([1, 4, 1], [conv2d(1, [1, 3], { weights: row, stride: [1, 2] })], count(4)).values).toEqual([
      6, 7,
    ]);
    // 5 wide: two are missing, one at each end
    expect(run([1, 5, 1], [conv2d(1, [1, 3], { weights: row, stride: [1, 2] })], count(5)).values).toEqual([
      3, 9, 9,
    ]);
  });

  it("with dilation reaches further", () => {
    // 1·here + 10·(two rows down, two columns right)
    expect(
      run([3, 3, 1], [conv2d(1, 2, { weights, dilation: 2, padding: "valid" })], count(9)).values,
    ).toEqual([91]);
  });

  it("takes given padding", () => {
    const padding = { top: 1, bottom: 0, left: 1, right: 0 };
    expect(run([2, 2, 1], [conv2d(1, 2, { weights, padding })], count(4))).toMatchObject({
      shape: [2, 2, 1],
      values: [10, 20, 30, 41],
    });
  });

  it("sums over channels and has one output for each filter", () => {
    const twoFilters = fixedWeights([[[[1, 2]]], [[[3, -1]]]]);
    // pixels (1, 2) and (3, 4): 1·1 + 2·2, 3·1 − 1·2; 3 + 8, 9 − 4
    expect(run([1, 2, 2], [conv2d(2, 1, { weights: twoFilters })], count(4)).values).toEqual([5, 1, 11, 5]);
  });
});

describe("conv1d", () => {
  it("is a convolution of one row", () => {
    const weights = fixedWeights([[[1], [0], [-1]]]);
    expect(run([5, 1], [conv1d(1, 3, { weights })], [1, 4, 9, 16, 25])).toEqual({
      shape: [5, 1],
      values: [-4, -8, -12, -16, 16],
      macs: 15,
    });
  });
});

describe("depthwiseConv2d", () => {
  it("keeps channels apart, each with its filters side by side", () => {
    // [1, 1, 2 columns, 2 channels · 2]: channel 0 by 1 and 10, channel 1 by 2 and 20, first and second column
    const weights = fixedWeights([
      [
        [
          [1, 10, 2, 20],
          [0, 1, 0, 1],
        ],
      ],
    ]);
    const layers = [depthwiseConv2d([1, 2], { weights, multiplier: 2, padding: "valid" })];
    // pixels (1, 2), (3, 4): 1·1, 10·1 + 1·3, 2·2, 20·2 + 1·4
    expect(run([1, 2, 2], layers, count(4))).toEqual({ shape: [1, 1, 4], values: [1, 13, 4, 44], macs: 8 });
  });
});

describe("pooling", () => {
  it("takes the largest of each window", () => {
    expect(run([2, 4, 1], [maxPool2d(2)], [1, 5, 2, 0, 3, 4, 8, 7])).toMatchObject({
      shape: [1, 2, 1],
      values: [5, 8],
    });
    expect(run([5, 1], [maxPool1d(2)], [1, 5, 2, 0, 3]).values).toEqual([5, 2]);
  });

  it("never takes padding for a value, be all values negative", () => {
    expect(run([1, 3, 1], [maxPool2d([1, 2], { padding: "same" })], [-3, -1, -2]).values).toEqual([-1, -2]);
  });

  it("does not count padding in a mean", () => {
    expect(run([1, 3, 1], [averagePool2d([1, 2], { padding: "same" })], [3, 1, 8]).values).toEqual([2, 8]);
  });

  it("gives the derivative to the first of equal largest values", () => {
    const network = build([1, 2, 1], [maxPool2d([1, 2])]);
    const pass = new Pass(network, 1);
    const gradient = Tensor.zeros([1, 1, 2, 1], "float64");
    pass.forward(Tensor.from([1, 1, 2, 1], [4, 4], "float64"));
    pass.backward(Tensor.from([1, 1, 1, 1], [1], "float64"), gradient);
    expect([...gradient.data]).toEqual([1, 0]);
  });

  it("over everything leaves one value a channel", () => {
    expect(run([2, 2, 2], [globalAveragePool2d()], count(8))).toMatchObject({ shape: [2], values: [4, 5] });
    expect(run([2, 3], [globalAveragePool1d()], count(6))).toMatchObject({
      shape: [3],
      values: [2.5, 3.5, 4.5],
    });
  });
});
