import {
  accuracy,
  adam,
  type Dataset,
  defineExperiment,
  dense,
  type Experiment,
  Random,
  relu,
  softmax,
  softmaxCrossEntropy,
  Tensor,
} from "pinfer";

/** Points of the plane, inside a circle or around it: no line parts them. */
function ring(samples: number, seed: number): Dataset {
  const random = new Random(seed);
  const inputs = Tensor.zeros([samples, 2], "float32");
  const targets = new Uint8Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const isOutside = sample % 2;
    const radius = (isOutside ? 2 : 0.7) + 0.25 * random.normal();
    const angle = 2 * Math.PI * random.uniform();
    inputs.data.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * sample);
    targets[sample] = isOutside;
  }
  return { inputs, targets, inputNames: ["x", "y"], classNames: ["inside", "outside"] };
}

/**
 * One hidden neuron draws a line, two a strip; three close the shape, and more make it round:
 * `pinfer train examples/decision-boundary/three-neurons.ts --report three.html --live` shows it as it moves.
 */
export function ringExperiment(name: string, hiddenNeurons: number, seed: number): Experiment {
  return defineExperiment({
    name,
    seed,
    data: { train: ring(300, 1), test: ring(500, 2) },
    network: [dense(hiddenNeurons), relu(), dense(2), softmax()],
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.02 }),
    epochs: 60,
    batchSize: 16,
    metrics: [accuracy],
  });
}
