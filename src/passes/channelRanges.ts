import { integerRanges } from "../network/elementTypes.js";
import { quantizationOf } from "../network/quantization.js";
import type {
  QuantizedArithmetic,
  QuantizedConvolution,
  QuantizedDepthwiseConvolution,
  QuantizedFullyConnected,
  QuantizedLayer,
  QuantizedMean,
  QuantizedNetwork,
  QuantizedPooling,
  QuantizedTensor,
} from "../network/quantizedNetwork.js";
import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import { channelFactors } from "../quantize/channelFactors.js";
import { fullyConnectedFactors } from "../quantize/fullyConnectedFactors.js";
import { requantizeSettled, settleFactor, settleMean } from "../quantize/settledFactor.js";
import { requantizeTable } from "./requantizeTable.js";
import { type Taps, windowTaps } from "./windowTaps.js";

/** The values each channel (index of the last axis) of a tensor can take. */
export type ChannelRanges = readonly IntegerRange[];

/** A layer with weights. */
export type WeightedLayer = QuantizedConvolution | QuantizedDepthwiseConvolution | QuantizedFullyConnected;

const anyInt8: IntegerRange = { min: -128, max: 127 };

/** All that a tensor's element type holds. */
function typeRange({ elementType }: QuantizedTensor): IntegerRange {
  const [min, max] = integerRanges[elementType];
  return { min, max };
}

export function channelCount({ shape }: QuantizedTensor): number {
  return shape.at(-1) ?? 1;
}

export function isConstant({ min, max }: IntegerRange): boolean {
  return min === max;
}

function constant(value: number): IntegerRange {
  return { min: value, max: value };
}

function union(ranges: readonly IntegerRange[]): IntegerRange {
  return {
    min: Math.min(...ranges.map(({ min }) => min)),
    max: Math.max(...ranges.map(({ max }) => max)),
  };
}

function clampRange(range: IntegerRange, low: number, high: number): IntegerRange {
  const clamped = (value: number): number => Math.min(Math.max(value, low), high);
  return { min: clamped(range.min), max: clamped(range.max) };
}

/** Smallest and largest accumulator of each output channel, over all inputs and all places of the window. */
export function accumulatorRanges(
  layer: WeightedLayer,
  input: QuantizedTensor,
  inputRanges: ChannelRanges,
): IntegerRange[] {
  const { zeroPoint } = quantizationOf(input);
  const outChannels = layer.bias.length;
  const inChannels = inputRanges.length;
  const [rows, columns] = layer.kind === "fullyConnected" ? [1, 1] : layer.kernelSize;
  const taps: readonly Taps[] =
    layer.kind === "fullyConnected"
      ? [{ top: 0, bottom: 1, left: 0, right: 1 }]
      : windowTaps([input.shape[0]!, input.shape[1]!], layer, layer.dilations);
  // a window without any place: nothing is known
  if (taps.length === 0) return Array.from(layer.bias, () => ({ min: -Infinity, max: Infinity }));
  const low = new Float64Array(rows * columns);
  const high = new Float64Array(rows * columns);
  const addProduct = (tap: number, weight: number, { min, max }: IntegerRange): void => {
    const [a, b] = [weight * (min - zeroPoint), weight * (max - zeroPoint)];
    low[tap]! += Math.min(a, b);
    high[tap]! += Math.max(a, b);
  };
  return Array.from(layer.bias, (bias, o) => {
    low.fill(0);
    high.fill(0);
    if (layer.kind === "depthwiseConvolution") {
      const range = inputRanges[Math.floor((o * inChannels) / outChannels)]!;
      for (let tap = 0; tap < low.length; tap++)
        addProduct(tap, layer.weights[tap * outChannels + o]!, range);
    } else {
      const width = layer.weights.length / outChannels;
      const perTap = width / low.length;
      for (let i = 0; i < width; i++) {
        addProduct(Math.floor(i / perTap), layer.weights[o * width + i]!, inputRanges[i % inChannels]!);
      }
    }
    return union(
      taps.map(({ top, bottom, left, right }) => {
        const sum = { min: bias, max: bias };
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) {
            sum.min += low[row * columns + column]!;
            sum.max += high[row * columns + column]!;
          }
        }
        return sum;
      }),
    );
  });
}

