import type { QuantizedDepthwiseConvolution } from "../network/quantizedNetwork.js";
import type { QuantizedMultiplier } from "../quantize/multiplier.js";
import { layOutPlane } from "./depthwisePlane.js";
import { sharedTables } from "./depthwiseShared.js";
import { describeStrips, type Strips, stripArguments } from "./depthwiseStrips.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { isClamped, type Rescale } from "./settleRescale.js";
import type { AxisWindow, WindowArguments } from "./windowArguments.js";

/** [kernelHeight, kernelWidth, outChannels] → [outChannels, tapsAcross, tapsAlong]. */
export function packByChannel(layer: QuantizedDepthwiseConvolution, isVertical: boolean): Int8Array {
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

/** What rescaleSettled and rescaleRectified take, with the input's zero point in the bias. */
export interface SettledShifts {
  readonly shift: Uint8Array;
  readonly isRectified: number;
  readonly bias: Int32Array;
}

/** What every kernel's layer argument holds. */
export interface Common {
  readonly inChannels: number;
  readonly channelMultiplier: number;
  readonly multiplier: Int32Array;
  readonly outputZeroPoint: number;
  readonly activationMin: number;
  readonly activationMax: number;
}

export type Choice = Pick<KernelChoice, "kernel" | "shape" | "layer" | "scratch" | "inPlace" | "overlaps">;

/** For any factors; it takes no memory but input and output. */
export function referenceChoice(
  layer: QuantizedDepthwiseConvolution,
  window: WindowArguments,
  inputZeroPoint: number,
  common: Common,
  rescale: Rescale,
): Choice {
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
      ...rescale,
    },
  };
}

/** What a kernel that reads its input as it lies is told of planes. */
const noPlane = {
  ...{ hasPlane: 0, group: 1, restChannels: 0, planeStart: 0, planeGap: 0, planeSize: 0 },
  ...{ inHeight: 0, inWidth: 0, copiedWidth: 0, inputZeroPoint: 0 },
};

/** For windows that lie in the image; its output may replace its input along a single line whose strips do not overlap. */
export function directChoice(
  layer: QuantizedDepthwiseConvolution,
  [vertical, horizontal]: readonly [AxisWindow, AxisWindow],
  common: Common,
  settled: SettledShifts,
  strips: Strips,
): Choice {
  const { inChannels } = common;
  const outChannels = layer.bias.length;
  const isLine = horizontal.inSize === 1 || vertical.inSize === 1;
  const mayReplace = isLine && outChannels === inChannels;
  const steps = stripArguments(
    strips,
    vertical,
    horizontal,
    { row: horizontal.inSize * inChannels, column: inChannels },
    { row: horizontal.outSize * outChannels, column: outChannels },
  );
  // a strip is read before it is written, and what it writes no later strip reads
  const isInPlace = mayReplace && steps.lines === 1 && steps.lastStart === (strips.count - 1) * strips.length;
  return {
    kernel: "depthwiseStrips",
    shape: describeStrips(strips),
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

/** Copies `group` channels at a time into a plane with padding. */
export function planarChoice(
  layer: QuantizedDepthwiseConvolution,
  [vertical, horizontal]: readonly [AxisWindow, AxisWindow],
  inputZeroPoint: number,
  common: Common,
  settled: SettledShifts,
  group: number,
  strips: Strips,
): Choice {
  const { inChannels } = common;
  const outChannels = layer.bias.length;
  const plane = layOutPlane(vertical, horizontal, group);
  const inWidth = horizontal.inSize;
  return {
    kernel: "depthwiseStrips",
    shape: `${describeStrips(strips)}, planes of ${group}`,
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

/** undefined where its tables cannot hold the layer. */
export function sharedChoice(
  layer: QuantizedDepthwiseConvolution,
  axes: readonly [AxisWindow, AxisWindow],
  inputZeroPoint: number,
  { inChannels, channelMultiplier, multiplier, outputZeroPoint }: Common,
  { bias }: SettledShifts,
  multipliers: readonly QuantizedMultiplier[],
  { target: { dsp: isPacked }, network }: LayerContext,
): Choice | undefined {
  const tables = sharedTables(layer, axes, inChannels, inputZeroPoint, outputZeroPoint, isPacked);
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
      isPacked: Number(isPacked),
      isClamped: Number(!isPacked || isClamped(layer, network)),
    },
    scratch: [{ elementType: "int8", elements: planeSize }],
    ...(channelMultiplier === 1 && { inPlace: [0] }),
  };
}
