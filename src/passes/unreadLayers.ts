import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { LayerChange, PassResult } from "./networkPass.js";

/** Leaves out layers of which neither the network's outputs, nor its states, nor a layer that stays needs the result. */
export function dropUnreadLayers(network: QuantizedNetwork): PassResult {
  const needed = new Set([...network.outputs, ...network.states].map(({ tensor }) => tensor));
  const changes: LayerChange[] = [];
  const layers = network.layers.toReversed().filter((layer) => {
    if (needed.has(layer.output)) {
      for (const input of layer.inputs) needed.add(input);
      return true;
    }
    changes.unshift({ layer: layer.name, what: "nothing reads it: left out" });
    return false;
  });
  return { network: changes.length === 0 ? network : { ...network, layers: layers.reverse() }, changes };
}
