import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import type { Shape } from "../../src/base/tensor.js";
import { onlyOutput } from "../../src/network/ports.js";
import { batchNorm } from "../../src/train/layers/batchNorm.js";
import { conv1d } from "../../src/train/layers/conv1d.js";
import { conv2d } from "../../src/train/layers/conv2d.js";
import { dense } from "../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../src/train/layers/depthwiseConv2d.js";
import { dropout } from "../../src/train/layers/dropout.js";
import {
  hardSigmoid,
  hardSwish,
  leakyRelu,
  relu,
  relu6,
  sigmoid,
  tanh,
} from "../../src/train/layers/elementWise.js";
import type { NetworkSpec } from "../../src/train/layers/graph.js";
import { add, concatenate } from "../../src/train/layers/merge.js";
import {
  averagePool1d,
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  maxPool1d,
  maxPool2d,
} from "../../src/train/layers/pooling.js";
import { flatten, reshape } from "../../src/train/layers/reshape.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { buildNetwork } from "../../src/train/network/network.js";
import { randomTensor } from "../train/gradientCheck.js";
import { layerErrors } from "./layerErrors.js";

/** Quantizes a network with random parameters and statistics, and holds each integer layer to the real-valued one. */
function check(inputShape: Shape, spec: NetworkSpec) {
  const random = new Random(7);
  const network = buildNetwork("n", inputShape, spec, random, "float64");
  for (const { value } of [...network.parameters(), ...network.statistics()]) {
    for (let k = 0; k < value.data.length; k++) value.data[k] += 0.3 * random.uniform();
  }
  const { quantized, program, errors } = layerErrors(network, randomTensor([6, ...inputShape], random));
  for (const { layer, error, bound } of errors) {
    expect(error, `${layer.kind} ${layer.name}`).toBeLessThanOrEqual(bound);
  }
  expect(onlyOutput(program).shape).toEqual(network.outputShape);
  const { tensors, layers } = quantized;
  const shapeOf = (index: number) => `[${tensors[index].shape.join(" ")}]`;
  return { quantized, kinds: layers.map(({ kind, output }) => `${kind} ${shapeOf(output)}`) };
}

