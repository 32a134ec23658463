import { quantizationOf } from "../network/quantization.js";
import type { QuantizedConvolution } from "../network/quantizedNetwork.js";
import { expectAccumulatorsFit } from "../quantize/accumulatorBounds.js";
import { channelFactors } from "../quantize/channelFactors.js";
import { packConvolutionDigits } from "./convolutionDigits.js";
import { packConvolutionPairs, pairPositions } from "./convolutionPairs.js";
import { packConvolutionShared } from "./convolutionShared.js";
import { packConvolutionWinograd } from "./convolutionWinograd.js";
import type { Candidates, KernelChoice, LayerContext } from "./kernelChoice.js";
import { settleBoundedRescale, settleRescale } from "./settleRescale.js";
import { foldInputZeroPoint, sumBounds } from "./weightRows.js";
import { imageShape, windowArguments } from "./windowArguments.js";
import { windowOverlap } from "./windowOverlap.js";

/** Below this many channels, windows that are copied are much of what a convolution needs. */
const fewChannels = 4;

/**
 * Settles every number of a convolution for the kernel that runs it: two positions and some channels a step, or the
 * reference kernel where factors are 1/2 and more, or where flash is to be saved and there are fewer than four channels.
 * With so few, the reference kernel is also the leaner one: it copies no windows.
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
  } = context;
  const { dilations } = layer;
  const window = windowArguments(layer, input, output);
  const inputZeroPoint = quantizationOf(input).zeroPoint;
  const factors = factorsOf(layer, quantizationOf(input), quantizationOf(output));
  const sums = sumBounds(layer, inputZeroPoint, inputRange);
  const bounds = sums.map((bound, o) => bound + Math.abs(layer.bias[o]!));
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
  const bounded = settleBoundedRescale(foldInputZeroPoint(layer, inputZeroPoint), sums, factors, settings);
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
      ...settleRescale(factors),
    },
    ...counts,
    overlaps: [{ input: 0, distance: windowOverlap(layer, input, output, { dilations }) }],
  };
  const packed = bounded && packConvolutionPairs(layer, window, bounded, settings, optimize);
  const isLeaner = layer.bias.length < fewChannels;
  const overlapOf = (positions: number, readsFirst: boolean) => [
    { input: 0, distance: windowOverlap(layer, input, output, { positions, readsFirst, dilations }) },
  ];
  // windows that are copied have been read before anything is written
  const plain: Candidates = packed
    ? [
        { ...packed, ...counts, overlaps: overlapOf(pairPositions, packed.layer.isDirect === 0) },
        ...(isLeaner ? [reference] : []),
      ]
    : [reference];
  if (!bounded || !target.dsp) return plain;
  if (optimize === "size") {
    const compact = packConvolutionShared(layer, window, bounded, settings, context.network);
    return compact ? [{ ...compact, ...counts, overlaps: overlapOf(pairPositions, true) }, ...plain] : plain;
  }
  const winograd = packConvolutionWinograd(layer, window, bounded, settings, context);
  const digits = packed && packConvolutionDigits(layer, window, bounded, settings, inputRange);
  return [
    ...(winograd ? [{ ...winograd, ...counts }] : []),
    // a strip's rows are read before its outputs are written
    ...(digits
      ? [{ ...digits, ...counts, overlaps: overlapOf(Number(digits.layer.stripPositions), true) }]
      : []),
    ...plain,
  ];
}