const int32Max = 2 ** 31 - 1;

/** What is stored for accumulators of a range: requantizing never falls where its argument grows. */
function storedRange(
  accumulators: IntegerRange,
  factor: number,
  zeroPoint: number,
  { activationMin: low, activationMax: high, rounding }: WeightedLayer,
): IntegerRange {
  const { min, max } = accumulators;
  const largest = Math.max(Math.abs(min), Math.abs(max));
  // what the planner refuses needs no better answer here
  const fits = factor < 2 ** 31 && Math.max(largest, 2 * largest * factor) + 129 <= int32Max;
  if (!fits) return { min: low, max: high };
  const settled = settleFactor(factor, rounding);
  const store = (accumulator: number): number => zeroPoint + requantizeSettled(accumulator, settled);
  return clampRange({ min: store(min), max: store(max) }, low, high);
}

function weightedRanges(
  layer: WeightedLayer,
  input: QuantizedTensor,
  inputRanges: ChannelRanges,
  output: QuantizedTensor,
): ChannelRanges {
  const factorsOf = layer.kind === "fullyConnected" ? fullyConnectedFactors : channelFactors;
  const factors = factorsOf(layer, quantizationOf(input), quantizationOf(output));
  const stored = accumulatorRanges(layer, input, inputRanges).map((accumulators, o) =>
    storedRange(accumulators, factors[o]!, quantizationOf(output).zeroPoint, layer),
  );
  const channels = channelCount(output);
  return channels === stored.length ? stored : new Array(channels).fill(union(stored));
}

function pooledRanges(
  layer: QuantizedPooling,
  { shape }: QuantizedTensor,
  inputRanges: ChannelRanges,
): ChannelRanges {
  const seesImage = windowTaps([shape[0]!, shape[1]!], layer).every(
    ({ top, bottom, left, right }) => top < bottom && left < right,
  );
  return inputRanges.map((range) =>
    clampRange(seesImage ? range : anyInt8, layer.activationMin, layer.activationMax),
  );
}

/** A mean or a sum of values of a range: it never falls where a value grows, so it lies between those of the ends. */
function meanRanges(
  layer: QuantizedMean,
  input: QuantizedTensor,
  inputRanges: ChannelRanges,
  output: QuantizedTensor,
): ChannelRanges {
  const positions = input.shape[0]! * input.shape[1]!;
  const { scale, zeroPoint } = quantizationOf(input);
  const factor = scale / quantizationOf(output).scale;
  // the planner refuses others
  if (!(positions < 2 ** 23 && factor < 2 ** 22)) return inputRanges.map(() => anyInt8);
  const settled = settleMean(layer, quantizationOf(input), quantizationOf(output), positions);
  return inputRanges.map((range) => {
    const ends = [range.min, range.max].map((value) => positions * (value - zeroPoint));
    if (ends.some((sum) => Math.abs(sum) * 2 ** settled.leftShift > int32Max)) return anyInt8;
    const [min, max] = ends.map((sum) => quantizationOf(output).zeroPoint + requantizeSettled(sum, settled));
    return clampRange({ min: min!, max: max! }, -128, 127);
  });
}

/** Values that a table gives for inputs of a range. */
function tableRange(table: Int8Array | Int16Array, { min, max }: IntegerRange): IntegerRange {
  const results = table.subarray(min + 128, max + 129);
  return { min: Math.min(...results), max: Math.max(...results) };
}

/** Whether a channel always holds its tensor's zero point: real 0. */
function isAt(range: IntegerRange, tensor: QuantizedTensor): boolean {
  return isConstant(range) && range.min === quantizationOf(tensor).zeroPoint;
}

/** Sums and products that are real 0 because their terms are; others can be anything that the clamp lets through. */
function arithmeticRanges(
  layer: QuantizedArithmetic,
  network: QuantizedNetwork,
  ranges: readonly ChannelRanges[],
): ChannelRanges {
  const { activationMin, activationMax, kind, inputs } = layer;
  const { zeroPoint } = quantizationOf(network.tensors[layer.output]!);
  const channels = channelCount(network.tensors[layer.output]!);
  const isPlain = inputs.every((input) => ranges[input]!.length === channels);
  return Array.from({ length: channels }, (_, channel) => {
    const isZero = (input: number): boolean =>
      isPlain && isAt(ranges[input]![channel]!, network.tensors[input]!);
    const isSum = kind === "add" || kind === "subtract";
    const isProduct = kind === "multiply" && inputs.some(isZero);
    const result = isProduct || (isSum && inputs.every(isZero)) ? constant(zeroPoint) : anyInt8;
    return clampRange(result, activationMin, activationMax);
  });
}

