import type { QuantizedDepthwiseConvolution } from "../network/quantizedNetwork.js";
import type { Optimize } from "../program/program.js";
import { expectAccumulatorsFit, type IntegerRange } from "../quantize/accumulatorBounds.js";
import { type QuantizedMultiplier, quantizeMultiplier } from "../quantize/multiplier.js";
import { layOutPlane } from "./depthwisePlane.js";
import { hasSeveralDepthwiseShapes, sharedTables } from "./depthwiseShared.js";
import { chooseStrips, stripArguments } from "./depthwiseStrips.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import {
  type AxisWindow,
  axisWindows,
  imageShape,
  liesInImage,
  type WindowArguments,
  windowArguments,
} from "./windowArguments.js";

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

/** [kernelHeight, kernelWidth, outChannels] → [outChannels, tapsAcross, tapsAlong]. */
function packByChannel(layer: QuantizedDepthwiseConvolution, isVertical: boolean): Int8Array {
  const [kernelHeight, kernelWidth] = layer.kernelSize;
  const outChannels = layer.bias.length;
  const packed = new Int8Array(layer.weights.length);
  for (let ky = 0; ky < kernelHeight; ky++) {
    for (let kx = 0; kx < kernelWidth; kx++) {
      const tap = isVertical ? kx * kernelHeight + ky : ky * kernelWidth + kx;
      for (let o = 0; o < outChannels; o++) {
        packed[o * kernelHeight * kernelWidth + tap] =
          layer.weights[(ky * kernelWidth + kx) * outChannels + o]!;
      }
    }
  }
  return packed;
}

/** bias − input zero point · Σ weights, so that kernels multiply the input as it is. */
function foldInputZeroPoint({ weights, bias }: QuantizedDepthwiseConvolution, zeroPoint: number): Int32Array {
  return bias.map((value, o) => {
    let sum = 0;
    for (let tap = o; tap < weights.length; tap += bias.length) sum += weights[tap]!;
    return value - zeroPoint * sum;
  });
}