describe("an integer layer is its real-valued one, rounded", () => {
  it.each<[string, Shape, NetworkSpec, string[]]>([
    ["a convolution", [6, 5, 3], [conv2d(4, 3)], ["convolution [6 5 4]"]],
    [
      "convolutions with strides, dilations and explicit padding",
      [9, 8, 2],
      [
        conv2d(3, [3, 2], { stride: 2 }),
        conv2d(4, 2, { dilation: 2, padding: { top: 1, bottom: 2, left: 0, right: 1 } }),
        conv2d(2, [1, 2], { padding: "valid", stride: [2, 1], bias: false }),
      ],
      ["convolution [5 4 3]", "convolution [6 3 4]", "convolution [3 2 2]"],
    ],
    [
      "depthwise convolutions with one filter for a channel and with two",
      [7, 6, 3],
      [depthwiseConv2d(3), depthwiseConv2d([2, 3], { multiplier: 2, stride: 2, bias: false })],
      ["depthwiseConvolution [7 6 3]", "depthwiseConvolution [4 3 6]"],
    ],
    [
      "convolutions of a series, as images of one column",
      [12, 2],
      [conv1d(3, 5, { stride: 2 }), relu(), conv1d(2, 2, { padding: { before: 1, after: 0 }, dilation: 2 })],
      ["reshape [12 1 2]", "convolution [6 1 3]", "convolution [5 1 2]", "reshape [5 2]"],
    ],
    [
      "pooling of images",
      [8, 7, 2],
      [maxPool2d(2, { padding: "same" }), averagePool2d(3, { stride: 2, padding: 1 }), globalAveragePool2d()],
      ["maxPool [4 4 2]", "averagePool [2 2 2]", "mean [2]"],
    ],
    [
      "pooling of series",
      [11, 3],
      [maxPool1d(2), averagePool1d(3, { stride: 1, padding: "same" }), globalAveragePool1d()],
      ["reshape [11 1 3]", "maxPool [5 1 3]", "averagePool [5 1 3]", "mean [3]"],
    ],
    [
      "functions that become clamps",
      [6, 6, 2],
      [conv2d(3, 3), relu6(), maxPool2d(2), relu(), depthwiseConv2d(3), relu(), averagePool2d(3), relu6()],
      ["convolution [6 6 3]", "maxPool [3 3 3]", "depthwiseConvolution [3 3 3]", "averagePool [1 1 3]"],
    ],
    ...[leakyRelu(), sigmoid(), tanh(), hardSigmoid(), hardSwish()].map(
      (activation): [string, Shape, NetworkSpec, string[]] => [
        `a table of ${activation.kind} between convolutions`,
        [4, 4, 2],
        [conv2d(3, 2), activation, conv2d(2, 2)],
        ["convolution [4 4 3]", "lookup [4 4 3]", "convolution [4 4 2]"],
      ],
    ),
    [
      "a classifier with batch normalization and dropout",
      [36],
      [
        reshape([6, 6, 1]),
        conv2d(4, 3, { bias: false }),
        batchNorm(),
        relu(),
        dropout(0.3),
        maxPool2d(2),
        flatten(),
        dense(3),
        softmax(),
      ],
      ["reshape [6 6 1]", "convolution [6 6 4]", "maxPool [3 3 4]", "fullyConnected [3]", "softmax [3]"],
    ],
    [
      "batch normalization that no layer can take",
      [5, 4, 2],
      (x) => {
        const a = conv2d(3, 1)(batchNorm()(x));
        return dense(2)(batchNorm()(globalAveragePool2d()(add(batchNorm()(a), a))));
      },
      [
        "depthwiseConvolution [5 4 2]",
        "convolution [5 4 3]",
        "depthwiseConvolution [5 4 3]",
        "add [5 4 3]",
        "mean [3]",
        "reshape [1 1 3]",
        "depthwiseConvolution [1 1 3]",
        "fullyConnected [2]",
      ],
    ],
    [
      "a residual block",
      [6, 6, 3],
      (x) => relu()(add(conv2d(3, 3)(relu()(conv2d(3, 3)(x))), x)),
      ["convolution [6 6 3]", "convolution [6 6 3]", "add [6 6 3]"],
    ],
    [
      "a sum of four, one of them twice",
      [4, 2],
      (x) => {
        const [a, b] = [conv1d(2, 3)(x), conv1d(2, 1)(x)];
        return add(a, b, x, a);
      },
      [
        "reshape [4 1 2]",
        "convolution [4 1 2]",
        "convolution [4 1 2]",
        "add [4 1 2]",
        "add [4 1 2]",
        "add [4 1 2]",
        "reshape [4 2]",
      ],
    ],
    [
      "branches side by side",
      [6, 6, 2],
      (x) => {
        const pooled = maxPool2d(3, { stride: 1, padding: "same" })(x);
        return concatenate(conv2d(3, 1)(x), relu()(conv2d(2, 3)(x)), conv2d(1, 1)(pooled), pooled);
      },
      [
        "convolution [6 6 3]",
        "convolution [6 6 2]",
        "maxPool [6 6 2]",
        "convolution [6 6 1]",
        "concatenation [6 6 8]",
      ],
    ],
    [
      "series and vectors side by side",
      [5, 2],
      (x) => concatenate(globalAveragePool1d()(conv1d(3, 2)(x)), dense(2)(flatten()(x))),
      ["reshape [5 1 2]", "convolution [5 1 3]", "mean [3]", "fullyConnected [2]", "concatenation [5]"],
    ],
  ])("in %s", (_, inputShape, spec, kinds) => {
    expect(check(inputShape, spec).kinds).toEqual(kinds);
  });
});
