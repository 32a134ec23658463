import type { QuantizedLayer, QuantizedNetwork } from "../network/quantizedNetwork.js";
import { tensorBytes } from "./planMemory.js";

/**
 * Bytes of activations that no plan avoids while a layer runs: what is there before it, or after it, whichever is more,
 * its output in its input's place.
 */
function liveBytes(network: QuantizedNetwork): number[] {
  const { layers } = network;
  const born = new Map<number, number>(network.inputs.map(({ tensor }) => [tensor, -1]));
  const lastUse = new Map<number, number>();
  for (const [index, layer] of layers.entries()) {
    for (const input of layer.inputs) lastUse.set(input, index);
    born.set(layer.output, index);
  }
  for (const { tensor } of network.outputs) lastUse.set(tensor, layers.length);
  return layers.map((_, index) => {
    let [before, after] = [0, 0];
    for (const [tensor, birth] of born) {
      const bytes = tensorBytes(network.tensors[tensor]!);
      const last = lastUse.get(tensor) ?? birth;
      if (birth < index && last >= index) before += bytes;
      if (birth <= index && last > index) after += bytes;
    }
    return Math.max(before, after);
  });
}

/**
 * Bytes of scratch with which a layer's call takes little more than activations do where they are most: a fifth of that.
 */
export function scratchRoom(network: QuantizedNetwork, layer: QuantizedLayer): number {
  const live = liveBytes(network);
  const most = Math.max(...live);
  return Math.floor(most * 1.2) - live[network.layers.indexOf(layer)]!;
}
