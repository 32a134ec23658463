import { isOutput, isState } from "../network/ports.js";
import type { QuantizedLayer, QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { LayerChange, NetworkPass } from "./networkPass.js";

/** One place of a network rewritten; undefined where there is none left. */
export type RewriteOnce = (
  network: QuantizedNetwork,
) => { readonly network: QuantizedNetwork; readonly change: LayerChange } | undefined;

/** A pass that rewrites place after place: each rewrite takes a layer away or makes the next one possible. */
export function repeat(rewrite: RewriteOnce): NetworkPass {
  return (network) => {
    const changes: LayerChange[] = [];
    let current = network;
    for (let next = rewrite(current); next; next = rewrite(current)) {
      changes.push(next.change);
      current = next.network;
    }
    return { network: current, changes };
  };
}

/** What stands in a layer's place: undefined for nothing. */
export type Replacement = readonly [layer: QuantizedLayer, by: QuantizedLayer | undefined];

export function replaceLayers(
  network: QuantizedNetwork,
  replacements: readonly Replacement[],
): QuantizedNetwork {
  const by = new Map(replacements);
  const layers = network.layers.flatMap((layer) => {
    const replacement = by.has(layer) ? by.get(layer) : layer;
    return replacement ? [replacement] : [];
  });
  return { ...network, layers };
}

/** Whether one layer alone uses a tensor, so that it need not exist for others: the next run may read a state too. */
export function hasOneReader(network: QuantizedNetwork, tensor: number): boolean {
  const readers = network.layers.filter(({ inputs }) => inputs.includes(tensor));
  return readers.length === 1 && !isOutput(network, tensor) && !isState(network, tensor);
}

export function producerOf(network: QuantizedNetwork, tensor: number): QuantizedLayer | undefined {
  return network.layers.find(({ output }) => output === tensor);
}

/**
 * The network without a layer that passes its values on as they are: its producer writes where it wrote, or its readers
 * read what it read. undefined where neither can be: the network's input must become its output.
 */
export function bypass(network: QuantizedNetwork, layer: QuantizedLayer): QuantizedNetwork | undefined {
  const input = layer.inputs[0]!;
  const producer = producerOf(network, input);
  if (producer && hasOneReader(network, input)) {
    return replaceLayers(network, [
      [producer, { ...producer, output: layer.output }],
      [layer, undefined],
    ]);
  }
  if (isOutput(network, layer.output)) return undefined;
  const layers = network.layers
    .filter((other) => other !== layer)
    .map((other) =>
      other.inputs.includes(layer.output)
        ? { ...other, inputs: other.inputs.map((tensor) => (tensor === layer.output ? input : tensor)) }
        : other,
    );
  return { ...network, layers };
}
