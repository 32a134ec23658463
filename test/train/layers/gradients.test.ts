import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { type Shape, Tensor } from "../../../src/base/tensor.js";
import { batchNorm } from "../../../src/train/layers/batchNorm.js";
import { conv1d } from "../../../src/train/layers/conv1d.js";
import { conv2d } from "../../../src/train/layers/conv2d.js";
import { dense } from "../../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../../src/train/layers/depthwiseConv2d.js";
import { dropout } from "../../../src/train/layers/dropout.js";
import {
  hardSigmoid,
  hardSwish,
  leakyRelu,
  linear,
  relu,
  relu6,
  sigmoid,
  step,
  tanh,
} from "../../../src/train/layers/elementWise.js";
import { chain, type LayerSpec, type NetworkSpec } from "../../../src/train/layers/graph.js";
import { uniform } from "../../../src/train/layers/initializers.js";
import { add, concatenate } from "../../../src/train/layers/merge.js";
import {
  averagePool1d,
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  maxPool1d,
  maxPool2d,
} from "../../../src/train/layers/pooling.js";
import { reconstructionError } from "../../../src/train/layers/reconstructionError.js";
import { bidirectional, gru, lstm, simpleRnn } from "../../../src/train/layers/recurrentSpecs.js";
import { flatten, reshape } from "../../../src/train/layers/reshape.js";
import { softmax } from "../../../src/train/layers/softmax.js";
import { meanSquaredError } from "../../../src/train/losses/meanSquaredError.js";
import { softmaxCrossEntropy } from "../../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { Pass } from "../../../src/train/network/pass.js";
import { expectRightGradients, randomTensor } from "../gradientCheck.js";
import { copy, multiply, pad, valueFunction } from "../importedLayers.js";
import { userError } from "../userError.js";

/** Smooth where the drawn values are. */
const everyWord =
  "x sin x cos + x 0.3 leakyRelu + x tanh + x softplus log - x neg exp + x x * 1 + sqrt / x abs 2 + 1.5 ^ + x 3 max x -3 min * + x relu + x relu6 - x hardSigmoid +";

const labels = Int32Array.of(0, 2, 1, 2, 0);

