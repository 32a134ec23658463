import { quantizationOf } from "../network/quantization.js";
import type { QuantizedDepthwiseConvolution } from "../network/quantizedNetwork.js";
import { expectAccumulatorsFit, type IntegerRange } from "../quantize/accumulatorBounds.js";
import { type QuantizedMultiplier, quantizeMultiplier } from "../quantize/multiplier.js";
import {
  type Choice,
  type Common,
  directChoice,
  packByChannel,
  planarChoice,
  referenceChoice,
  type SettledShifts,
  sharedChoice,
} from "./depthwiseChoices.js";
import { pairsChoice } from "./depthwisePairs.js";
import { hasSeveralDepthwiseShapes } from "./depthwiseShared.js";
import type { Candidates, KernelChoice, LayerContext } from "./kernelChoice.js";
import {
  type AxisWindow,
  axisWindows,
  imageShape,
  liesInImage,
  type WindowArguments,
  windowArguments,
} from "./windowArguments.js";
import { windowOverlap } from "./windowOverlap.js";

/** The largest right shift for which (2 · zero point + 1) · 2^(shift − 1) lies within ±2^30. */
const largestSettledShift = 23;

/**
 * The largest magnitude that any partial sum of bias, weight · input and weight · zero point can reach, one for each
 * output channel: |bias| + Σ |weight| · (largest |input| + |zero point|). It holds for every order of summation, for
 * every part of the window that lies in the image, and with the zero point folded into the bias or not.
 */
export function windowAccumulatorBounds(
  { weights, bias }: Pick<QuantizedDepthwiseConvolution, "weights" | "bias">,
  inputZeroPoint: number,
  input: IntegerRange,
): number[] {
  const largestInput = Math.max(Math.abs(input.min), Math.abs(input.max)) + Math.abs(inputZeroPoint);
  return Array.from(bias, (value, o) => {
    let magnitude = 0;
    for (let tap = o; tap < weights.length; tap += bias.length) magnitude += Math.abs(weights[tap]!);
    return Math.abs(value) + magnitude * largestInput;
  });
}

/** bias − input zero point · Σ weights, so that kernels multiply the input as it is. */
function foldInputZeroPoint({ weights, bias }: QuantizedDepthwiseConvolution, zeroPoint: number): Int32Array {
  return bias.map((value, o) => {
    let sum = 0;
    for (let tap = o; tap < weights.length; tap += bias.length) sum += weights[tap]!;
    return value - zeroPoint * sum;
  });
}

/** What depends on the channel alone where rescaleSettled or rescaleRectified can take it. */
function settleShifts(
  multipliers: readonly QuantizedMultiplier[],
  bounds: readonly number[],
  { activationMin }: QuantizedDepthwiseConvolution,
  outputZeroPoint: number,
): Omit<SettledShifts, "bias"> | undefined {
  const isRectified = activationMin >= outputZeroPoint ? 1 : 0;
  const fits = multipliers.every(
    ({ leftShift, rightShift }, o) =>
      leftShift === 0 &&
      rightShift > isRectified &&
      rightShift <= largestSettledShift &&
      bounds[o]! < 2 ** 30,
  );
  return fits
    ? { shift: Uint8Array.from(multipliers, ({ rightShift }) => rightShift - isRectified), isRectified }
    : undefined;
}

/** Kernels for windows in the image without a plane, and with one of a channel: faster ones first. */
function choicesInImage(
  layer: QuantizedDepthwiseConvolution,
  axes: readonly [AxisWindow, AxisWindow],
  common: Common,
  settled: SettledShifts,
  planar: Choice,
): readonly [Choice, ...Choice[]] {
  const fastest = directChoice(layer, axes, common, settled, false);
  const whole = directChoice(layer, axes, common, settled, true);
  if (fastest.inPlace || !whole.inPlace) return [fastest, planar];
  // single outputs take longer than copying a plane
  return whole.layer.strip === 1 ? [fastest, planar, whole] : [fastest, whole, planar];
}

/**
 * True where two taps at a time are faster though all values are copied: measured, from 2 multiply-accumulates a value
 * where another kernel copies too, and from 4 where none does.
 */