/** What rescaleSettled and rescaleRectified take, with the input's zero point in the bias. */
interface SettledShifts {
  readonly shift: Uint8Array;
  readonly isRectified: number;
  readonly bias: Int32Array;
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

/** What every kernel's layer argument holds. */
interface Common {
  readonly inChannels: number;
  readonly channelMultiplier: number;
  readonly multiplier: Int32Array;
  readonly outputZeroPoint: number;
  readonly activationMin: number;
  readonly activationMax: number;
}

type Choice = Pick<KernelChoice, "kernel" | "layer" | "scratch" | "inPlace">;

function referenceChoice(
  layer: QuantizedDepthwiseConvolution,
  window: WindowArguments,
  inputZeroPoint: number,
  common: Common,
  multipliers: readonly QuantizedMultiplier[],
): Choice {
  const leftShift = Uint8Array.from(multipliers, (m) => m.leftShift);
  const hasLeftShift = leftShift.some((shift) => shift > 0);
  return {
    kernel: "depthwiseConvolution",
    layer: {
      ...common,
      ...window,
      dilationY: layer.dilations[0],
      dilationX: layer.dilations[1],
      inputZeroPoint,
      weights: layer.weights,
      bias: layer.bias,
      rightShift: Uint8Array.from(multipliers, (m) => m.rightShift),
      leftShift: hasLeftShift ? leftShift : new Uint8Array(0),
      hasLeftShift: Number(hasLeftShift),
    },
  };
}

/** What a kernel that reads its input as it lies is told of planes. */
const noPlane = {
  ...{ hasPlane: 0, group: 1, restChannels: 0, planeStart: 0, planeGap: 0, planeSize: 0 },
  ...{ inHeight: 0, inWidth: 0, copiedWidth: 0, inputZeroPoint: 0 },
};

/** For windows that lie in the image; its output may replace its input along a single line. */
function directChoice(
  layer: QuantizedDepthwiseConvolution,
  [vertical, horizontal]: readonly [AxisWindow, AxisWindow],
  common: Common,
  settled: SettledShifts,
  optimize: Optimize,
): Choice | undefined {
  const { inChannels } = common;
  const outChannels = layer.bias.length;
  const isLine = horizontal.inSize === 1 || vertical.inSize === 1;
  const mayReplace = isLine && outChannels === inChannels;
  const strips = chooseStrips(vertical, horizontal, optimize === "ram");
  const steps = stripArguments(
    strips,
    vertical,
    horizontal,
    { row: horizontal.inSize * inChannels, column: inChannels },
    { row: horizontal.outSize * outChannels, column: outChannels },
  );
  // a strip is read before it is written, and what it writes no later strip reads
  const isInPlace = mayReplace && steps.lines === 1 && steps.lastStart === (strips.count - 1) * strips.length;
  // single outputs take longer than copying a plane
  const isSlow = strips.length === 1 && strips.count > 1;
  if (optimize === "ram" && (!isInPlace || isSlow)) return undefined;
  return {
    kernel: "depthwiseStrips",
    layer: {
      ...common,
      ...settled,
      ...noPlane,
      groups: inChannels,
      ...steps,
      weights: packByChannel(layer, strips.isVertical),
    },
    scratch: [{ elementType: "int8", elements: 0 }],
    ...(isInPlace && { inPlace: [0] }),
  };
}

function planarChoice(
  layer: QuantizedDepthwiseConvolution,
  [vertical, horizontal]: readonly [AxisWindow, AxisWindow],
  inputZeroPoint: number,
  common: Common,
  settled: SettledShifts,
  optimize: Optimize,
): Choice {
  const { inChannels } = common;
  const outChannels = layer.bias.length;
  const group = optimize === "speed" && outChannels === inChannels && inChannels >= 4 ? 4 : 1;
  const plane = layOutPlane(vertical, horizontal, group);
  const strips = chooseStrips(vertical, horizontal, false);
  const inWidth = horizontal.inSize;
  return {
    kernel: "depthwiseStrips",
    layer: {
      ...common,
      ...settled,
      hasPlane: 1,
      inHeight: vertical.inSize,
      inWidth,
      copiedWidth: inWidth - (inWidth % 6),
      inputZeroPoint,
      group,
      groups: Math.ceil(inChannels / group),
      restChannels: inChannels % group,
      planeStart: plane.start,
      planeGap: plane.gap,
      planeSize: plane.size,
      ...stripArguments(
        strips,
        vertical,
        horizontal,
        { row: plane.width, column: group },
        { row: horizontal.outSize * outChannels, column: outChannels },
      ),
      weights: packByChannel(layer, strips.isVertical),
    },
    scratch: [{ elementType: "int8", elements: plane.size }],
    ...(outChannels === inChannels && { inPlace: [0] }),
  };
}

function sharedChoice(
  layer: QuantizedDepthwiseConvolution,
  axes: readonly [AxisWindow, AxisWindow],
  inputZeroPoint: number,
  { inChannels, channelMultiplier, multiplier, outputZeroPoint }: Common,
  { bias }: SettledShifts,
  multipliers: readonly QuantizedMultiplier[],
): Choice | undefined {
  const tables = sharedTables(layer, axes, inChannels, inputZeroPoint, outputZeroPoint);
  if (!tables) return undefined;
  const { geometry, tapOffsets, planeSize } = tables;
  return {
    kernel: "depthwiseShared",
    layer: {
      geometry,
      tapOffsets,
      weights: packByChannel(layer, false),
      bias,
      multiplier,
      shift: Uint8Array.from(multipliers, ({ rightShift }) => rightShift),
    },
    scratch: [{ elementType: "int8", elements: planeSize }],
    ...(channelMultiplier === 1 && { inPlace: [0] }),
  };
}

/**
 * Settles every number of a depthwise convolution for the kernel that it chooses:
 *
 * - depthwiseConvolution, the reference, where a factor is over 1/2 (over 1/4 with a ReLU) or below 2^−23;
 * - depthwiseShared for size, where the network has several shapes that one function can take;
 * - depthwiseStrips for all others: without a plane where no window reaches into padding (for ram only where the output
 *   may lie in the input's memory), else with planes of four channels for speed and of one otherwise, and then the output
 *   may lie in the input's memory.
 *
 * @throws UserError where an accumulator could leave int32
 */
export function planDepthwiseConvolution(
  layer: QuantizedDepthwiseConvolution,
  { inputs: [input], inputRanges: [inputRange], output, optimize, network }: LayerContext,
): KernelChoice {
  const window = windowArguments(layer, input, output);
  const outChannels = layer.bias.length;
  const inChannels = imageShape(input)[2];
  // in double precision, as TFLM's PopulateConvolutionQuantizationParams has it
  const factors = layer.weightScales.map(
    (scale) => (input.quantization.scale * scale) / output.quantization.scale,
  );
  const { zeroPoint } = input.quantization;
  const bounds = windowAccumulatorBounds(layer, zeroPoint, inputRange);
  expectAccumulatorsFit(layer.name, bounds, factors);
  const multipliers = factors.map(quantizeMultiplier);
  const common: Common = {
    inChannels,
    channelMultiplier: outChannels / inChannels,
    multiplier: Int32Array.from(multipliers, (m) => m.multiplier),
    outputZeroPoint: output.quantization.zeroPoint,
    activationMin: layer.activationMin,
    activationMax: layer.activationMax,
  };
  const shifts = settleShifts(multipliers, bounds, layer, output.quantization.zeroPoint);
  const choose = (): Choice => {
    if (!shifts) return referenceChoice(layer, window, zeroPoint, common, multipliers);
    const settled = { ...shifts, bias: foldInputZeroPoint(layer, zeroPoint) };
    const axes = axisWindows(window, layer.dilations);
    const isShared = optimize === "size" && network !== undefined && hasSeveralDepthwiseShapes(network);
    const shared = isShared && sharedChoice(layer, axes, zeroPoint, common, settled, multipliers);
    if (shared) return shared;
    const direct = axes.every(liesInImage);
    return (
      (direct ? directChoice(layer, axes, common, settled, optimize) : undefined) ??
      planarChoice(layer, axes, zeroPoint, common, settled, optimize)
    );
  };
  return {
    ...choose(),
    macs: window.outHeight * window.outWidth * layer.weights.length,
    parameters: layer.weights.length + outChannels,
  };
}
