import { UserError } from "../../base/errors.js";
import type { IntegerFormat } from "./integerLayer.js";

/** To the nearest integer, halves to even. */
export function roundToEven(x: number): number {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + Math.abs(below % 2) : Math.floor(x + 0.5);
}

/** The float32 value that an int8 stands for. Source: onnxruntime, DequantizeLinear. */
export function dequantized(value: number, { quantization: { scale, zeroPoint } }: IntegerFormat): number {
  return Math.fround(scale * (value - zeroPoint));
}

/** The int8 that a float32 value becomes. Source: onnxruntime, core/mlas/lib/quantize.cpp MlasQuantizeLinear. */
export function quantizedToEven(real: number, { quantization: { scale, zeroPoint } }: IntegerFormat): number {
  return Math.min(127, Math.max(-128, roundToEven(Math.fround(real / scale)) + zeroPoint));
}

/** @param f of a float32 value, rounded to float32 as onnxruntime rounds it */
export function tableOf(from: IntegerFormat, to: IntegerFormat, f: (x: number) => number): Int8Array {
  return Int8Array.from({ length: 256 }, (_, index) =>
    quantizedToEven(f(dequantized(index - 128, from)), to),
  );
}

export function requantizeTable(from: IntegerFormat, to: IntegerFormat): Int8Array {
  return tableOf(from, to, (x) => x);
}

/** Of single values of a sigmoid 1.7e-7 was measured, of 3 million arguments of onnxruntime's. */
const largestError = 2 ** -21;

/**
 * A function that onnxruntime computes by a polynomial of its own, which processors evaluate in different ways. A result
 * that near to a half of the output's steps could be either of two.
 *
 * @param f in double precision, of values up to 1 in magnitude
 * @param exact arguments whose results are exact in float32
 * @throws UserError where a result is as near as that to a half
 */
export function provenTable(
  from: IntegerFormat,
  to: IntegerFormat,
  f: (x: number) => number,
  exact: ReadonlySet<number>,
): Int8Array {
  const { scale, zeroPoint } = to.quantization;
  for (let value = -128; value <= 127; value++) {
    const x = dequantized(value, from);
    const steps = f(x) / scale;
    const toHalf = Math.abs(steps - Math.floor(steps) - 0.5);
    const isClamped = steps + zeroPoint > 128 || steps + zeroPoint < -129;
    if (!exact.has(x) && !isClamped && toHalf <= largestError / scale) {
      throw new UserError(
        `gives ${steps} output steps for ${x}: as near to a half as this, processors round it in different ways`,
        "give the output another scale",
      );
    }
  }
  return tableOf(from, to, (x) => Math.fround(f(x)));
}
