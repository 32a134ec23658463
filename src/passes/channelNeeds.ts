import { quantizationOf } from "../network/quantization.js";
import type { QuantizedLayer, QuantizedNetwork } from "../network/quantizedNetwork.js";
import { type ChannelRanges, channelCount, isConstant, type WeightedLayer } from "./channelRanges.js";
import { isInside, windowTaps } from "./windowTaps.js";

/** For each tensor, whether each of its channels has to stay. */
export type ChannelNeeds = readonly (readonly boolean[])[];

/** Channels of all tensors, numbered; those that can only go together are one set. */
class ChannelSets {
  readonly #starts: readonly number[];
  readonly #parents: Int32Array;
  readonly #isNeeded: Uint8Array;

  constructor(counts: readonly number[]) {
    let total = 0;
    this.#starts = counts.map((count) => {
      total += count;
      return total - count;
    });
    this.#parents = Int32Array.from({ length: total }, (_, index) => index);
    this.#isNeeded = new Uint8Array(total);
  }

  #find(tensor: number, channel: number): number {
    let node = this.#starts[tensor]! + channel;
    while (this.#parents[node] !== node) {
      this.#parents[node] = this.#parents[this.#parents[node]!]!;
      node = this.#parents[node]!;
    }
    return node;
  }

  tie(tensor: number, channel: number, otherTensor: number, otherChannel: number): void {
    const [a, b] = [this.#find(tensor, channel), this.#find(otherTensor, otherChannel)];
    this.#parents[a] = b;
    this.#isNeeded[b]! |= this.#isNeeded[a]!;
  }

  /** Whether that is news. */
  need(tensor: number, channel: number): boolean {
    const node = this.#find(tensor, channel);
    const isNews = this.#isNeeded[node] === 0;
    this.#isNeeded[node] = 1;
    return isNews;
  }

  isNeeded(tensor: number, channel: number): boolean {
    return this.#isNeeded[this.#find(tensor, channel)] === 1;
  }
}

const int32Max = 2 ** 31 - 1;

/** A layer whose outputs each read all input channels; weights [outputs, taps, input channels]. */
export type MixingLayer = Exclude<WeightedLayer, { kind: "depthwiseConvolution" }>;

/**
 * Which input channels of a layer may be taken out: those that always hold the input's zero point add nothing, and other
 * constants go into the bias where no window hangs over the image's edge (there they add less) and the bias stays int32.
 */
export function foldableInputs(
  layer: MixingLayer,
  network: QuantizedNetwork,
  inputRanges: ChannelRanges,
): boolean[] {
  const input = network.tensors[layer.inputs[0]!]!;
  const { zeroPoint } = quantizationOf(input);
  const offsets = inputRanges.map((range) => (isConstant(range) ? range.min - zeroPoint : 0));
  const width = layer.weights.length / layer.bias.length;
  const staysInt32 = layer.bias.every((bias, o) => {
    let largest = Math.abs(bias);
    for (let place = 0; place < width; place++) {
      largest += Math.abs(layer.weights[o * width + place]! * offsets[place % offsets.length]!);
    }
    return largest <= int32Max;
  });
  const isWhole =
    layer.kind === "fullyConnected" ||
    isInside(windowTaps([input.shape[0]!, input.shape[1]!], layer, layer.dilations), layer.kernelSize);
  return inputRanges.map((range, i) => isConstant(range) && (offsets[i] === 0 || (isWhole && staysInt32)));
}

