import {
  accuracy,
  defineExperiment,
  dense,
  meanSquaredError,
  numpyNormal,
  sgd,
  sigmoid,
  Tensor,
} from "pinfer";

const weights = numpyNormal(1);

/** Four people, by how far their weight and height are from an average, and whether they are of the first group. */
const people = {
  inputs: Tensor.from([4, 2], [-2, -1, 25, 6, 17, 4, -15, -6], "float64"),
  targets: Tensor.from([4, 1], [1, 0, 0, 1], "float64"),
};

/** A 2-2-1 network of sigmoids with biases learns by gradient descent, sample by sample, on the mean squared error. */
export default defineExperiment({
  name: "neurons",
  seed: 1,
  dtype: "float64",
  data: { train: people, test: people },
  network: [dense(2, { weights }), sigmoid(), dense(1, { weights }), sigmoid()],
  loss: meanSquaredError(),
  optimizer: sgd({ learningRate: 0.1 }),
  epochs: 1000,
  batchSize: 1,
  shuffle: false,
  metrics: [accuracy],
});
