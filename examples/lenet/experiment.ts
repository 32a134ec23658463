import {
  accuracy,
  adam,
  batchNorm,
  conv2d,
  cosine,
  defineExperiment,
  dense,
  flatten,
  maxPool2d,
  mnist,
  relu,
  reshape,
  softmax,
  softmaxCrossEntropy,
} from "pinfer";

/**
 * Handwritten digits by two convolutions and three dense layers, in the manner of LeNet-5, with batch normalization:
 * 61 706 parameters when that is folded, 416 520 multiply-accumulates. Gets 99.10 % of the test digits right, 99.12 %
 * in int8.
 */
export default defineExperiment({
  name: "lenet",
  seed: 1,
  data: () => mnist(),
  network: [
    reshape([28, 28, 1]),
    conv2d(6, 5, { bias: false }),
    batchNorm(),
    relu(),
    maxPool2d(2),
    conv2d(16, 5, { padding: "valid", bias: false }),
    batchNorm(),
    relu(),
    maxPool2d(2),
    flatten(),
    dense(120),
    relu(),
    dense(84),
    relu(),
    dense(10),
    softmax(),
  ],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: cosine(0.002, { epochs: 4 }) }),
  epochs: 4,
  batchSize: 64,
  metrics: [accuracy],
});
