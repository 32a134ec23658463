import { quantizationOf } from "../../src/network/quantization.js";
import type {
  Padding,
  QuantizedDepthwiseConvolution,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedPooling,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";

/** One channel of an image with its padding: undefined where the padding is. */
type Plane = readonly (readonly (number | undefined)[])[];

function paddedPlane(
  values: readonly number[],
  { shape }: QuantizedTensor,
  channel: number,
  padding: Padding,
): Plane {
  const [height, width, channels] = shape;
  return Array.from({ length: height + padding.top + padding.bottom }, (_, row) =>
    Array.from({ length: width + padding.left + padding.right }, (_, column) => {
      const [y, x] = [row - padding.top, column - padding.left];
      const isInside = y >= 0 && y < height && x >= 0 && x < width;
      return isInside ? values[(y * width + x) * channels + channel] : undefined;
    }),
  );
}

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

/** To nearest, ties away from zero. */
const roundAway = (value: number) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5) + 0;

/**
 * accumulator · factor as TensorFlow Lite rounds it, from the factor itself: a 31-bit fraction, the product to nearest
 * (ties up), the rest of the exponent to nearest (ties away from zero).
 */
export function rescaleByFormula(accumulator: number, factor: number): number {
  if (factor === 0) return 0;
  const exponent = Math.floor(Math.log2(factor)) + 1;
  return rescaleByBits(accumulator, BigInt(Math.round(factor * 2 ** (31 - exponent))), exponent);
}

/** accumulator · bits / 2^31 · 2^exponent, rounded twice. */
function rescaleByBits(accumulator: number, bits: bigint, exponent: number): number {
  if (exponent < -31) return 0;
  const shifted = BigInt(accumulator) << BigInt(Math.max(exponent, 0));
  const product = Number((shifted * bits + (1n << 30n)) >> 31n);
  return roundAway(product / 2 ** Math.max(-exponent, 0));
}

function depthwise(
  layer: QuantizedDepthwiseConvolution,
  input: QuantizedTensor,
  output: QuantizedTensor,
  values: readonly number[],
): number[] {
  const outChannels = layer.bias.length;
  const multiplier = outChannels / input.shape[2];
  const planes = Array.from({ length: input.shape[2] }, (_, c) =>
    paddedPlane(values, input, c, layer.padding),
  );
  const result: number[] = [];
  for (let y = 0; y < output.shape[0]; y++) {
    for (let x = 0; x < output.shape[1]; x++) {
      for (let o = 0; o < outChannels; o++) {
        let sum = layer.bias[o];
        for (let ky = 0; ky < layer.kernelSize[0]; ky++) {
          for (let kx = 0; kx < layer.kernelSize[1]; kx++) {
            const row = planes[Math.floor(o / multiplier)][y * layer.strides[0] + ky * layer.dilations[0]];
            const value = row[x * layer.strides[1] + kx * layer.dilations[1]];
            const weight = layer.weights[(ky * layer.kernelSize[1] + kx) * outChannels + o];
            if (value !== undefined) sum += weight * (value - quantizationOf(input).zeroPoint);
          }
        }
        const factor = (quantizationOf(input).scale * layer.weightScales[o]) / quantizationOf(output).scale;
        const scaled = rescaleByFormula(sum, factor) + quantizationOf(output).zeroPoint;
        result.push(clamp(scaled, layer.activationMin, layer.activationMax));
      }
    }
  }
  return result;
}

function pool(
  layer: QuantizedPooling,
  input: QuantizedTensor,
  output: QuantizedTensor,
  values: readonly number[],
): number[] {
  const planes = Array.from({ length: input.shape[2] }, (_, c) =>
    paddedPlane(values, input, c, layer.padding),
  );
  const result: number[] = [];
  for (let y = 0; y < output.shape[0]; y++) {
    for (let x = 0; x < output.shape[1]; x++) {
      for (const plane of planes) {
        const [top, left] = [y * layer.strides[0], x * layer.strides[1]];
        const taps = plane
          .slice(top, top + layer.kernelSize[0])
          .flatMap((row) => row.slice(left, left + layer.kernelSize[1]))
          .filter((value) => value !== undefined);
        const sum = taps.reduce((a, b) => a + b, 0);
        const value = layer.kind === "maxPool" ? Math.max(-128, ...taps) : roundAway(sum / taps.length);
        result.push(clamp(value, layer.activationMin, layer.activationMax));
      }
    }
  }
  return result;
}

function mean(input: QuantizedTensor, output: QuantizedTensor, values: readonly number[]): number[] {
  const channels = input.shape[2];
  const count = values.length / channels;
  const factor = quantizationOf(input).scale / quantizationOf(output).scale;
  const exponent = Math.floor(Math.log2(factor)) + 1;
  const shift = Math.floor(Math.log2(count));
  const bits = (BigInt(Math.round(factor * 2 ** (31 - exponent))) << BigInt(shift)) / BigInt(count);
  return Array.from({ length: channels }, (_, c) => {
    const taps = values.filter((_, i) => i % channels === c);
    const sum = taps.reduce((a, b) => a + b - quantizationOf(input).zeroPoint, 0);
    const scaled = rescaleByBits(sum, bits, exponent - shift);
    return clamp(scaled + quantizationOf(output).zeroPoint, -128, 127);
  });
}

/** A window layer's output by its formula: slow, and in another way than the kernels. */
export function layerByFormula(
  network: QuantizedNetwork,
  layer: QuantizedLayer,
  values: readonly number[],
): number[] {
  const [input, output] = [network.tensors[layer.inputs[0]], network.tensors[layer.output]];
  if (layer.kind === "depthwiseConvolution") return depthwise(layer, input, output, values);
  if (layer.kind === "averagePool" || layer.kind === "maxPool") return pool(layer, input, output, values);
  if (layer.kind === "mean") return mean(input, output, values);
  throw new Error(`no formula for ${layer.kind}`);
}
