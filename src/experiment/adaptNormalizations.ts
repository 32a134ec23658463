import { UserError } from "../base/errors.js";
import { Tensor } from "../base/tensor.js";
import { forEachBatch } from "../train/fitting/forwardSamples.js";
import type { Normalization } from "../train/layers/normalization.js";
import { Signal } from "../train/layers/signal.js";
import type { Network } from "../train/network/network.js";

/**
 * Layers that normalize the network's input, or what signal blocks make of it, take its statistics.
 *
 * @param inputs [samples, ...network.inputShape]
 * @throws UserError naming a layer that normalizes what is trained
 */
export function adaptNormalizations(network: Network, inputs: Tensor): void {
  const { layers, connections } = network;
  const behindSignals = new Map<Normalization, { readonly source: number; readonly values: Tensor }>();
  for (const [index, layer] of layers.entries()) {
    if (layer.kind !== "normalization") continue;
    const [source] = connections[index];
    if (source === 0) {
      layer.adapt(inputs);
    } else if (isFixed(network, source)) {
      const { outputShape } = layers[source - 1];
      const values = Tensor.zeros([inputs.shape[0], ...outputShape], network.dtype);
      behindSignals.set(layer, { source, values });
    } else {
      throw new UserError(
        `layer "${layer.name}" normalizes what another layer gives; it takes the network's input, or signal blocks of it`,
        "put it first, or use batchNorm()",
      );
    }
  }
  if (behindSignals.size === 0) return;
  let sample = 0;
  forEachBatch(network, inputs, (activations) => {
    for (const { source, values } of behindSignals.values())
      values.data.set(activations[source].data, (sample * values.data.length) / inputs.shape[0]);
    sample += activations[0].shape[0];
  });
  for (const [layer, { values }] of behindSignals) layer.adapt(values);
}

/** Whether nothing that is trained makes an activation: the input, and what signal blocks give of it. */
function isFixed(network: Network, activation: number): boolean {
  const layer = network.layers[activation - 1];
  if (layer === undefined) return true;
  const stays = layer instanceof Signal || layer.kind === "flatten" || layer.kind === "reshape";
  return stays && network.connections[activation - 1].every((source) => isFixed(network, source));
}
