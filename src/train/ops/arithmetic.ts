import type { FloatArray } from "../../base/tensor.js";

/*
 * What "the same bits" means for every function in this folder:
 *
 * - float64: every operation is one of IEEE 754 doubles.
 * - float32: every product and every sum is rounded to float32 by itself, as single-precision SIMD does. A store into
 *   a Float32Array rounds; inside an expression `round` and `addProduct` do.
 * - A sum over k runs from the first k to the last, and begins with +0 or with what the target holds, as its function
 *   says. Only sums of different targets may be computed side by side. Products with an exact zero may be left out:
 *   they change no bit of a finite sum that begins with +0.
 * - exp, ln, tanh and what is built of them is computed in double and rounded once, when stored.
 */

/** True when an operation's results are rounded to float32. */
export function isSingle(values: FloatArray): values is Float32Array {
  return values instanceof Float32Array;
}

/** `value` in the element type: V8 makes one instruction of it, as `single` stays the same in a loop. */
export function round(single: boolean, value: number): number {
  return single ? Math.fround(value) : value;
}

/** sum + a · b, product and sum each rounded to the element type. */
export function addProduct(single: boolean, sum: number, a: number, b: number): number {
  return single ? Math.fround(sum + Math.fround(a * b)) : sum + a * b;
}

/** 2⁻¹¹⁰, far below what can move a float32 value and far above where float32 gets slow. */
const leastSingle = 2 ** -110;

/**
 * What an optimizer remembers, 0 for magnitudes below 2⁻¹¹⁰ in float32. Decaying towards zero it would else stop among
 * the subnormal numbers for good (0.9 of the least one rounds to itself), where processors take a hundred times as long.
 */
export function settle(single: boolean, value: number): number {
  return single && Math.abs(value) < leastSingle ? 0 : value;
}
