import {
  accuracy,
  adam,
  cosine,
  defineExperiment,
  dense,
  type Experiment,
  moons,
  relu,
  rings,
  softmax,
  softmaxCrossEntropy,
  spirals,
} from "pinfer";

const shapes = { rings, moons, spirals };

/** Two classes of points in the plane that no line separates; two hidden layers do. */
export function shapeExperiment(name: keyof typeof shapes): Experiment {
  return defineExperiment({
    name,
    seed: 1,
    data: {
      train: shapes[name](400, { seed: 2, noise: 0.02 }),
      test: shapes[name](200, { seed: 3, noise: 0.02 }), // other points of the same kind
    },
    network: [dense(24), relu(), dense(24), relu(), dense(2), softmax()],
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: cosine(0.02, { epochs: 100 }) }),
    epochs: 100,
    batchSize: 40,
    metrics: [accuracy],
  });
}

export default shapeExperiment("spirals");
