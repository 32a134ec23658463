import {
  accuracy,
  adam,
  defineExperiment,
  dense,
  flatten,
  imageBrightness,
  imageFolder,
  imageNoise,
  imageShift,
  relu,
  softmax,
  softmaxCrossEntropy,
} from "pinfer";

/** Which way an arrow points, from 24 pictures: shifted, brightened and sprinkled anew every time they are shown. */
export default defineExperiment({
  name: "arrows",
  seed: 1,
  data: () => imageFolder("images/", { size: [12, 12], test: 0.25 }),
  augment: [imageShift(1, { fill: 0.9 }), imageBrightness(0.1), imageNoise(0.05)],
  network: [flatten(), dense(16), relu(), dense(4), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.005 }),
  epochs: 60,
  batchSize: 8,
  metrics: [accuracy],
});
