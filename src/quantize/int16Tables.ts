import { integerRanges } from "../network/elementTypes.js";
import type { Quantization } from "../network/quantizedNetwork.js";

const steps = 512;
const [least, most] = integerRanges.int16;
const float = Math.fround;

/** To nearest, halves away from zero. */
function round(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

/**
 * A function's results at 513 places of int16, between which `lookupBetween` finds the others. Each lies a little off, so that
 * the largest error between two of them is halved. All is single precision, step by step as the reference has it.
 *
 * @returns int16 [513]
 * Source: TFLM kernels/internal/common.h LUTPopulateInt16.
 */
export function int16Table(
  of: (value: number) => number,
  input: Quantization,
  output: Quantization,
): Int16Array {
  const real = ({ scale, zeroPoint }: Quantization, value: number) => float(scale * (value - zeroPoint));
  const [from, to] = [real(input, least), real(input, most)];
  const step = float(float(to - from) / steps);
  const perStep = float(65536 / float(real(output, most) - real(output, least)));
  const scaled = (value: number) => float(float(of(value)) * perStep);
  const at = (place: number) => float(from + float(place * step));
  const clamp = (value: number) => Math.min(Math.max(value, least), most);
  const table = Array.from({ length: steps }, (_, place) => {
    const value = round(scaled(at(place)));
    const between = round(float(float(scaled(at(place + 1)) + value) / 2));
    const middle = round(scaled(float(at(place) + float(step / 2))));
    return clamp(value - round((between - middle) / 2));
  });
  return Int16Array.of(...table, clamp(round(scaled(to))));
}

/** Steps of an int16. */
const range = most - least;

/** exp from −10 to 0, in 15 bits. Source: TFLM softmax_common.cc InitializeLutForInt16. */
export function int16Exponentials(): Int16Array {
  const input = { scale: float(10 / range), zeroPoint: most };
  return int16Table(Math.exp, input, { scale: float(2 / range), zeroPoint: 0 });
}

/** 1 / (1 + x) from 0 to 1, in 15 bits. Source: TFLM softmax_common.cc InitializeLutForInt16. */
export function int16Reciprocals(): Int16Array {
  const input = { scale: float(1 / range), zeroPoint: least };
  return int16Table((x) => 1 / float(1 + x), input, { scale: float(2 / range), zeroPoint: 0 });
}
