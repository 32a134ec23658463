import { quantizationOf } from "../network/quantization.js";
import type { QuantizedDepthwiseConvolution, QuantizedNetwork } from "../network/quantizedNetwork.js";
import { layOutPlane } from "./depthwisePlane.js";
import { stripArguments } from "./depthwiseStrips.js";
import type { AxisWindow } from "./windowArguments.js";

/** Outputs of a strip of depthwiseShared. */
const stripLength = 3;

/** What decides whether two depthwise convolutions could share a function that has their numbers in its code. */
function numbersOf(layer: QuantizedDepthwiseConvolution, { tensors }: QuantizedNetwork): string {
  const [input, output] = [tensors[layer.inputs[0]!]!, tensors[layer.output]!];
  const { kernelSize, strides, dilations, padding, activationMin, activationMax } = layer;
  const window = [kernelSize, strides, dilations, padding, activationMin, activationMax];
  const zeroPoints = [quantizationOf(input).zeroPoint, quantizationOf(output).zeroPoint];
  return JSON.stringify([window, zeroPoints, input.shape, output.shape]);
}

/** True where a network has depthwise convolutions of several shapes: 0.5 KB for all instead of 0.8 KB for each. */
export function hasSeveralDepthwiseShapes(network: QuantizedNetwork): boolean {
  const layers = network.layers.filter((layer) => layer.kind === "depthwiseConvolution");
  return new Set(layers.map((layer) => numbersOf(layer, network))).size > 1;
}

/** Numbers and offsets of taps as the kernel depthwiseShared has them in tables, and its plane. */
export interface SharedTables {
  readonly geometry: Int16Array;
  readonly tapOffsets: Int16Array;
  readonly planeSize: number;
}

/** Taps of a window that lie next to each other in the plane. */
interface Runs {
  /** Where each run starts. */
  readonly starts: readonly number[];
  /** Taps of a run. */
  readonly taps: number;
}

function findRuns(vertical: AxisWindow, horizontal: AxisWindow, width: number, isPacked: boolean): Runs {
  if (isPacked && horizontal.kernelSize === 1 && width * vertical.dilation === 1)
    return { starts: [0], taps: vertical.kernelSize };
  const taps = isPacked && horizontal.dilation === 1 ? horizontal.kernelSize : 1;
  const starts = Array.from({ length: vertical.kernelSize }, (_, ky) =>
    Array.from(
      { length: horizontal.kernelSize / taps },
      (_, kx) => ky * vertical.dilation * width + kx * horizontal.dilation,
    ),
  ).flat();
  return { starts, taps };
}

/** undefined where a number is no int16, or the output is less than a strip. */
export function sharedTables(
  layer: QuantizedDepthwiseConvolution,
  [vertical, horizontal]: readonly [AxisWindow, AxisWindow],
  inChannels: number,
  inputZeroPoint: number,
  outputZeroPoint: number,
  isPacked: boolean,
): SharedTables | undefined {
  const outChannels = layer.bias.length;
  const plane = layOutPlane(vertical, horizontal, 1);
  const runs = findRuns(vertical, horizontal, plane.width, isPacked);
  const fours = Math.ceil(runs.taps / 4);
  // weights in front of the plane, and what a load of four may read behind it
  const [front, behind] = isPacked ? [4 * fours * runs.starts.length, 3] : [0, 0];
  const planeSize = front + plane.size + behind;
  const tapOffsets = runs.starts.flatMap((start) =>
    Array.from({ length: fours }, (_, four) => front + start + 4 * four),
  );
  const isVertical = vertical.outSize > horizontal.outSize;
  const along = isVertical ? vertical.outSize : horizontal.outSize;
  if (along < stripLength) return undefined;
  const steps = stripArguments(
    { isVertical, length: stripLength, count: Math.ceil(along / stripLength) },
    vertical,
    horizontal,
    { row: plane.width, column: 1 },
    { row: horizontal.outSize * outChannels, column: outChannels },
  );
  const geometry = [
    ...[vertical.inSize, horizontal.inSize, inChannels, outChannels / inChannels],
    ...[front + plane.start, plane.gap, planeSize, inputZeroPoint],
    ...[steps.lines, steps.lineStep, steps.outputLineStep],
    ...[steps.strips, steps.lastStart, steps.stripStep, steps.outputStripStep],
    ...[tapOffsets.length, outputZeroPoint, layer.activationMin, layer.activationMax],
    ...(isPacked ? [runs.starts.length, runs.taps, 4 * fours] : []),
  ];
  if (geometry.some((value) => Math.abs(value) > 32767)) return undefined;
  return {
    geometry: Int16Array.from(geometry),
    tapOffsets: Int16Array.from(tapOffsets),
    planeSize,
  };
}
