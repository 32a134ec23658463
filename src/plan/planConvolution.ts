import { quantizationOf } from "../network/quantization.js";
import type { QuantizedConvolution } from "../network/quantizedNetwork.js";
import { expectAccumulatorsFit } from "../quantize/accumulatorBounds.js";
import { channelFactors } from "../quantize/channelFactors.js";
import { packConvolutionDigits } from "./convolutionDigits.js";
import { packConvolutionPairs, pairPositions } from "./convolutionPairs.js";
import { packConvolutionShared } from "./convolutionShared.js";
import { packConvolutionWinograd } from "./convolutionWinograd.js";
import type { Candidates, KernelChoice, LayerContext } from "./kernelChoice.js";
import { isInt16, planInt16Convolution } from "./planInt16.js";
import { roundsToEven, settleBoundedRescale, settleRescale } from "./settleRescale.js";
import { foldInputZeroPoint, sumBounds } from "./weightRows.js";
import { imageShape, windowArguments } from "./windowArguments.js";
import { windowOverlap } from "./windowOverlap.js";

/** Below this many output channels, windows that are copied are much of what a convolution needs. */
const fewChannels = 4;

/**
 * Settles every number of a convolution for each kernel that can run it: the reference, and, where factors are below 1/2,
 * two positions and some channels a step, digits and Winograd's on cores with packed arithmetic.
 *
 * @param factorsOf how weight scales become factors
 * @throws UserError where an accumulator could leave int32
 */
export function planConvolution(
  layer: QuantizedConvolution,
  context: LayerContext,
  factorsOf = channelFactors,
): Candidates {
  const {
    inputs: [input],
    inputRanges: [inputRange],
    output,
    optimize,
    target,
    refuse = () => undefined,
  } = context;
  const { dilations } = layer;
  const window = windowArguments(layer, input, output);
  const inputZeroPoint = quantizationOf(input).zeroPoint;
  const factors = factorsOf(layer, quantizationOf(input), quantizationOf(output));
  const sums = sumBounds(layer, inputZeroPoint, inputRange);
  const bounds = sums.map((bound, o) => bound + Math.abs(layer.bias[o]!));
  if (isInt16(input)) return [planInt16Convolution(layer, context, bounds, factorsOf)];
  expectAccumulatorsFit(layer.name, bounds, factors);
  const settings = {
    inputZeroPoint,
    outputZeroPoint: quantizationOf(output).zeroPoint,
    activationMin: layer.activationMin,
    activationMax: layer.activationMax,
  };
  const counts = {
    macs: window.outHeight * window.outWidth * layer.weights.length,
    parameters: layer.weights.length + layer.bias.length,
  };
  const reference: KernelChoice = {
    kernel: "convolution",
    layer: {
      ...window,
      ...settings,
      inChannels: imageShape(input)[2],
      outChannels: layer.bias.length,
      dilationY: layer.dilations[0],
      dilationX: layer.dilations[1],
      weights: layer.weights,
      bias: layer.bias,
      ...settleRescale(factors, layer.rounding),
    },
    ...counts,
    overlaps: [{ input: 0, distance: windowOverlap(layer, input, output, { dilations }) }],
  };
  if (layer.rounding !== undefined) {
    refuse("all others", roundsToEven);
    return [reference];
  }
  const bounded = settleBoundedRescale(foldInputZeroPoint(layer, inputZeroPoint), sums, factors, settings);
  if (bounded === undefined) {
    refuse("all others", "a factor is 1/2 or more, or a sum could reach 2^30");
    return [reference];
  }
  // windows that are copied have been read before anything is written, and so have a strip's rows
  const overlapsOf = (positions: number, readsFirst: boolean) => [
    { input: 0, distance: windowOverlap(layer, input, output, { positions, readsFirst, dilations }) },
  ];
  const packed =
    target.dsp && optimize === "size"
      ? packConvolutionShared(layer, window, bounded, settings, context.network)
      : undefined;
  const shared = packed ? [{ ...packed, ...counts, overlaps: overlapsOf(pairPositions, true) }] : [];
  const pairs = packConvolutionPairs(layer, window, bounded, settings, optimize);
  if (pairs.length === 0) return [...shared, reference];
  const pairOverlaps = overlapsOf(pairPositions, pairs[0]!.layer.isDirect === 0);
  const plain = [
    ...pairs.map((one) => ({ ...one, ...counts, overlaps: pairOverlaps })),
    // it copies no windows, but takes a multiple of the time where more channels share them
    ...(layer.bias.length < fewChannels ? [reference] : []),
  ];
  if (optimize === "size") return [...shared, ...plain];
  if (!target.dsp) return plain;
  const refuseBy = (kernel: string) => (why: string) => refuse(kernel, why);
  const digits = packConvolutionDigits(
    ...([layer, window, bounded, settings, inputRange, refuseBy("convolutionDigits")] as const),
  );
  const digitOverlaps = digits[0] && overlapsOf(Number(digits[0].layer.stripPositions), true);
  const winograd = packConvolutionWinograd(
    ...([layer, window, bounded, settings, context, refuseBy("convolutionWinograd")] as const),
  );
  return [
    ...winograd.map((one) => ({ ...one, ...counts })),
    ...digits.map((one) => ({ ...one, ...counts, overlaps: digitOverlaps! })),
    ...plain,
  ];
}
