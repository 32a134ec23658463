import {
  accuracy,
  adam,
  add,
  batchNorm,
  chain,
  conv2d,
  cosine,
  defineExperiment,
  dense,
  depthwiseConv2d,
  globalAveragePool2d,
  mnist,
  relu,
  reshape,
  softmax,
  softmaxCrossEntropy,
} from "pinfer";

/** A depthwise convolution over positions, then one of a single pixel over channels: few weights, few products. */
const separable = (filters: number, stride = 1) =>
  chain([
    depthwiseConv2d(3, { stride, bias: false }),
    batchNorm(),
    relu(),
    conv2d(filters, 1, { bias: false }),
    batchNorm(),
    relu(),
  ]);

/**
 * Handwritten digits by depthwise-separable convolutions, one of them beside a shortcut: 1 770 parameters when
 * batch normalization is folded, 75 976 multiply-accumulates. Gets 97.80 % of the test digits right, 97.73 % in int8.
 */
export default defineExperiment({
  name: "separable",
  seed: 1,
  data: () => mnist(),
  network: (x) => {
    const images = reshape([28, 28, 1])(x);
    const a = chain([conv2d(8, 3, { stride: 2, bias: false }), batchNorm(), relu()])(images);
    const b = separable(16, 2)(a);
    const c = add(separable(16)(b), b);
    return softmax()(dense(10)(globalAveragePool2d()(separable(32)(c))));
  },
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: cosine(0.01, { epochs: 5 }) }),
  epochs: 5,
  batchSize: 64,
  metrics: [accuracy],
});
