// pinfer by its own `fit`: shuffling, gathering and checking of samples included; argv[3] "alone" keeps to one thread.

import { Random } from "../../../dist/src/base/random.js";
import { Tensor } from "../../../dist/src/base/tensor.js";
import { fit } from "../../../dist/src/train/fitting/fit.js";
import { batchNorm } from "../../../dist/src/train/layers/batchNorm.js";
import { conv2d } from "../../../dist/src/train/layers/conv2d.js";
import { dense } from "../../../dist/src/train/layers/dense.js";
import { depthwiseConv2d } from "../../../dist/src/train/layers/depthwiseConv2d.js";
import { relu, sigmoid } from "../../../dist/src/train/layers/elementWise.js";
import { globalAveragePool2d, maxPool2d } from "../../../dist/src/train/layers/pooling.js";
import { gru, lstm } from "../../../dist/src/train/layers/recurrentSpecs.js";
import { flatten } from "../../../dist/src/train/layers/reshape.js";
import { softmax } from "../../../dist/src/train/layers/softmax.js";
import { meanSquaredError } from "../../../dist/src/train/losses/meanSquaredError.js";
import { softmaxCrossEntropy } from "../../../dist/src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../../dist/src/train/network/network.js";
import { adam } from "../../../dist/src/train/optimizers/adam.js";
import { sgd } from "../../../dist/src/train/optimizers/sgd.js";
import { samplesOf, workloads } from "../workloads.mjs";
import { answer } from "./answer.mjs";

const translate = {
  dense: ({ units }) => dense(units),
  relu: () => relu(),
  batchNorm: () => batchNorm(),
  conv2d: ({ channels, size, stride }) => conv2d(channels, size, { stride, padding: "same" }),
  depthwise: ({ size }) => depthwiseConv2d(size, { padding: "same" }),
  maxPool: () => maxPool2d(2),
  flatten: () => flatten(),
  globalAverage: () => globalAveragePool2d(),
  gru: ({ units }) => gru(units),
  lstm: ({ units }) => lstm(units),
};

const workload = workloads[process.argv[2]];
const { inputs, labels, count } = await samplesOf(workload);
const random = new Random(1);
const isSmallest = workload.layers.length === 0;
const layers = isSmallest
  ? [dense(4), sigmoid(), dense(1), sigmoid()]
  : [...workload.layers.map((layer) => translate[layer.kind](layer)), softmax()];
const dtype = isSmallest ? "float64" : "float32";
const network = buildNetwork("bench", workload.input, layers, random, dtype);
const epochs = isSmallest ? 50 : 1;
const options = {
  loss: isSmallest ? meanSquaredError({ halved: true }) : softmaxCrossEntropy(),
  optimizer: isSmallest ? sgd({ learningRate: 0.3 }) : adam(),
  epochs,
  batchSize: workload.batch,
  random,
  shuffle: !isSmallest,
  useThreads: process.argv[3] !== "alone",
};
const data = {
  inputs: new Tensor([count, ...workload.input], inputs),
  targets: isSmallest ? new Tensor([count, 1], labels) : labels,
};
await answer(epochs * count, () => fit(network, data, options));
