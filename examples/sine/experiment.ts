import {
  adam,
  cosine,
  defineExperiment,
  dense,
  type Experiment,
  glorot,
  meanSquaredError,
  rootMeanSquaredError,
  sigmoid,
  Tensor,
} from "pinfer";

/** sin over one period, at `count` places from `first` on, in steps of a period / count. */
function sine(count: number, first: number) {
  const places = Array.from({ length: count }, (_, k) => (k + first) / count);
  return {
    inputs: Tensor.from(
      [count, 1],
      places.map((place) => 2 * place - 1),
    ), // −1..1
    targets: Tensor.from(
      [count, 1],
      places.map((place) => Math.sin(2 * Math.PI * place)),
    ),
  };
}

/** A continuous function by a layer of sigmoids and a linear output: the wider the layer, the smaller the error. */
export function sineExperiment(width: number): Experiment {
  return defineExperiment({
    name: `sine by ${width}`,
    seed: 1,
    data: { train: sine(64, 0), test: sine(64, 0.5) }, // tested halfway between the places it was trained at
    network: [dense(width, { weights: glorot }), sigmoid(), dense(1, { weights: glorot })],
    loss: meanSquaredError(),
    optimizer: adam({ learningRate: cosine(0.1, { epochs: 600 }) }),
    epochs: 600,
    batchSize: 16,
    metrics: [rootMeanSquaredError],
  });
}

export default sineExperiment(8);
