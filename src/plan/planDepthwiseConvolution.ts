import { quantizationOf } from "../network/quantization.js";
import type { QuantizedDepthwiseConvolution } from "../network/quantizedNetwork.js";
import { expectAccumulatorsFit, type IntegerRange } from "../quantize/accumulatorBounds.js";
import { channelFactors } from "../quantize/channelFactors.js";
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
import { pairsChoices } from "./depthwisePairs.js";
import { hasSeveralDepthwiseShapes } from "./depthwiseShared.js";
import { chooseStrips, findStrips, type Strips } from "./depthwiseStrips.js";
import type { Candidates, KernelChoice, LayerContext } from "./kernelChoice.js";
import { isInt16, planInt16Convolution } from "./planInt16.js";
import { roundsToEven, settleRescale } from "./settleRescale.js";
import { axisWindows, imageShape, liesInImage, windowArguments } from "./windowArguments.js";
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

/**
 * Settles every number of a depthwise convolution for each kernel that can run it:
 *
 * - depthwiseConvolution, the reference, which takes nothing besides input and output and lets them overlap;
 * - where no factor is over 1/2 (over 1/4 with a ReLU) or below 2^−23, depthwiseStrips, without a plane where no window
 *   reaches into padding, and with planes of one channel or four, which let the output lie in the input's memory;
 * - there, depthwisePairs for speed on cores with packed arithmetic, and depthwiseShared for size, where the network has
 *   several shapes that one function can take.
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
    refuse = () => undefined,
  } = context;
  const window = windowArguments(layer, input, output);
  const outChannels = layer.bias.length;
  const inChannels = imageShape(input)[2];
  const factors = channelFactors(layer, quantizationOf(input), quantizationOf(output));
  const { zeroPoint } = quantizationOf(input);
  const bounds = windowAccumulatorBounds(layer, zeroPoint, inputRange);
  if (isInt16(input)) return [planInt16Convolution(layer, context, bounds)];
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
  const overlaps = [
    { input: 0, distance: windowOverlap(layer, input, output, { dilations: layer.dilations }) },
  ];
  const rescale = settleRescale(factors, layer.rounding);
  const reference = { ...referenceChoice(layer, window, zeroPoint, common, rescale), overlaps };
  if (layer.rounding !== undefined) {
    refuse("all others", roundsToEven);
    return [complete(reference)];
  }
  const shifts = settleShifts(multipliers, bounds, layer, quantizationOf(output).zeroPoint);
  if (!shifts) {
    refuse(
      "all others",
      "a factor is over 1/2, or 1/4 with a ReLU, or below 2^-23, or a sum could reach 2^30",
    );
    return [complete(reference)];
  }
  const settled = { ...shifts, bias: foldInputZeroPoint(layer, zeroPoint) };
  const axes = axisWindows(window, layer.dilations);
  const strips = findStrips(...axes);
  const isInImage = axes.every(liesInImage);
  const direct = (some: Strips) => directChoice(layer, axes, common, settled, some);
  const planar = (group: number, some: Strips) =>
    planarChoice(layer, axes, zeroPoint, common, settled, group, some);
  const groups = outChannels === inChannels && inChannels >= 4 ? [1, 4] : [1];
  const found: Choice[] = [
    ...(isInImage ? strips.map(direct) : []),
    ...groups.flatMap((group) => strips.map((some) => planar(group, some))),
    reference,
  ];
  if (optimize === "size") {
    const best = chooseStrips(...axes);
    const isShared = network !== undefined && hasSeveralDepthwiseShapes(network);
    const shared = isShared && sharedChoice(layer, axes, zeroPoint, common, settled, multipliers, context);
    return [...(shared ? [shared] : []), isInImage ? direct(best) : planar(1, best), ...found].map(complete);
  }
  if (!target.dsp) return found.map(complete);
  if (outChannels !== inChannels) {
    refuse("depthwisePairs", `${outChannels / inChannels} output channels for one of the input`);
    return found.map(complete);
  }
  const pairs = pairsChoices(axes, zeroPoint, common, settled, multipliers, bounds, (isVertical) =>
    packByChannel(layer, isVertical),
  );
  if (pairs.length === 0) refuse("depthwisePairs", "no axis has two taps beside each other");
  return [...found, ...pairs].map(complete);
}
