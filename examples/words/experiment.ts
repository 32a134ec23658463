import {
  accuracy,
  adam,
  audioFeatures,
  conv2d,
  defineExperiment,
  dense,
  dropout,
  globalAveragePool2d,
  relu,
  reshape,
  softmax,
  softmaxCrossEntropy,
  soundFolder,
} from "pinfer";

const sounds = (part: string) => soundFolder(`data/${part}/`, { rate: 16_000, seconds: 1 }).train;

/**
 * Words from raw samples: the same integers make the features of training, host and device. `node makeWords.mjs` beside this
 * file makes the sounds with flite: synthetic speech, of which one speed is kept for the test. A network that knows these
 * voices knows no people (with one of the four kept for the test, about half of its words are told); record yours (a folder for each word) where that shall be.
 */
export default defineExperiment({
  name: "words",
  seed: 1,
  data: () => ({ train: sounds("train"), test: sounds("test") }),
  network: [
    audioFeatures({ preset: "microSpeech" }),
    reshape([49, 40, 1]),
    conv2d(12, [5, 8], { stride: 2, padding: "same" }),
    relu(),
    conv2d(24, 3, { stride: 2, padding: "same" }),
    relu(),
    dropout(0.2),
    conv2d(24, 3, { padding: "same" }),
    relu(),
    globalAveragePool2d(),
    dense(5),
    softmax(),
  ],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.003 }),
  epochs: 20,
  batchSize: 16,
  metrics: [accuracy],
});