function outputRanges(
  layer: QuantizedLayer,
  network: QuantizedNetwork,
  ranges: readonly ChannelRanges[],
): ChannelRanges {
  const output = network.tensors[layer.output]!;
  const input = network.tensors[layer.inputs[0]!]!;
  const inputRanges = ranges[layer.inputs[0]!]!;
  const all = (range: IntegerRange): ChannelRanges => new Array(channelCount(output)).fill(range);
  const isInt8 = input?.elementType !== "int16" && output.elementType === "int8";
  if (!isInt8 && layer.kind !== "reshape") return all(typeRange(output));
  switch (layer.kind) {
    case "convolution":
    case "depthwiseConvolution":
    case "fullyConnected":
      return weightedRanges(layer, input, inputRanges, output);
    case "averagePool":
    case "maxPool":
      return pooledRanges(layer, input, inputRanges);
    case "add":
    case "multiply":
    case "subtract":
    case "maximum":
    case "minimum":
    case "prelu":
      return arithmeticRanges(layer, network, ranges);
    case "constant":
      return all(anyInt8);
    case "lookup":
      return inputRanges.map((range) => tableRange(layer.table, range));
    case "requantize": {
      const table = requantizeTable(quantizationOf(input), quantizationOf(output));
      return inputRanges.map((range) => (table ? tableRange(table, range) : anyInt8));
    }
    case "concatenation": {
      const parts = layer.inputs.map((index) => ranges[index]!);
      if (layer.axis === output.shape.length - 1) return parts.flat();
      return parts[0]!.map((_, channel) => union(parts.map((part) => part[channel]!)));
    }
    case "reshape": {
      const inChannels = inputRanges.length;
      if (channelCount(output) % inChannels !== 0) return all(union(inputRanges));
      return all(anyInt8).map((_, channel) => inputRanges[channel % inChannels]!);
    }
    case "pad": {
      const value = constant(layer.value);
      const isWider = layer.before.some((size, axis) => size + layer.after[axis]! > 0);
      if (!isWider) return inputRanges;
      const [before, after] = [layer.before.at(-1) ?? 0, layer.after.at(-1) ?? 0];
      const padded = inputRanges.map((range) => union([range, value]));
      return [...new Array(before).fill(value), ...padded, ...new Array(after).fill(value)];
    }
    case "streamWindow": {
      // rows of earlier runs are those of this one, or what the state began with
      const reset = network.states.find(({ tensor }) => tensor === layer.output)!.reset;
      const begin = typeof reset === "number" ? constant(reset) : anyInt8;
      return inputRanges.map((range) => union([range, begin]));
    }
    case "mean":
    case "sum":
      return meanRanges(layer, input, inputRanges, output);
    case "resize":
      return inputRanges;
    case "copy":
      return all(union(inputRanges));
    case "nearestCentroid":
    case "squaredDistance":
      return all(typeRange(output));
    case "audioFeatures":
    case "audioStream":
    case "biquads":
    case "decimate":
    case "spectrum":
    case "statistics":
    case "detection":
    case "lstm":
    case "normalization":
    case "own":
    case "recurrent":
    case "softmax":
    case "svdfFeatures":
    case "svdfTime":
    case "treeEnsemble":
      return all(anyInt8);
  }
}

/** The values each channel of each tensor can take, from the actual weights, biases, factors and clamps. */
export function channelRanges(network: QuantizedNetwork): readonly ChannelRanges[] {
  const ranges: ChannelRanges[] = network.tensors.map((tensor) => {
    return new Array(channelCount(tensor)).fill(typeRange(tensor));
  });
  for (const layer of network.layers) {
    const found = outputRanges(layer, network, ranges);
    const channels = channelCount(network.tensors[layer.output]!);
    // what reduces an image to a tensor of another last axis has no channels to follow
    ranges[layer.output] = found.length === channels ? found : new Array(channels).fill(union(found));
  }
  return ranges;
}
