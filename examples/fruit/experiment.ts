import {
  accuracy,
  adam,
  csv,
  defineExperiment,
  dense,
  relu,
  softmax,
  softmaxCrossEntropy,
  standardize,
} from "pinfer";

/** Apple, lemon or plum, by weight (g), length (mm) and redness: a table with the class in a column. */
export default defineExperiment({
  name: "fruit",
  seed: 1,
  data: () => csv("fruit.csv", { label: "fruit", test: 0.25 }),
  network: [standardize(), dense(8), relu(), dense(3), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.02 }),
  epochs: 60,
  batchSize: 16,
  metrics: [accuracy],
});
