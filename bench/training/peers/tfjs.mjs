// TensorFlow.js: tensors are made before, one step is optimizer.minimize; argv[3] is the backend, cpu or wasm.
import * as tf from "@tensorflow/tfjs";
import { samplesOf, workloads } from "../workloads.mjs";
import { answer } from "./answer.mjs";

const backend = process.argv[3];
if (backend === "wasm") await import("@tensorflow/tfjs-backend-wasm");
await tf.setBackend(backend);
await tf.ready();

const { layers } = tf;
const translate = {
  dense: ({ units }) => layers.dense({ units }),
  relu: () => layers.reLU(),
  batchNorm: () => layers.batchNormalization(),
  conv2d: ({ channels, size, stride }) =>
    layers.conv2d({ filters: channels, kernelSize: size, strides: stride, padding: "same" }),
  depthwise: ({ size }) => layers.depthwiseConv2d({ kernelSize: size, padding: "same" }),
  maxPool: () => layers.maxPooling2d({ poolSize: 2 }),
  flatten: () => layers.flatten(),
  globalAverage: () => layers.globalAveragePooling2d({}),
};

const workload = workloads[process.argv[2]];
const { inputs, labels, count } = await samplesOf(workload);
const isSmallest = workload.layers.length === 0;
const input = tf.input({ shape: workload.input });
const output = isSmallest
  ? layers
      .dense({ units: 1, activation: "sigmoid" })
      .apply(layers.dense({ units: 4, activation: "sigmoid" }).apply(input))
  : workload.layers.reduce((latest, layer) => translate[layer.kind](layer).apply(latest), input);
const model = tf.model({ inputs: input, outputs: output });
const optimizer = isSmallest ? tf.train.sgd(0.3) : tf.train.adam();
const size = workload.input.reduce((product, axis) => product * axis, 1);
const { batch } = workload;
const batches = Array.from({ length: count / batch }, (_, index) => ({
  x: tf.tensor(inputs.slice(index * batch * size, (index + 1) * batch * size), [batch, ...workload.input]),
  y: isSmallest
    ? tf.tensor(labels.slice(index, index + 1), [1, 1])
    : tf
        .oneHot(tf.tensor1d(labels.slice(index * batch, (index + 1) * batch), "int32"), workload.classes)
        .toFloat(),
}));
const loss = isSmallest
  ? (y, prediction) => tf.losses.meanSquaredError(y, prediction)
  : (y, prediction) => tf.losses.softmaxCrossEntropy(y, prediction);

let next = 0;
await answer(batch, () => {
  const { x, y } = batches[next++ % batches.length];
  optimizer.minimize(() => loss(y, model.apply(x, { training: true })));
});
