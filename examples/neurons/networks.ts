import { buildNetwork, dense, fixedWeights, type NetworkSpec, Random, sigmoid, step, Tensor } from "pinfer";

/*
 * From one neuron to a network, with weights set by hand: nothing is trained here. experiment.ts trains one.
 */

/** A network of given weights and biases, biases in the order of the layers. */
function byHand(name: string, inputs: number, layers: NetworkSpec, biases: readonly number[]) {
  const network = buildNetwork(name, [inputs], layers, new Random(0), "float64");
  let next = 0;
  for (const parameter of network.parameters()) {
    if (parameter.isWeight) continue;
    const { data } = parameter.value;
    for (let k = 0; k < data.length; k++) data[k] = biases[next++];
  }
  return (...values: number[]): number =>
    network.forward(Tensor.from([1, inputs], values, "float64")).data[0];
}

/**
 * A perceptron that decides whether to go out: is the weekend free of work, is the weather fine, is the way easy (1 or
 * 0 each) → 1 go, 0 stay. Other weights are another mind.
 */
export const decideToGo = (weights: readonly number[], threshold: number) =>
  byHand("perceptron", 3, [dense(1, { weights: fixedWeights([weights]) }), step()], [-threshold]);

/** Fine weather or an easy way suffices. */
export const goOut = decideToGo([8, 10, 1], 5);

/** A neuron with two inputs: sigmoid(0 · x₁ + 1 · x₂ + 4). */
export const neuron = byHand("neuron", 2, [dense(1, { weights: fixedWeights([[0, 1]]) }), sigmoid()], [4]);

/** Three such neurons without bias, two of them in a hidden layer. */
export const feedForward = byHand(
  "feed-forward",
  2,
  [
    dense(2, {
      weights: fixedWeights([
        [0, 1],
        [0, 1],
      ]),
    }),
    sigmoid(),
    dense(1, { weights: fixedWeights([[0, 1]]) }),
    sigmoid(),
  ],
  [0, 0, 0],
);
