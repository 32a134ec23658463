import { describe, expect, it } from "vitest";
import { batchNorm } from "../../../src/train/layers/batchNorm.js";
import { conv1d } from "../../../src/train/layers/conv1d.js";
import { conv2d } from "../../../src/train/layers/conv2d.js";
import { dense } from "../../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../../src/train/layers/depthwiseConv2d.js";
import { dropout } from "../../../src/train/layers/dropout.js";
import * as functions from "../../../src/train/layers/elementWise.js";
import { add, concatenate } from "../../../src/train/layers/merge.js";
import { maxPool2d } from "../../../src/train/layers/pooling.js";
import { reshape } from "../../../src/train/layers/reshape.js";
import { build } from "../runLayers.js";
import { userError } from "../userError.js";

describe("layers refuse", () => {
  it.each<[string, () => unknown, string]>([
    [
      "a flat input where an image is wanted",
      () => build([4], [conv2d(1, 1)]),
      'layer "conv2d_1" takes [height, width, channels], found [4]',
    ],
    [
      "an image where a series is wanted",
      () => build([4, 4, 1], [conv1d(1, 1)]),
      'layer "conv1d_1" takes [length, channels], found [4, 4, 1]',
    ],
    [
      "an image smaller than the filter",
      () => build([4, 2, 1], [conv2d(1, 3, { padding: "valid" })]),
      'layer "conv2d_1": width is 2 with its padding; the window reaches over 3',
    ],
    [
      "padding that no window stands on",
      () => build([4, 4, 1], [maxPool2d(2, { padding: 2 })]),
      'layer "maxPool2d_1": height is padded by 2; the window reaches over 2',
    ],
    ["no filters", () => conv2d(0, 3), "conv2d(filters, size): filters must be an integer above 0, found 0"],
    [
      "half a stride",
      () => conv2d(1, 3, { stride: 0.5 }),
      "conv2d: stride must be an integer above 0, found 0.5",
    ],
    [
      "negative padding",
      () => conv2d(1, 3, { padding: -1 }),
      'conv2d: padding must be "same", "valid" or integers of 0 or more, found -1',
    ],
    [
      "half a multiplier",
      () => depthwiseConv2d(3, { multiplier: 0.5 }),
      "depthwiseConv2d: multiplier must be an integer above 0, found 0.5",
    ],
    [
      "another number of elements",
      () => build([6], [reshape([2, 2])]),
      'layer "reshape_1" cannot make [2, 2] (4 elements) of [6] (6 elements)',
    ],
    ["a size of 0", () => reshape([0]), "reshape(shape): sizes must be integers above 0, found 0"],
    [
      "a sum of different shapes",
      () => build([2], (x) => add(dense(3)(x), x)),
      'layer "add_1" adds inputs of one shape, found [3] and [2]',
    ],
    ["a sum of one", () => build([2], (x) => add(x)), 'layer "add_1" takes two inputs or more, found 1'],
    [
      "to join images of different sizes",
      () => build([4, 4, 1], (x) => concatenate(maxPool2d(2)(x), x)),
      'layer "concatenate_1" joins inputs that differ in channels only, found [2, 2, 1] and [4, 4, 1]',
    ],
    ["to drop everything", () => dropout(1), "dropout(rate): rate must be 0 or more and below 1, found 1"],
    ["no epsilon", () => batchNorm({ epsilon: 0 }), "batchNorm: epsilon must be above 0, found 0"],
    [
      "momentum 1",
      () => batchNorm({ momentum: 1 }),
      "batchNorm: momentum must be 0 or more and below 1, found 1",
    ],
    [
      "a slope of 1",
      () => functions.leakyRelu({ slope: 1 }),
      "leakyRelu: slope must be 0 or more and below 1, found 1",
    ],
    [
      "to be called on a layer",
      () => build([2], () => dense(1)(functions.relu() as never)),
      "a dense layer is called on a relu layer, not on what a layer gives",
    ],
    [
      "a graph that returns nothing",
      () => build([2], (() => undefined) as never),
      "the network's function ends on nothing, not on what a layer gives",
    ],
    ["a graph without layers", () => build([2], (x) => x), 'network "n" has no layers'],
  ])("%s", (_, create, message) => {
    expect(create).toThrow(userError(message));
  });
});
