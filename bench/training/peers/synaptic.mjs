// synaptic: activate and propagate, which is its own optimized code path for each network.
import synaptic from "synaptic";
import { samplesOf, workloads } from "../workloads.mjs";
import { answer } from "./answer.mjs";

const { inputs, labels, count } = await samplesOf(workloads[process.argv[2]]);
const network = new synaptic.Architect.Perceptron(2, 4, 1);
const samples = Array.from({ length: count }, (_, k) => ({
  input: [inputs[2 * k], inputs[2 * k + 1]],
  target: [labels[k]],
}));
const rounds = 20;
await answer(rounds * count, () => {
  for (let round = 0; round < rounds; round++) {
    for (const { input, target } of samples) {
      network.activate(input);
      network.propagate(0.3, target);
    }
  }
});