function paysInPairs(
  { kernelSize, bias }: QuantizedDepthwiseConvolution,
  { inHeight, inWidth, outHeight, outWidth }: WindowArguments,
  inChannels: number,
  isInImage: boolean,
): boolean {
  const macs = outHeight * outWidth * kernelSize[0] * kernelSize[1];
  return bias.length === inChannels && macs >= (isInImage ? 4 : 2) * inHeight * inWidth;
}

/**
 * Settles every number of a depthwise convolution for the kernel that it chooses:
 *
 * - depthwiseConvolution, the reference, where a factor is over 1/2 (over 1/4 with a ReLU) or below 2^−23;
 * - depthwisePairs for speed on cores with packed arithmetic, where it is faster;
 * - depthwiseShared for size, where the network has several shapes that one function can take;
 * - depthwiseStrips for all others: without a plane where no window reaches into padding, else with planes of four
 *   channels for speed and of one otherwise, and then the output may lie in the input's memory.
 *
 * Leaner are planes of one channel, which free the input's memory, and the reference, which takes nothing besides input
 * and output and lets them overlap.
 *
 * @throws UserError where an accumulator could leave int32
 */
export function planDepthwiseConvolution(
  layer: QuantizedDepthwiseConvolution,
  context: LayerContext,
): Candidates {
  const {
    inputs: [input],
    inputRanges: [inputRange],
    output,
    optimize,
    target,
    network,
  } = context;
  const window = windowArguments(layer, input, output);
  const outChannels = layer.bias.length;
  const inChannels = imageShape(input)[2];
  // in double precision, as TFLM's PopulateConvolutionQuantizationParams has it
  const factors = layer.weightScales.map(
    (scale) => (quantizationOf(input).scale * scale) / quantizationOf(output).scale,
  );
  const { zeroPoint } = quantizationOf(input);
  const bounds = windowAccumulatorBounds(layer, zeroPoint, inputRange);
  expectAccumulatorsFit(layer.name, bounds, factors);
  const multipliers = factors.map(quantizeMultiplier);
  const common: Common = {
    inChannels,
    channelMultiplier: outChannels / inChannels,
    multiplier: Int32Array.from(multipliers, (m) => m.multiplier),
    outputZeroPoint: quantizationOf(output).zeroPoint,
    activationMin: layer.activationMin,
    activationMax: layer.activationMax,
  };
  const counts = {
    macs: window.outHeight * window.outWidth * layer.weights.length,
    parameters: layer.weights.length + outChannels,
  };
  const complete = (choice: Choice): KernelChoice => ({ ...choice, ...counts });
  const reference = referenceChoice(layer, window, zeroPoint, common, multipliers);
  const distance = windowOverlap(layer, input, output, { dilations: layer.dilations });
  const leanest = complete({ ...reference, overlaps: [{ input: 0, distance }] });
  const shifts = settleShifts(multipliers, bounds, layer, quantizationOf(output).zeroPoint);
  if (!shifts) return [complete(reference), leanest];
  const settled = { ...shifts, bias: foldInputZeroPoint(layer, zeroPoint) };
  const axes = axisWindows(window, layer.dilations);
  const planar = (group: number): Choice => planarChoice(layer, axes, zeroPoint, common, settled, group);
  const isInImage = axes.every(liesInImage);
  const hasGroups = !isInImage && optimize === "speed" && outChannels === inChannels && inChannels >= 4;
  const [fastest, ...others] = isInImage
    ? choicesInImage(layer, axes, common, settled, planar(1))
    : [planar(hasGroups ? 4 : 1), planar(1)];
  const plain = [fastest, ...others, leanest].map(complete);
  const pairs =
    target.dsp && optimize === "speed" && paysInPairs(layer, window, inChannels, isInImage)
      ? pairsChoice(axes, zeroPoint, common, settled, multipliers, bounds, (isVertical) =>
          packByChannel(layer, isVertical),
        )
      : undefined;
  if (pairs) return [complete(pairs), ...plain];
  const isShared = optimize === "size" && network !== undefined && hasSeveralDepthwiseShapes(network);
  const shared = isShared && sharedChoice(layer, axes, zeroPoint, common, settled, multipliers, context);
  return shared ? [complete(shared), ...plain] : plain;
}
