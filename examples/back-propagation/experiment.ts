import {
  defineExperiment,
  dense,
  fixedWeights,
  meanSquaredError,
  sgd,
  sigmoid,
  squaredError,
  Tensor,
} from "pinfer";

const sample = {
  inputs: Tensor.from([1, 2], [0.35, 0.9], "float64"),
  targets: Tensor.from([1, 1], [0.5], "float64"),
};

/**
 * Back-propagation worked through: a 2-2-1 network of sigmoids without biases, 100 steps on one sample by
 * ½(target − output)². The hidden layer's derivative goes through the output's weights as they are before their step.
 * broadcastMistake.ts is the same with a mistake in it that is hard to see.
 */
export default defineExperiment({
  name: "back-propagation",
  seed: 1,
  dtype: "float64",
  data: { train: sample, test: sample },
  network: [
    dense(2, {
      bias: false,
      weights: fixedWeights([
        [0.1, 0.8],
        [0.4, 0.6],
      ]),
    }),
    sigmoid(),
    dense(1, { bias: false, weights: fixedWeights([[0.3, 0.9]]) }),
    sigmoid(),
  ],
  loss: meanSquaredError({ halved: true }),
  optimizer: sgd({ learningRate: 1 }),
  epochs: 100,
  batchSize: 1,
  metrics: [squaredError],
});
