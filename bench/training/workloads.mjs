/**
 * What is trained. Layers are said in plain data that each program translates into its own; all train in float32 with
 * Adam at its usual settings. The smallest is trained by plain gradient descent, sample by sample in the given order, in
 * float64 where the program can, as synaptic and brain.js do.
 *
 * @typedef {{ name: string, input: number[], classes: number, batch: number, data: "digits" | "noise", layers: object[] }} Workload
 */

const dense = (units) => ({ kind: "dense", units });
const relu = { kind: "relu" };
const batchNorm = { kind: "batchNorm" };
const conv = (channels, size, stride = 1) => ({ kind: "conv2d", channels, size, stride });
const depthwise = (size) => ({ kind: "depthwise", size });
const pool = { kind: "maxPool" };
const flatten = { kind: "flatten" };

const mlp = [dense(128), relu, dense(10)];

const cnn = [conv(8, [3, 3]), relu, pool, conv(16, [3, 3]), relu, pool, flatten, dense(10)];

/** The network of MLPerf Tiny for keywords, without dropout. */
const keywords = [
  conv(64, [10, 4], 2),
  batchNorm,
  relu,
  ...[1, 2, 3, 4].flatMap(() => [depthwise([3, 3]), batchNorm, relu, conv(64, [1, 1]), batchNorm, relu]),
  { kind: "globalAverage" },
  dense(12),
];

/** @type {Readonly<Record<string, Workload>>} */
export const workloads = {
  mlp32: {
    name: "MLP 784-128-10, batch 32, MNIST",
    input: [784],
    classes: 10,
    batch: 32,
    data: "digits",
    layers: mlp,
  },
  mlp128: {
    name: "MLP 784-128-10, batch 128, MNIST",
    input: [784],
    classes: 10,
    batch: 128,
    data: "digits",
    layers: mlp,
  },
  noise32: {
    name: "the same, batch 32, no zero inputs",
    input: [784],
    classes: 10,
    batch: 32,
    data: "noise",
    layers: mlp,
  },
  noise128: {
    name: "the same, batch 128, no zero inputs",
    input: [784],
    classes: 10,
    batch: 128,
    data: "noise",
    layers: mlp,
  },
  cnn: {
    name: "small CNN, batch 32, MNIST",
    input: [28, 28, 1],
    classes: 10,
    batch: 32,
    data: "digits",
    layers: cnn,
  },
  kws: {
    name: "depthwise-separable CNN, batch 32",
    input: [49, 10, 1],
    classes: 12,
    batch: 32,
    data: "noise",
    layers: keywords,
  },
  gru: {
    name: "GRU of 32 on 128 x 6, batch 32",
    input: [128, 6],
    classes: 6,
    batch: 32,
    data: "noise",
    layers: [{ kind: "gru", units: 32 }, dense(6)],
  },
  lstm: {
    name: "LSTM of 32 on 128 x 6, batch 32",
    input: [128, 6],
    classes: 6,
    batch: 32,
    data: "noise",
    layers: [{ kind: "lstm", units: 32 }, dense(6)],
  },
  xor: {
    name: "2-4-1 sigmoid, XOR, plain descent sample by sample, float64",
    input: [2],
    classes: 1,
    batch: 1,
    data: "xor",
    layers: [],
  },
};

/** Samples that a program cycles through, as plain arrays. */
export async function samplesOf({ input, classes, data }) {
  if (data === "xor") {
    const count = 1024;
    return {
      inputs: Float32Array.from({ length: 2 * count }, (_, k) => [0, 0, 0, 1, 1, 0, 1, 1][k % 8]),
      labels: Float32Array.from({ length: count }, (_, k) => [0, 1, 1, 0][k % 4]),
      count,
    };
  }
  const size = input.reduce((product, axis) => product * axis, 1);
  // Fewer digits would be known by heart after a second, and their gradients vanish into slow tiny numbers.
  const count = data === "digits" ? 16_384 : 2048;
  if (data === "digits") {
    const { mnist } = await import("../../dist/src/index.js");
    const { train } = await mnist();
    return {
      inputs: Float32Array.from(train.inputs.data.subarray(0, count * size)),
      labels: Int32Array.from(train.targets.subarray(0, count)),
      count,
    };
  }
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  return {
    inputs: Float32Array.from({ length: count * size }, () => 2 * next() - 1),
    labels: Int32Array.from({ length: count }, () => Math.floor(next() * classes)),
    count,
  };
}
