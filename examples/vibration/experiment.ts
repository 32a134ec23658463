import {
  accuracy,
  adam,
  concatenate,
  defineExperiment,
  dense,
  flatten,
  relu,
  softmax,
  softmaxCrossEntropy,
  spectrum,
  standardize,
  statistics,
} from "pinfer";
import { motorWindows } from "./motor.js";

/**
 * What is wrong with a motor, from its raw vibration: statistics and bands of the spectrum are computed by the same integers in
 * training and on the device. The data are synthetic (motor.ts), so the accuracy is one of this generator and of no motor.
 */
export default defineExperiment({
  name: "vibration",
  seed: 1,
  data: () => ({ train: motorWindows(900, 1), test: motorWindows(300, 2) }),
  network: (input) => {
    const shape = standardize()(statistics(["rms", "skew", "kurtosis", "crest", "zeroCrossings"])(input));
    const tones = standardize()(flatten()(spectrum({ length: 128, combine: "mean", bands: 16 })(input)));
    return softmax()(dense(3)(relu()(dense(16)(concatenate(shape, tones)))));
  },
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.005 }),
  epochs: 12,
  batchSize: 16,
  metrics: [accuracy],
});
