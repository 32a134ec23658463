import type { QuantizedConvolution } from "../network/quantizedNetwork.js";
import { largestOffset } from "./digits.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { type BoundedRescale, isClamped, type OutputSettings } from "./settleRescale.js";
import type { WindowArguments } from "./windowArguments.js";

/** Output channels a step, in src/kernels/convolutionShared.ts. */
const blockChannels = 2;

/** Which tap of a four each byte of a block is of, as `spreadEven` and `spreadOdd` take them apart; channels alternate. */
const tapOf = [0, 0, 2, 2, 1, 1, 3, 3];
/** Biases share words with shifts. */
const largestBias = 2 ** 23;

/** The layer as convolutionShared takes it; undefined where its numbers do not fit there. */
export function packConvolutionShared(
  layer: QuantizedConvolution,
  window: WindowArguments,
  { bias, multiplier, rightShift }: BoundedRescale,
  {
    inputZeroPoint,
    outputZeroPoint,
    activationMin,
    activationMax,
  }: OutputSettings & { readonly inputZeroPoint: number },
  network: LayerContext["network"],
): Pick<KernelChoice, "kernel" | "layer" | "scratch"> | undefined {
  const outChannels = bias.length;
  const taps = layer.weights.length / outChannels;
  const inChannels = taps / (window.kernelHeight * window.kernelWidth);
  const fours = Math.ceil(taps / 4);
  const geometry = [
    ...[window.inHeight, window.inWidth * inChannels, window.kernelHeight, window.kernelWidth * inChannels],
    ...[window.strideY, window.strideX * inChannels, layer.dilations[0]],
    ...[window.paddingTop, window.paddingLeft * inChannels],
    ...[window.outWidth, window.outHeight * window.outWidth, outChannels, fours],
    ...[inputZeroPoint, outputZeroPoint, activationMin, activationMax],
  ];
  const offsets = Array.from(rightShift, (shift) => Math.abs(2 * outputZeroPoint + 1) * 2 ** (shift - 1));
  const fits =
    Math.max(...geometry) < 2 ** 15 &&
    Math.max(...offsets) <= largestOffset &&
    bias.every((value) => Math.abs(value) < largestBias);
  const isDilated = layer.dilations[1] > 1 && window.kernelWidth > 1;
  if (!fits || isDilated || outChannels < blockChannels) return undefined;
  const weights = new Int8Array(Math.ceil(outChannels / blockChannels) * fours * tapOf.length);
  for (let i = 0; i < weights.length; i++) {
    const four = Math.floor(i / tapOf.length);
    const tap = 4 * (four % fours) + tapOf[i % tapOf.length]!;
    const block = Math.floor(four / fours) * blockChannels;
    const output = Math.min(block, outChannels - blockChannels) + (i % blockChannels);
    if (tap < taps) weights[i] = layer.weights[output * taps + tap]!;
  }
  const settings = Int32Array.from({ length: 2 * outChannels }, (_, i) =>
    i % 2 === 1 ? multiplier[i >> 1]! : bias[i >> 1]! * 256 + rightShift[i >> 1]!,
  );
  return {
    kernel: "convolutionShared",
    layer: {
      geometry: Int16Array.from(geometry),
      ...{ weights, settings },
      isClamped: Number(isClamped(layer, network)),
    },
    scratch: [{ elementType: "int8", elements: 8 * fours }],
  };
}
