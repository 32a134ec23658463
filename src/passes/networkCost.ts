import { elementCount } from "../base/tensor.js";
import type { QuantizedLayer, QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { NetworkCost } from "./networkPass.js";

/** Multiply-accumulates of a layer, those on padding included. */
export function layerMacs(layer: QuantizedLayer, network: QuantizedNetwork): number {
  if (!("weights" in layer)) return 0;
  if (layer.kind === "fullyConnected") return (layer.rows ?? 1) * layer.weights.length;
  const positions = elementCount(network.tensors[layer.output]!.shape) / layer.bias.length;
  return positions * layer.weights.length;
}

/** What a network takes, whatever it runs on. */
export function networkCost(network: QuantizedNetwork): NetworkCost {
  let [channels, macs, weightBytes] = [0, 0, 0];
  for (const layer of network.layers) {
    if (!("weights" in layer)) continue;
    channels += layer.bias.length;
    macs += layerMacs(layer, network);
    weightBytes += layer.weights.byteLength + layer.bias.byteLength;
  }
  const layers = network.layers.filter(({ kind }) => kind !== "reshape").length;
  return { layers, channels, macs, weightBytes };
}
