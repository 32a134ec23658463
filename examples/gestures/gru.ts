import {
  accuracy,
  adam,
  defineExperiment,
  dense,
  gru,
  recordings,
  seriesJitter,
  seriesScale,
  seriesShift,
  softmax,
  softmaxCrossEntropy,
  standardize,
} from "pinfer";

/** The same gestures by a recurrent layer, which reads a window as it comes, from one acceleration to the next. */
export default defineExperiment({
  name: "gestures-gru",
  seed: 1,
  data: () => recordings("recordings/", { window: 24, step: 8, test: 0.3 }),
  augment: [seriesShift(4), seriesScale(0.1), seriesJitter(0.1)],
  network: [standardize(), gru(8), dense(3), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  clipGradients: { norm: 1 },
  epochs: 40,
  batchSize: 8,
  metrics: [accuracy],
});
