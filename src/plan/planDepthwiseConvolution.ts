import { expectAccumulatorsFit, type IntegerRange } from "../quantize/accumulatorBounds.js";
import { type QuantizedMultiplier, quantizeMultiplier } from "../quantize/multiplier.js";
import type { QuantizedDepthwiseConvolution } from "../quantizedNetwork.js";
import { chooseStrips } from "./depthwiseStrips.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { type AxisWindow, axisWindows, imageShape, windowArguments } from "./windowArguments.js";

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

/** Values from a window's first tap at output 0 to behind the last tap at the last output. */
function reach({ outSize, stride, kernelSize, dilation }: AxisWindow): number {
  return (outSize - 1) * stride + (kernelSize - 1) * dilation + 1;
}

/**
 * Where an image with its padding lies in a plane of `group` channels. What is right of a row is left of the next one,
 * so that between rows there is the larger of both paddings.
 */
function layOutPlane(vertical: AxisWindow, horizontal: AxisWindow, group: number) {
  const { inSize: columns, paddingBefore: left } = horizontal;
  const gap = Math.max(left, reach(horizontal) - left - columns);
  const width = columns + gap;
  const start = vertical.paddingBefore * width + left;
  const size = Math.max(
    start + vertical.inSize * width - gap,
    (reach(vertical) - 1) * width + reach(horizontal),
  );
  return { width: width * group, gap: gap * group, start: start * group, size: size * group };
}

/** What depends on the channel alone where rescaleSettled or rescaleRectified can take it. */
function settleShifts(
  multipliers: readonly QuantizedMultiplier[],
  bounds: readonly number[],
  { activationMin }: QuantizedDepthwiseConvolution,
  outputZeroPoint: number,
): { readonly shift: Uint8Array; readonly isRectified: number } | undefined {
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
 * Settles every number of a depthwise convolution for the kernel that runs it: the one with a plane, or the reference
 * kernel where a factor is over 1/2 or below 2^−23.
 *
 * @throws UserError where an accumulator could leave int32
 */
export function planDepthwiseConvolution(
  layer: QuantizedDepthwiseConvolution,
  { inputs: [input], inputRanges: [inputRange], output, optimize }: LayerContext,
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
  const macs = window.outHeight * window.outWidth * layer.weights.length;
  const parameters = layer.weights.length + outChannels;
  const common = {
    inHeight: window.inHeight,
    inWidth: window.inWidth,
    inChannels,
    channelMultiplier: outChannels / inChannels,
    inputZeroPoint: zeroPoint,
    multiplier: Int32Array.from(multipliers, (m) => m.multiplier),
    outputZeroPoint: output.quantization.zeroPoint,
    activationMin: layer.activationMin,
    activationMax: layer.activationMax,
  };
  const settled = settleShifts(multipliers, bounds, layer, output.quantization.zeroPoint);
  if (!settled) {
    const leftShift = Uint8Array.from(multipliers, (m) => m.leftShift);
    const hasLeftShift = leftShift.some((shift) => shift > 0);
    return {
      kernel: "depthwiseConvolution",
      layer: {
        ...common,
        outHeight: window.outHeight,
        outWidth: window.outWidth,
        paddingTop: window.paddingTop,
        paddingLeft: window.paddingLeft,
        kernelHeight: window.kernelHeight,
        kernelWidth: window.kernelWidth,
        strideY: window.strideY,
        strideX: window.strideX,
        dilationY: layer.dilations[0],
        dilationX: layer.dilations[1],
        weights: layer.weights,
        bias: layer.bias,
        rightShift: Uint8Array.from(multipliers, (m) => m.rightShift),
        leftShift: hasLeftShift ? leftShift : new Uint8Array(0),
        hasLeftShift: Number(hasLeftShift),
      },
      macs,
      parameters,
    };
  }
  const [vertical, horizontal] = axisWindows(window, layer.dilations);
  const strips = chooseStrips(vertical, horizontal);
  const group = optimize === "speed" && outChannels === inChannels && inChannels >= 4 ? 4 : 1;
  const plane = layOutPlane(vertical, horizontal, group);
  const rowStep = { plane: window.strideY * plane.width, output: window.outWidth * outChannels };
  const columnStep = { plane: window.strideX * group, output: outChannels };
  const [along, across] = strips.isVertical ? [vertical, horizontal] : [horizontal, vertical];
  const [alongStep, acrossStep] = strips.isVertical ? [rowStep, columnStep] : [columnStep, rowStep];
  const tapStep = (axis: AxisWindow) => axis.dilation * (axis === vertical ? plane.width : group);
  return {
    kernel: "depthwisePlanar",
    layer: {
      ...common,
      ...settled,
      copiedWidth: window.inWidth - (window.inWidth % 6),
      group,
      groups: Math.ceil(inChannels / group),
      restChannels: inChannels % group,
      planeStart: plane.start,
      planeGap: plane.gap,
      planeSize: plane.size,
      lines: across.outSize,
      lineStep: acrossStep.plane,
      outputLineStep: acrossStep.output,
      strip: strips.length,
      strips: strips.count,
      lastStart: along.outSize - strips.length,
      stripStep: alongStep.plane,
      outputStripStep: alongStep.output,
      tapsAlong: along.kernelSize,
      tapAlongStep: tapStep(along),
      tapsAcross: across.kernelSize,
      tapAcrossStep: tapStep(across),
      weights: packByChannel(layer, strips.isVertical),
      bias: foldInputZeroPoint(layer, zeroPoint),
    },
    macs,
    parameters,
    scratch: [{ elementType: "int8", elements: plane.size }],
    ...(outChannels === inChannels && { inPlace: [0] }),
  };
}
