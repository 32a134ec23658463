import { quantizationOf } from "../../src/network/quantization.js";
import type {
  QuantizedFullyConnected,
  QuantizedLayer,
  QuantizedNetwork,
  WindowSettings,
} from "../../src/network/quantizedNetwork.js";

/** factor = fraction · 2^exponent in whole numbers, to 31 bits, as TensorFlow Lite's QuantizeMultiplier has it. */
function fixedPoint(factor: number): { multiplier: bigint; shift: number } {
  let [fraction, shift] = [factor, 0];
  for (; fraction >= 1; shift++) fraction /= 2;
  for (; fraction < 0.5; shift--) fraction *= 2;
  const multiplier = BigInt(Math.floor(fraction * 2 ** 31 + 0.5));
  return multiplier === 1n << 31n ? { multiplier: 1n << 30n, shift: shift + 1 } : { multiplier, shift };
}

/** MultiplyByQuantizedMultiplier of an int64, in whole numbers of any size. */
export function rescaleInt64(accumulator: bigint, factor: number): bigint {
  const { multiplier, shift } = fixedPoint(factor);
  const short = multiplier < 0x7fff0000n ? (multiplier + (1n << 15n)) >> 16n : 0x7fffn;
  const total = BigInt(15 - shift);
  return (accumulator * short + (1n << (total - 1n))) >> total;
}

const clampTo = (value: bigint, least: number, most: number) =>
  Number(value < least ? BigInt(least) : value > most ? BigInt(most) : value);

/** Values under a window in the image: tap's number and place. */
function taps(
  { kernelSize, strides, padding }: WindowSettings,
  [height, width]: readonly number[],
  [y, x]: readonly [number, number],
  dilations: readonly number[] = [1, 1],
): { tap: number; place: number }[] {
  const found = [];
  for (let tap = 0; tap < kernelSize[0] * kernelSize[1]; tap++) {
    const row = y * strides[0] + Math.floor(tap / kernelSize[1]) * dilations[0]! - padding.top;
    const column = x * strides[1] + (tap % kernelSize[1]) * dilations[1]! - padding.left;
    if (row >= 0 && row < height! && column >= 0 && column < width!)
      found.push({ tap, place: row * width! + column });
  }
  return found;
}

/** What a layer of int16 gives, by the reference kernels' formulas in BigInt; undefined for a softmax. */
export function int16ByFormula(
  { tensors }: QuantizedNetwork,
  layer: QuantizedLayer,
  input: readonly number[],
): number[] | undefined {
  const [from, to] = [tensors[layer.inputs[0]!]!, tensors[layer.output]!];
  const scales = [quantizationOf(from).scale, quantizationOf(to).scale] as const;
  if (layer.kind === "fullyConnected") return fullyConnected(layer, scales, input);
  if (!("kernelSize" in layer)) return undefined;
  const [height, width, inChannels] = from.shape as [number, number, number];
  const [outHeight, outWidth, outChannels] = to.shape as [number, number, number];
  const { activationMin, activationMax } = layer;
  const result: number[] = [];
  for (let position = 0; position < outHeight * outWidth; position++) {
    const at = [Math.floor(position / outWidth), position % outWidth] as const;
    const under = taps(layer, [height, width], at, "dilations" in layer ? layer.dilations : [1, 1]);
    for (let o = 0; o < outChannels; o++) {
      if (layer.kind === "averagePool" || layer.kind === "maxPool") {
        const values = under.map(({ place }) => input[place * inChannels + o]!);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const value =
          layer.kind === "maxPool" ? Math.max(...values) : Math.sign(mean) * Math.floor(Math.abs(mean) + 0.5);
        result.push(clampTo(BigInt(value), activationMin, activationMax));
        continue;
      }
      let sum = BigInt(layer.bias[o]!);
      for (const { tap, place } of under) {
        if (layer.kind === "depthwiseConvolution") {
          const channel = Math.floor(o / (outChannels / inChannels));
          sum += BigInt(layer.weights[tap * outChannels + o]! * input[place * inChannels + channel]!);
          continue;
        }
        const size = layer.kernelSize[0] * layer.kernelSize[1];
        for (let c = 0; c < inChannels; c++)
          sum += BigInt(layer.weights[(o * size + tap) * inChannels + c]! * input[place * inChannels + c]!);
      }
      const factor = (scales[0] * layer.weightScales[o]!) / scales[1];
      result.push(clampTo(rescaleInt64(sum, factor), activationMin, activationMax));
    }
  }
  return result;
}

function fullyConnected(
  { weights, weightScales, bias, activationMin, activationMax }: QuantizedFullyConnected,
  [from, to]: readonly [number, number],
  input: readonly number[],
): number[] {
  return Array.from(bias, (start, o) => {
    const sum = input.reduce(
      (total, value, i) => total + BigInt(value * weights[o * input.length + i]!),
      BigInt(start),
    );
    // the product of scales is of single precision where there is one for all weights
    const scale = weightScales.length === 1 ? Math.fround(from * weightScales[0]!) : from * weightScales[o]!;
    return clampTo(rescaleInt64(sum, scale / to), activationMin, activationMax);
  });
}
