import type { FloatArray } from "../base/tensor.js";
import { quantizationOf } from "../network/quantization.js";
import { Convolution } from "../train/layers/convolution.js";
import { Dense } from "../train/layers/dense.js";
import type { Layer } from "../train/layers/layerKinds.js";
import type { ActivationFormat } from "./activationQuantization.js";
import { roundAwayFromZero } from "./quantizeTensor.js";

/** Layers with weights, a scale for each output channel. */
export type WeightedLayer = Dense | Convolution;

export function isWeighted(layer: Layer): layer is WeightedLayer {
  return layer instanceof Dense || layer instanceof Convolution;
}

/** Where the weights of each output channel lie. */
interface ChannelLayout {
  readonly channels: number;
  /** Weights of one channel. */
  readonly size: number;
  /** Distance between two weights of one channel. */
  readonly stride: number;
  /** Distance between the first weights of two channels. */
  readonly offset: number;
}

function layoutOf(layer: WeightedLayer): ChannelLayout {
  const { shape, data } = layer.weights.value;
  if (layer.kind === "depthwiseConv2d") {
    const channels = shape[shape.length - 1];
    return { channels, size: data.length / channels, stride: channels, offset: 1 };
  }
  const size = data.length / shape[0];
  return { channels: shape[0], size, stride: 1, offset: size };
}

/**
 * A weight scale for one output: 127 steps for the largest weight, and more where the bias would pass 2^30 at it.
 *
 * @returns a float32 value
 */
export function chooseWeightScale(largest: number, bias: number, inputScale: number): number {
  const scale = Math.fround(Math.max(largest / 127, Math.abs(bias) / (inputScale * 2 ** 30)));
  return scale === 0 ? 1 : scale;
}

/**
 * The smallest weight scale of one output at which sums of int16 values surely fit int32; 0 where there are so many that it
 * cannot be told before weights are rounded.
 *
 * @param sum of the weights' magnitudes
 * @param bias its magnitude in input steps
 * @returns a float32 value
 */
function smallestInt16Scale(sum: number, count: number, bias: number): number {
  const steps = 2 ** 15;
  // each weight is rounded by up to half a step, and so is the bias; float32 by a part in 2^24
  const room = 2 ** 31 * (1 - 2 ** -20) - (count * steps) / 2;
  return room > 0 ? Math.fround((sum * steps + bias) / room) : 0;
}

/** A weight in steps of its scale: −127..127. */
export function quantizeWeight(weight: number, scale: number): number {
  return Math.min(127, Math.max(-127, roundAwayFromZero(weight / scale)));
}

/**
 * Quantizes a layer's weights channel by channel.
 *
 * @param write takes each weight's place, its steps and their scale
 * @returns the scales, one for each output channel
 */
function forEachWeight(
  layer: WeightedLayer,
  input: ActivationFormat,
  write: (index: number, steps: number, scale: number) => void,
): number[] {
  const real = layer.weights.value.data;
  const bias = layer.bias?.value.data;
  const { channels, size, stride, offset } = layoutOf(layer);
  const inputScale = quantizationOf(input).scale;
  return Array.from({ length: channels }, (_, channel) => {
    const start = channel * offset;
    const end = start + size * stride;
    let [largest, sum] = [0, 0];
    for (let i = start; i < end; i += stride) {
      const magnitude = Math.abs(real[i]);
      largest = Math.max(largest, magnitude);
      sum += magnitude;
    }
    const ofBias = bias?.[channel] ?? 0;
    const least = chooseWeightScale(largest, ofBias, inputScale);
    const scale =
      input.elementType === "int16"
        ? Math.max(least, smallestInt16Scale(sum, size, Math.abs(ofBias) / inputScale))
        : least;
    for (let i = start; i < end; i += stride) write(i, quantizeWeight(real[i], scale), scale);
    return scale;
  });
}

/** A layer's weights in the order of the float ones, and its bias in steps of input scale · weight scale. */
export function quantizeWeights(
  layer: WeightedLayer,
  input: ActivationFormat,
): { readonly weights: Int8Array; readonly weightScales: readonly number[]; readonly bias: Int32Array } {
  const weights = new Int8Array(layer.weights.value.data.length);
  const { scale: inputScale } = quantizationOf(input);
  const weightScales = forEachWeight(layer, input, (index, steps) => {
    weights[index] = steps;
  });
  const real = layer.bias?.value.data;
  const bias = Int32Array.from(weightScales, (scale, channel) =>
    roundAwayFromZero((real?.[channel] ?? 0) / (inputScale * scale)),
  );
  return { weights, weightScales, bias };
}

/** The real values that a layer's quantized weights stand for. */
export function roundWeights(layer: WeightedLayer, input: ActivationFormat, rounded: FloatArray): void {
  forEachWeight(layer, input, (index, steps, scale) => {
    rounded[index] = steps * scale;
  });
}
