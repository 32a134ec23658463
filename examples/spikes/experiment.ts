import {
  accuracy,
  adam,
  type Dataset,
  defineExperiment,
  defineFunction,
  defineKernel,
  dense,
  flatten,
  Random,
  softmax,
  softmaxCrossEntropy,
  Tensor,
} from "pinfer";

/** x · tanh(ln(1 + eˣ)): smooth where a ReLU bends. Source: Misra 2019, arXiv:1908.08681. */
const mish = defineFunction({ name: "mish", value: (x) => x * Math.tanh(Math.log1p(Math.exp(x))) });

/** Where the middle one of three values that stand `channels` apart lies. */
function middleOf(input: ArrayLike<number>, at: number, channels: number): number {
  const places = [at, at + channels, at + 2 * channels];
  return places.sort((a, b) => input[a] - input[b])[1];
}

/** Each value becomes the median of itself and the next two: one that is far off between others disappears. */
const medianOfThree = defineKernel({
  kernel: "medianOfThree.ts",
  outputShape: ([length, channels]) => [length - 2, channels],
  forward(input, output, { inputShape: [, channels] }) {
    for (let i = 0; i < output.length; i++) output[i] = input[middleOf(input, i, channels)];
  },
  backward(input, outputGradient, inputGradient, { inputShape: [, channels] }) {
    for (let i = 0; i < outputGradient.length; i++)
      inputGradient[middleOf(input, i, channels)] += outputGradient[i];
  },
  keepsFormat: true,
  settle: ({ outputShape: [length, channels] }) => ({ length, channels }),
});

const length = 32;

/** A machine's vibration, slow or fast, from a sensor whose wire is loose: some values are far off. */
function vibration(samples: number, seed: number): Dataset {
  const random = new Random(seed);
  const inputs = Tensor.zeros([samples, length, 1], "float32");
  const targets = Int32Array.from({ length: samples }, (_, sample) => sample % 2);
  for (let sample = 0; sample < samples; sample++) {
    const [turns, phase] = [targets[sample] === 0 ? 2 : 3, random.uniform()];
    for (let t = 0; t < length; t++) {
      const angle = 2 * Math.PI * (phase + (turns * t) / length);
      const spike = random.uniform() < 0.1 ? (random.uniform() < 0.5 ? -3 : 3) : 0;
      inputs.data[sample * length + t] = Math.sin(angle) + 0.1 * random.normal() + spike;
    }
  }
  return { inputs, targets, classNames: ["slow", "fast"] };
}

/** Slow or fast? */
export default defineExperiment({
  name: "spikes",
  seed: 1,
  data: () => ({ train: vibration(600, 1), test: vibration(400, 2) }),
  network: [medianOfThree(), flatten(), dense(12), mish(), dense(2), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  epochs: 30,
  batchSize: 16,
  metrics: [accuracy],
});
