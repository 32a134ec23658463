import type {
  QuantizedConcatenation,
  QuantizedLayer,
  QuantizedNetwork,
} from "../network/quantizedNetwork.js";
import { mostJoinedInputs } from "./planConcatenation.js";

/**
 * The same network with concatenations of no more inputs than a kernel takes: longer ones become parts of that many,
 * which are joined in turn, so that a value is copied once more for each time that the number of inputs is four times
 * as large. One of a single input is a reshape.
 */
export function splitConcatenations(network: QuantizedNetwork): QuantizedNetwork {
  const tensors = [...network.tensors];
  const join = (layer: QuantizedConcatenation): QuantizedLayer[] => {
    if (layer.inputs.length === 1) {
      return [{ kind: "reshape", name: layer.name, inputs: layer.inputs, output: layer.output }];
    }
    if (layer.inputs.length <= mostJoinedInputs) return [layer];
    const parts: QuantizedConcatenation[] = [];
    const joined: number[] = [];
    for (let start = 0; start < layer.inputs.length; start += mostJoinedInputs) {
      const inputs = layer.inputs.slice(start, start + mostJoinedInputs);
      if (inputs.length === 1) {
        joined.push(...inputs);
        continue;
      }
      const name = `${layer.name} (inputs ${start} to ${start + inputs.length - 1})`;
      const size = inputs.reduce((sum, input) => sum + tensors[input]!.shape[layer.axis]!, 0);
      const { shape, ...rest } = tensors[layer.output]!;
      joined.push(tensors.push({ ...rest, name, shape: shape.with(layer.axis, size) }) - 1);
      parts.push({ ...layer, name, inputs, output: joined.at(-1)! });
    }
    return [...parts, ...join({ ...layer, inputs: joined })];
  };
  const layers = network.layers.flatMap((layer) => (layer.kind === "concatenation" ? join(layer) : [layer]));
  return { ...network, tensors, layers };
}
