import { accuracy, adam, defineExperiment, dense, mnist, relu, softmax, softmaxCrossEntropy } from "pinfer";

/** Handwritten digits: 28 x 28 pixels in, ten classes out. All 60 000 samples train, the other 10 000 test. */
export default defineExperiment({
  name: "mnist",
  seed: 2,
  data: () => mnist(),
  network: [dense(32), relu(), dense(10), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: (epoch) => 0.005 * 0.75 ** (epoch - 1) }),
  epochs: 10,
  batchSize: 64,
  metrics: [accuracy],
});
