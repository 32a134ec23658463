import { quantizationOf } from "../network/quantization.js";
import type { QuantizedNetwork, QuantizedTensor } from "../network/quantizedNetwork.js";
import { channelNeeds, foldableInputs } from "./channelNeeds.js";
import {
  accumulatorRanges,
  type ChannelRanges,
  channelCount,
  channelRanges,
  isConstant,
  type WeightedLayer,
} from "./channelRanges.js";
import type { LayerChange, PassResult } from "./networkPass.js";

/** For each tensor, the channels that are left, by their numbers before. */
export type KeptChannels = readonly (readonly number[])[];

export interface ConstantChannelsResult extends PassResult {
  readonly kept: KeptChannels;
}

/**
 * Takes out output channels that always hold the same value, and those that nothing reads, with all that only they
 * need: through depthwise convolutions, pooling and everything element by element, and out of the weights of the
 * layers behind. A constant's share of a sum goes into the bias.
 *
 * "Always" is proven by interval arithmetic over the actual weights, biases, factors and clamps. A constant other than
 * the zero point stays where windows hang over the image's edge: padding holds the zero point, so border values differ.
 */
export function removeConstantChannels(network: QuantizedNetwork): ConstantChannelsResult {
  const ranges = channelRanges(network);
  const needs = channelNeeds(network, ranges);
  const kept = needs.map((channels) => channels.flatMap((isNeeded, channel) => (isNeeded ? [channel] : [])));
  const tensors = network.tensors.map((tensor, index) => narrowTensor(tensor, kept[index]!.length));
  const layers = network.layers.map((layer) =>
    "weights" in layer ? narrowWeights(layer, network, ranges, kept) : layer,
  );
  const changes = network.layers.flatMap((layer, index): LayerChange[] => {
    if (!("weights" in layer)) return [];
    const [before, after] = [layer.bias.length, (layers[index] as WeightedLayer).bias.length];
    const [inBefore, inAfter] = [
      channelCount(network.tensors[layer.inputs[0]!]!),
      kept[layer.inputs[0]!]!.length,
    ];
    if (before === after && inBefore === inAfter) return [];
    const outputs = before === after ? `${after} outputs` : `${before} → ${after} outputs`;
    const inputs = inBefore === inAfter ? "" : `, ${inBefore} → ${inAfter} inputs`;
    return [{ layer: layer.name, what: outputs + inputs }];
  });
  return { network: { ...network, tensors, layers }, changes, kept };
}

function narrowTensor(tensor: QuantizedTensor, channels: number): QuantizedTensor {
  // a tensor that no layer uses stays as it is
  if (channels === 0 || channels === channelCount(tensor)) return tensor;
  return { ...tensor, shape: [...tensor.shape.slice(0, -1), channels] };
}

function pick<T>(values: readonly T[], places: readonly number[]): T[] {
  return places.map((place) => values[place]!);
}

function narrowWeights(
  layer: WeightedLayer,
  network: QuantizedNetwork,
  ranges: readonly ChannelRanges[],
  kept: KeptChannels,
): WeightedLayer {
  const input = layer.inputs[0]!;
  const inputRanges = ranges[input]!;
  const inChannels = inputRanges.length;
  const outChannels = layer.bias.length;
  const isChannelRow = ranges[layer.output]!.length === outChannels;
  const outputs = isChannelRow ? kept[layer.output]! : Array.from(layer.bias, (_, o) => o);
  const isKept = new Set(kept[input]);
  if (outputs.length === outChannels && isKept.size === inChannels) return layer;

  const weightScales =
    layer.weightScales.length === 1 ? layer.weightScales : pick(layer.weightScales, outputs);
  if (layer.kind === "depthwiseConvolution") {
    const taps = layer.weights.length / outChannels;
    const rows = Array.from({ length: taps }, (_, tap) =>
      outputs.map((o) => layer.weights[tap * outChannels + o]!),
    );
    const bias = Int32Array.from(outputs, (o) => layer.bias[o]!);
    return { ...layer, weights: Int8Array.from(rows.flat()), weightScales, bias };
  }
  const { zeroPoint } = quantizationOf(network.tensors[input]!);
  const foldable = foldableInputs(layer, network, inputRanges);
  const accumulators = accumulatorRanges(layer, network.tensors[input]!, inputRanges);
  const width = layer.weights.length / outChannels;
  const weights = new Int8Array(outputs.length * (width / inChannels) * isKept.size);
  let next = 0;
  const bias = Int32Array.from(outputs, (o) => {
    // one that is always the same needs no input: any accumulator it can have gives its value
    const isSame = isChannelRow && isConstant(ranges[layer.output]![o]!);
    let sum = layer.bias[o]!;
    for (let place = 0; place < width; place++) {
      const [i, weight] = [place % inChannels, layer.weights[o * width + place]!];
      if (isKept.has(i)) weights[next++] = isSame ? 0 : weight;
      else if (foldable[i]) sum += weight * (inputRanges[i]!.min - zeroPoint);
    }
    return isSame ? accumulators[o]!.min : sum;
  });
  return { ...layer, weights, weightScales, bias };
}
