// How long the network 784-128-10 trains until it gets 97 % of MNIST's test digits right: `node bench/training/mnistSeconds.mjs`
import {
  accuracy,
  adam,
  buildNetwork,
  dense,
  fit,
  mnist,
  Random,
  relu,
  softmax,
  softmaxCrossEntropy,
} from "../../dist/src/index.js";

const target = 0.97;
const { train, test } = mnist();
const random = new Random(1);
const network = buildNetwork("mlp", [784], [dense(128), relu(), dense(10), softmax()], random);
const start = performance.now();
let judged = 0;
let reached;
await fit(network, train, {
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.002 }),
  epochs: 4,
  batchSize: 64,
  random,
  validation: test,
  metrics: [accuracy],
  onEpoch({ epoch, validation }) {
    const seconds = (performance.now() - start) / 1000;
    console.log(
      `epoch ${epoch}: ${(100 * validation.metrics.accuracy).toFixed(2)} % after ${seconds.toFixed(2)} s`,
    );
    if (validation.metrics.accuracy >= target) reached ??= seconds;
    judged = seconds;
  },
});
console.log(
  reached === undefined
    ? `not reached in ${judged.toFixed(2)} s`
    : `97 % after ${reached.toFixed(2)} s of training and judging`,
);
process.exit(reached === undefined ? 1 : 0);
