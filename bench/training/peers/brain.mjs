// brain.js: one call of train for many rounds over the samples; its own loop is sample by sample.
import brain from "brain.js";
import { samplesOf, workloads } from "../workloads.mjs";
import { answer } from "./answer.mjs";

const { inputs, labels, count } = await samplesOf(workloads[process.argv[2]]);
const samples = Array.from({ length: count }, (_, k) => ({
  input: [inputs[2 * k], inputs[2 * k + 1]],
  output: [labels[k]],
}));
const rounds = 20;
const network = new brain.NeuralNetwork({ hiddenLayers: [4], activation: "sigmoid", learningRate: 0.3 });
await answer(rounds * count, () =>
  network.train(samples, {
    iterations: rounds,
    errorThresh: 1e-12,
    learningRate: 0.3,
    momentum: 1e-12,
    log: false,
    errorCheckInterval: rounds,
  }),
);
