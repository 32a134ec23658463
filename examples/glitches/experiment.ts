import {
  accuracy,
  adam,
  type Dataset,
  defineExperiment,
  dense,
  relu,
  softmax,
  softmaxCrossEntropy,
  spirals,
} from "pinfer";

/** One sample in 200 is a glitch of the sensor, twenty times as far out. */
function withGlitches({ inputs, targets }: Dataset): Dataset {
  for (let sample = 199; sample < inputs.shape[0]; sample += 200) {
    inputs.data[2 * sample] *= 20;
    inputs.data[2 * sample + 1] *= 20;
  }
  return { inputs, targets };
}

/**
 * Two spirals, measured by a sensor that sometimes errs. The glitches stretch the ranges from which int8 steps are
 * chosen, so that quantizing after training loses much; training on with the device's rounding gets it back.
 */
export default defineExperiment({
  name: "glitches",
  seed: 3,
  data: () => ({ train: withGlitches(spirals(2000, { seed: 1 })), test: spirals(1000, { seed: 2 }) }),
  network: [dense(16), relu(), dense(16), relu(), dense(2), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: (epoch) => (epoch < 40 ? 0.01 : 0.002) }),
  epochs: 60,
  batchSize: 32,
  metrics: [accuracy],
  quantize: { samples: 2000, aware: { epochs: 20, learningRate: 0.001 } },
});
