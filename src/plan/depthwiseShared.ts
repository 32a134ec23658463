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

/** undefined where a number is no int16, or the output is less than a strip. */
export function sharedTables(
  layer: QuantizedDepthwiseConvolution,
  [vertical, horizontal]: readonly [AxisWindow, AxisWindow],
  inChannels: number,
  inputZeroPoint: number,
  outputZeroPoint: number,
): SharedTables | undefined {
  const outChannels = layer.bias.length;
  const plane = layOutPlane(vertical, horizontal, 1);
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
    ...[plane.start, plane.gap, plane.size, inputZeroPoint],
    ...[steps.lines, steps.lineStep, steps.outputLineStep],
    ...[steps.strips, steps.lastStart, steps.stripStep, steps.outputStripStep],
    vertical.kernelSize * horizontal.kernelSize,
    ...[outputZeroPoint, layer.activationMin, layer.activationMax],
  ];
  if (geometry.some((value) => Math.abs(value) > 32767)) return undefined;
  const tapOffsets = Array.from({ length: vertical.kernelSize }, (_, ky) =>
    Array.from(
      { length: horizontal.kernelSize },
      (_, kx) => ky * vertical.dilation * plane.width + kx * horizontal.dilation,
    ),
  ).flat();
  return {
    geometry: Int16Array.from(geometry),
    tapOffsets: Int16Array.from(tapOffsets),
    planeSize: plane.size,
  };
}