describe("gradients agree with central differences", () => {
  it.each<[string, Shape, NetworkSpec]>([
    ["dense", [4], [dense(6)]],
    ["dense without bias", [4], [dense(3, { bias: false })]],
    ["softmax as a layer of its own", [4], [dense(3), softmax()]],
    ["softmax over the last axis of several", [3, 4], [softmax()]],
    ["conv2d", [5, 4, 2], [conv2d(3, 3)]],
    ["conv2d of one pixel", [3, 2, 4], [conv2d(3, 1)]],
    ["conv2d of one pixel with stride", [5, 4, 2], [conv2d(3, 1, { stride: 2 })]],
    ["conv2d with stride", [6, 5, 2], [conv2d(3, 3, { stride: [2, 3] })]],
    ["conv2d without padding", [5, 6, 2], [conv2d(2, [3, 2], { padding: "valid", bias: false })]],
    ["conv2d with dilation", [7, 6, 1], [conv2d(2, 3, { dilation: [2, 1] })]],
    [
      "conv2d with padding on some sides",
      [4, 4, 2],
      [conv2d(2, 3, { padding: { top: 2, bottom: 0, left: 0, right: 1 }, stride: 2 })],
    ],
    ["two conv2d", [4, 4, 1], [conv2d(3, 3), conv2d(2, 2, { padding: "valid" })]],
    ["conv1d", [7, 3], [conv1d(4, 3)]],
    ["conv1d with stride and dilation", [9, 2], [conv1d(3, 3, { stride: 2, dilation: 2, padding: "valid" })]],
    ["depthwiseConv2d", [4, 5, 3], [depthwiseConv2d(3)]],
    [
      "depthwiseConv2d with multiplier and stride",
      [5, 4, 2],
      [depthwiseConv2d(3, { multiplier: 3, stride: 2 })],
    ],
    [
      "depthwiseConv2d with dilation, without bias",
      [6, 6, 2],
      [depthwiseConv2d([2, 3], { dilation: 2, padding: "valid", bias: false })],
    ],
    ["a depthwise-separable block", [5, 5, 2], [depthwiseConv2d(3), relu6(), conv2d(4, 1), relu()]],
    ["maxPool2d", [4, 6, 2], [maxPool2d(2)]],
    ["maxPool2d with windows that overlap", [5, 5, 2], [maxPool2d(3, { stride: 2, padding: "same" })]],
    ["maxPool1d", [6, 3], [maxPool1d(2)]],
    ["averagePool2d", [4, 6, 2], [averagePool2d([2, 3])]],
    ["averagePool2d with padding", [5, 5, 2], [averagePool2d(3, { stride: 2, padding: "same" })]],
    ["averagePool1d", [7, 2], [averagePool1d(3, { stride: 2 })]],
    ["globalAveragePool2d", [4, 3, 2], [globalAveragePool2d()]],
    ["globalAveragePool1d", [5, 3], [globalAveragePool1d()]],
    ["flatten", [3, 2, 2], [conv2d(2, 2), flatten(), dense(3)]],
    ["reshape", [12], [dense(12), reshape([2, 3, 2]), conv2d(2, 2)]],
    ["batchNorm by running statistics", [3, 3, 2], [conv2d(3, 2), batchNorm(), relu()]],
    ["linear", [4], [dense(3), linear()]],
    ["ReLU", [4], [dense(7), relu(), dense(2)]],
    ["ReLU6, at both of its ends", [4], [dense(30, { weights: uniform(-6, 6) }), relu6()]],
    ["SiLU as a function of one value", [4], [dense(7), valueFunction("x x sigmoid *"), dense(2)]],
    ["GELU", [4], [dense(7), valueFunction(`x 0.5 * x ${Math.SQRT1_2} * erf 1 + *`), dense(2)]],
    ["every word of a function", [3], [dense(4), valueFunction(everyWord)]],
    ["zeros around images", [3, 2, 2], [conv2d(2, 3), pad([1, 0, 0], [2, 1, 3]), conv2d(2, 3)]],
    ["a product", [4], (x) => multiply(dense(3)(x), sigmoid()(dense(3)(x)))],
    ["a square", [4], (x) => multiply(dense(3)(x), dense(3)(x))],
    [
      "channels by their gates, which are repeated",
      [4, 3, 2],
      (x) => multiply(conv2d(3, 3)(x), copy([4, 3, 3], 0, [0, 0, 1])(dense(3)(globalAveragePool2d()(x)))),
    ],
    ["a transpose that leaves out columns", [5, 3], [copy([2, 5], 0, [2, 3])]],
    ["lstm, the last step", [3, 2], [lstm(4)]],
    ["lstm, all steps, backwards", [3, 2], [lstm(4, { returns: "all", backwards: true })]],
    ["gru, the last step, backwards", [3, 2], [gru(4, { backwards: true })]],
    ["gru, all steps", [3, 2], [gru(4, { returns: "all" })]],
    ["simpleRnn, the last step", [3, 2], [simpleRnn(4)]],
    ["simpleRnn, all steps, backwards", [3, 2], [simpleRnn(4, { returns: "all", backwards: true })]],
    ["recurrent layers over recurrent layers", [3, 2], [gru(4, { returns: "all" }), lstm(3), dense(2)]],
    ["both ways", [3, 2], [bidirectional(gru(3, { returns: "all" })), bidirectional(lstm(2))]],
    ["the error of a reconstruction", [4], [dense(3), tanh(), dense(4), reconstructionError()]],
    ["the error of what is learnt twice", [4], (x) => reconstructionError({ of: dense(3)(x) })(dense(3)(x))],
    ["leaky ReLU", [4], [dense(7), leakyRelu({ slope: 0.2 }), dense(2)]],
    ["sigmoid", [4], [dense(7), sigmoid(), dense(2)]],
    ["tanh", [4], [dense(7), tanh(), dense(2)]],
    ["hard sigmoid", [4], [dense(30), hardSigmoid()]],
    ["hard swish", [4], [dense(30), hardSwish()]],
    ["add", [4], (x) => add(dense(4)(x), tanh()(x), x)],
    ["add of an activation to itself", [4], (x) => chain([dense(3)])(add(x, x))],
    ["concatenate", [3, 2, 2], (x) => conv2d(2, 2)(concatenate(conv2d(3, 1)(x), x, conv2d(1, 3)(x)))],
    [
      "a residual block whose input is used three times",
      [4, 4, 2],
      (x) => {
        const a = relu()(conv2d(2, 3)(x));
        const b = chain([conv2d(2, 3), batchNorm()])(a);
        return globalAveragePool2d()(concatenate(relu()(add(a, b, x)), a));
      },
    ],
  ])("for %s", (_, inputShape, layers) => {
    expectRightGradients(inputShape, layers);
  });

  it.each<[string, Shape, NetworkSpec]>([
    ["batchNorm", [4], [dense(5), batchNorm({ epsilon: 0.1 }), dense(3)]],
    ["batchNorm of images", [3, 4, 2], [conv2d(3, 3), batchNorm(), relu(), globalAveragePool2d()]],
    ["dropout", [6], [dense(20), dropout(0.4), dense(3)]],
  ])("while fitting, for %s", (_, inputShape, layers) => {
    expectRightGradients(inputShape, layers, { isTraining: true, samples: 5 });
  });

  it("for halved mean squared error", () => {
    expectRightGradients([4], [dense(3)], { loss: meanSquaredError({ halved: true }) });
  });

  it("for softmax cross-entropy of class numbers", () => {
    const layers: LayerSpec[] = [dense(5), relu(), dense(3)];
    expectRightGradients([4], layers, { samples: 5, targets: labels, loss: softmaxCrossEntropy() });
  });

  it("for softmax cross-entropy of probabilities", () => {
    const targets = Tensor.from([2, 3], [0.2, 0.3, 0.5, 1, 0, 0], "float64");
    expectRightGradients([4], [dense(3)], { samples: 2, targets, loss: softmaxCrossEntropy() });
  });

  it("and a batch's gradients are the mean of its samples'", () => {
    const random = new Random(5);
    const network = buildNetwork("n", [4], [dense(5), relu(), dense(3)], random, "float64");
    const input = randomTensor([5, 4], random);
    const gradients = (rows: Tensor, targets: Int32Array) => {
      for (const { gradient } of network.parameters()) gradient.data.fill(0);
      const pass = new Pass(network, rows.shape[0]);
      const outputGradient = Tensor.zeros([rows.shape[0], 3], "float64");
      softmaxCrossEntropy().evaluate(pass.forward(rows), targets, { gradient: outputGradient });
      pass.backward(outputGradient);
      return network.parameters().flatMap(({ gradient }) => [...gradient.data]);
    };
    const one = [0, 1, 2, 3, 4].map((b) =>
      gradients(new Tensor([1, 4], input.data.slice(4 * b, 4 * b + 4)), labels.slice(b, b + 1)),
    );
    gradients(input, labels).forEach((gradient, index) => {
      const mean = one.reduce((sum, sample) => sum + sample[index], 0) / 5;
      expect(Math.abs(gradient - mean)).toBeLessThan(1e-15); // sums of five in another order
    });
  });

  it("but there are none through a step", () => {
    expect(() => expectRightGradients([4], [dense(3), step()])).toThrow(
      userError("a step has no derivative to train by"),
    );
  });
});
