import {
  accuracy,
  adam,
  defineExperiment,
  dense,
  flatten,
  recordings,
  relu,
  seriesJitter,
  seriesScale,
  seriesShift,
  softmax,
  softmaxCrossEntropy,
  standardize,
} from "pinfer";

/** What a hand does, from an accelerometer's three axes: windows of a second, a new one every 8 rows. */
export default defineExperiment({
  name: "gestures",
  seed: 1,
  data: () => recordings("recordings/", { window: 24, step: 8, test: 0.3 }),
  augment: [seriesShift(4), seriesScale(0.1), seriesJitter(0.1)],
  network: [standardize(), flatten(), dense(12), relu(), dense(3), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  epochs: 40,
  batchSize: 8,
  metrics: [accuracy],
});
