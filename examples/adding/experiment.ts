import {
  adam,
  type Dataset,
  defineExperiment,
  dense,
  lstm,
  meanSquaredError,
  Random,
  rSquared,
  Tensor,
} from "pinfer";

const steps = 24;

/** Series of numbers of 0..1, two of which are marked: one in each half. The target is the sum of the two. */
function adding(samples: number, seed: number): Dataset {
  const random = new Random(seed);
  const inputs = Tensor.zeros([samples, steps, 2], "float32");
  const targets = Tensor.zeros([samples, 1], "float32");
  for (let sample = 0; sample < samples; sample++) {
    const start = sample * steps;
    for (let t = 0; t < steps; t++) inputs.data[2 * (start + t)] = random.uniform();
    for (const half of [0, steps / 2]) {
      const marked = start + half + Math.floor((random.uniform() * steps) / 2);
      inputs.data[2 * marked + 1] = 1;
      targets.data[sample] += inputs.data[2 * marked];
    }
  }
  return { inputs, targets };
}

/**
 * The adding problem: what a layer must remember over many steps while other numbers come by. To say 1 whatever comes has a
 * mean squared error of 1/6.
 *
 * Source: Hochreiter and Schmidhuber 1997, Neural Computation 9, experiment 4.
 */
export default defineExperiment({
  name: "adding",
  seed: 1,
  data: () => ({ train: adding(1000, 1), test: adding(500, 2) }),
  network: [lstm(16), dense(1)],
  loss: meanSquaredError(),
  optimizer: adam({ learningRate: 0.01 }),
  clipGradients: { norm: 1 },
  epochs: 30,
  batchSize: 16,
  metrics: [rSquared],
});
