import { type FloatArray, Tensor } from "../../base/tensor.js";
import { BatchNorm } from "../layers/batchNorm.js";
import { Convolution } from "../layers/convolution.js";
import { Dense } from "../layers/dense.js";
import type { Layer } from "../layers/layerKinds.js";
import { Network } from "./network.js";

/**
 * The same network for inference, with batch normalization folded into the layer in front of it:
 *
 *   weights′[o, …] = factor[o] · weights[o, …]        factor = gamma / √(runningVariance + epsilon)
 *   bias′[o]       = factor[o] · (bias[o] − runningMean[o]) + beta[o]
 *
 * It is folded where it alone takes what a dense layer or a convolution gives; elsewhere it stays. Dropout, which does
 * nothing here, is left out. Outputs differ by rounding only.
 *
 * Source: Jacob et al. 2018, arXiv:1712.05877 §3.2, eq. 14.
 */
export function foldBatchNorm(network: Network): Network {
  const { name, inputShape, dtype, connections } = network;
  /** What an activation is once dropout is left out. */
  const sourceOf = (number: number): number =>
    network.layers[number - 1]?.kind === "dropout" ? sourceOf(connections[number - 1][0]) : number;
  const uses = connections
    .filter((_, index) => network.layers[index].kind !== "dropout")
    .flatMap((inputs) => inputs.map(sourceOf));
  const layers: Layer[] = [];
  const kept: number[][] = [];
  /** By the old number of an activation: its new one. */
  const numbers = [0];
  network.layers.forEach((layer, index) => {
    const inputs = connections[index].map((number) => numbers[number]);
    const latest = inputs[0] - 1; // the new layer in front, or −1 for the network's input
    if (layer.kind === "dropout") {
      numbers.push(inputs[0]);
      return;
    }
    const source = sourceOf(connections[index][0]);
    const isOnlyUse = uses.filter((number) => number === source).length === 1;
    const folded =
      layer instanceof BatchNorm && isOnlyUse && latest >= 0
        ? scaleChannels(layers[latest], layer.channelFactors())
        : undefined;
    if (folded !== undefined) {
      layers[latest] = folded;
      numbers.push(inputs[0]);
      return;
    }
    layers.push(layer);
    kept.push(inputs);
    numbers.push(layers.length);
  });
  return new Network(name, inputShape, dtype, layers, kept);
}

/** factor · value + offset, one of each for every channel. */
export interface ChannelFactors {
  readonly factors: Float64Array;
  readonly offsets: Float64Array;
}

/** The layer whose outputs are multiplied and added to; undefined for a layer that has no weights to take it. */
export function scaleChannels(
  layer: { readonly name: string },
  { factors, offsets }: ChannelFactors,
): Dense | Convolution | undefined {
  if (!(layer instanceof Dense || layer instanceof Convolution)) return undefined;
  const { value } = layer.weights;
  const channels = factors.length;
  const isLast = layer.kind === "depthwiseConv2d"; // [1, height, width, channels]; the others have channels first
  const weights = new Tensor(value.shape, value.data.slice());
  const each = weights.data.length / channels;
  for (let k = 0; k < weights.data.length; k++) {
    weights.data[k] *= factors[isLast ? k % channels : Math.floor(k / each)];
  }
  const bias = Tensor.zeros([channels], value.dtype);
  const before: FloatArray | undefined = layer.bias?.value.data;
  for (let c = 0; c < channels; c++) bias.data[c] = factors[c] * (before?.[c] ?? 0) + offsets[c];
  return layer instanceof Dense
    ? new Dense(layer.name, weights, bias)
    : new Convolution(
        layer.kind,
        layer.name,
        layer.inputShapes[0],
        layer.windows,
        layer.outChannels,
        weights,
        bias,
      );
}