/** Ties channels that a layer takes from its inputs to its output as they are; all others must stay. */
function tieChannels(layer: QuantizedLayer, network: QuantizedNetwork, sets: ChannelSets): void {
  const count = (tensor: number): number => channelCount(network.tensors[tensor]!);
  if (layer.kind === "constant") {
    for (let channel = 0; channel < count(layer.output); channel++) sets.need(layer.output, channel);
    return;
  }
  const [input, output] = [layer.inputs[0]!, layer.output];
  const [inChannels, outChannels] = [count(input), count(output)];
  const needAll = (tensor: number): void => {
    for (let channel = 0; channel < count(tensor); channel++) sets.need(tensor, channel);
  };
  const tieAll = (tensor: number, start = 0): void => {
    for (let channel = 0; channel < count(tensor); channel++)
      sets.tie(tensor, channel, output, start + channel);
  };
  switch (layer.kind) {
    case "convolution":
      return;
    case "fullyConnected":
      // a row of outputs that is no row of channels keeps its shape
      if (outChannels !== layer.bias.length) needAll(output);
      return;
    case "depthwiseConvolution":
      for (let o = 0; o < outChannels; o++) {
        sets.tie(input, Math.floor((o * inChannels) / outChannels), output, o);
      }
      return;
    case "reshape":
      if (outChannels % inChannels !== 0) break;
      for (let o = 0; o < outChannels; o++) sets.tie(input, o % inChannels, output, o);
      return;
    case "pad":
      if (layer.before.at(-1) !== 0 || layer.after.at(-1) !== 0) break;
      tieAll(input);
      return;
    case "concatenation": {
      const isAlongChannels = layer.axis === network.tensors[output]!.shape.length - 1;
      let start = 0;
      for (const part of layer.inputs) {
        tieAll(part, isAlongChannels ? start : 0);
        start += count(part);
      }
      return;
    }
    case "add":
    case "multiply":
    case "subtract":
    case "maximum":
    case "minimum":
    case "prelu":
    case "averagePool":
    case "maxPool":
    case "mean":
    case "sum":
    case "resize":
    case "lookup":
    case "requantize":
      if (layer.inputs.some((part) => count(part) !== outChannels)) break;
      for (const part of layer.inputs) tieAll(part);
      return;
    case "streamWindow":
      // one value for all channels at reset, or what stands in the file for each
      if (network.states.some(({ tensor, reset }) => tensor === output && typeof reset !== "number")) break;
      tieAll(input);
      return;
    case "audioFeatures":
    case "audioStream":
    case "biquads":
    case "decimate":
    case "spectrum":
    case "statistics":
    case "copy":
    case "detection":
    case "lstm":
    case "softmax":
    case "svdfFeatures":
    case "svdfTime":
    case "nearestCentroid":
    case "normalization":
    case "own":
    case "recurrent":
    case "squaredDistance":
    case "treeEnsemble":
      break;
  }
  for (const tensor of [...layer.inputs, output]) needAll(tensor);
}

function isMixing(layer: QuantizedLayer): layer is MixingLayer {
  return layer.kind === "convolution" || layer.kind === "fullyConnected";
}

/** Outputs of a layer that stay and are not always the same. */
function liveOutputs(layer: WeightedLayer, ranges: readonly ChannelRanges[], sets: ChannelSets): number[] {
  const outputs = ranges[layer.output]!;
  const all = Array.from(layer.bias, (_, o) => o);
  if (outputs.length !== layer.bias.length) return all;
  return all.filter((o) => !isConstant(outputs[o]!) && sets.isNeeded(layer.output, o));
}

/**
 * Which channels have to stay: those of the network's input and output, and those from which a channel that stays is
 * computed. A channel that is always the same, and that all its readers can do without, need not.
 */
export function channelNeeds(network: QuantizedNetwork, ranges: readonly ChannelRanges[]): ChannelNeeds {
  const sets = new ChannelSets(network.tensors.map(channelCount));
  for (const layer of network.layers) tieChannels(layer, network, sets);
  for (const { tensor } of [...network.inputs, ...network.outputs]) {
    for (let channel = 0; channel < ranges[tensor]!.length; channel++) sets.need(tensor, channel);
  }
  const mixing = network.layers.filter(isMixing).reverse();
  const foldable = mixing.map((layer) => foldableInputs(layer, network, ranges[layer.inputs[0]!]!));
  let isNews = true;
  while (isNews) {
    isNews = false;
    for (const [index, layer] of mixing.entries()) {
      const inChannels = ranges[layer.inputs[0]!]!.length;
      const width = layer.weights.length / layer.bias.length;
      for (const o of liveOutputs(layer, ranges, sets)) {
        for (let place = 0; place < width; place++) {
          const i = place % inChannels;
          if (layer.weights[o * width + place] === 0 || foldable[index]![i]) continue;
          isNews = sets.need(layer.inputs[0]!, i) || isNews;
        }
      }
    }
    // a tensor cannot vanish: its first channel stays
    for (const tensor of usedTensors(network)) {
      if (!ranges[tensor]!.some((_, channel) => sets.isNeeded(tensor, channel))) {
        isNews = sets.need(tensor, 0) || isNews;
      }
    }
  }
  return ranges.map((channels, tensor) => channels.map((_, channel) => sets.isNeeded(tensor, channel)));
}

function usedTensors(network: QuantizedNetwork): Set<number> {
  return new Set(network.layers.flatMap(({ inputs, output }) => [...inputs, output]));
}
