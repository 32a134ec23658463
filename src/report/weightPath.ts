import type { Network } from "../train/network/network.js";

/** Layers that pass each value on by itself: they change no path. */
const transparent = new Set([
  "relu",
  "relu6",
  "leakyRelu",
  "sigmoid",
  "tanh",
  "hardSigmoid",
  "hardSwish",
  "step",
  "linear",
  "dropout",
  "flatten",
  "reshape",
  "softmax",
]);

/**
 * How strongly inputs are joined to outputs: the sum over all paths from the one to the other of the product of the
 * absolute weights on the path, |W_L| · … · |W_1|. It looks at weights only: inputs of unlike size need unlike weights.
 *
 * Source: Garson 1991, AI Expert 6(4), in the product form of Olden and Jackson 2002, Ecological Modelling 154, with
 * absolute values.
 *
 * @returns one sum for each input over all outputs, or undefined unless the network is a chain of dense layers and
 *   activations
 */
export function weightPath(network: Network): Float64Array | undefined {
  const isChain = network.connections.every(
    ([input, ...more], index) => input === index && more.length === 0,
  );
  if (!isChain) return undefined;
  let strength: Float64Array | undefined;
  for (const layer of [...network.layers].reverse()) {
    if (layer.kind === "dense") {
      const { data, shape } = layer.weights.value;
      const [units, inputs] = shape;
      const after = strength ?? new Float64Array(units).fill(1);
      const before = new Float64Array(inputs);
      for (let unit = 0; unit < units; unit++) {
        for (let input = 0; input < inputs; input++) {
          before[input] += Math.abs(data[unit * inputs + input]) * after[unit];
        }
      }
      strength = before;
    } else if (!transparent.has(layer.kind)) {
      return undefined;
    }
  }
  return strength;
}
