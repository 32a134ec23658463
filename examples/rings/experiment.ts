import {
  accuracy,
  adam,
  type Dataset,
  defineExperiment,
  defineSearch,
  dense,
  Random,
  relu,
  softmax,
  softmaxCrossEntropy,
  Tensor,
} from "pinfer";

/** Points on three rings around each other: by turns class 0, 1 and 0 again. */
function rings(samples: number, seed: number): Dataset {
  const random = new Random(seed);
  const inputs = Tensor.zeros([samples, 2], "float32");
  const targets = new Uint8Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const ring = sample % 3;
    const radius = 1 + ring + 0.15 * random.normal();
    const angle = 2 * Math.PI * random.uniform();
    inputs.data.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * sample);
    targets[sample] = ring % 2;
  }
  return { inputs, targets, inputNames: ["x", "y"] };
}

const experiment = defineExperiment({
  name: "rings",
  seed: 1,
  data: { train: rings(600, 1), validation: rings(300, 2), test: rings(600, 3) },
  network: [dense(16), relu(), dense(8), relu(), dense(2), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  epochs: 60,
  batchSize: 16,
  metrics: [accuracy],
});
export default experiment;

/** How wide and how deep it has to be: `pinfer search examples/rings/experiment.ts`. */
export const search = defineSearch({
  vary: { width: [4, 8, 12, 16, 24], depth: [1, 2], rate: [0.01, 0.03] },
  candidate: ({ width, depth, rate }) => ({
    network: [...Array.from({ length: depth }, () => [dense(width), relu()]).flat(), dense(2), softmax()],
    optimizer: adam({ learningRate: rate }),
  }),
});
