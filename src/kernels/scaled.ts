import {
  clamp,
  countLeadingZeros,
  type i32,
  min,
  roundingDoublingHighMultiply,
  roundingShiftRight,
  shiftLeft,
  shiftRight,
} from "./int.js";
import { squareRoot } from "./squareRoot.js";

// Numbers of a wide range in two int32: numbers[at] · 2^numbers[at + 1]. The first one is 0, or 2^29 to 2^30 in size; each function
// is exact to 2^-26 of its result, or of the larger term of a sum. Arguments may lie where the result goes.

/** mantissa · 2^exponent; |mantissa| < 2^31. */
export function setScaled(numbers: Int32Array, to: i32, mantissa: i32, exponent: i32): void {
  const bits: i32 = 32 - countLeadingZeros(mantissa < 0 ? 0 - mantissa : mantissa);
  if (bits === 0) {
    numbers[to] = 0;
    numbers[to + 1] = 0;
  } else if (bits > 30) {
    numbers[to] = mantissa >> 1;
    numbers[to + 1] = exponent + 1;
  } else {
    numbers[to] = shiftLeft(mantissa, 30 - bits);
    numbers[to + 1] = exponent - 30 + bits;
  }
}

/** a + b */
export function addScaled(numbers: Int32Array, to: i32, a: i32, b: i32): void {
  const isFirst: i32 = numbers[b] === 0 || (numbers[a] !== 0 && numbers[a + 1] > numbers[b + 1]) ? 1 : 0;
  const large: i32 = isFirst === 1 ? a : b;
  const small: i32 = isFirst === 1 ? b : a;
  const exponent: i32 = numbers[large + 1];
  const away: i32 = numbers[small] === 0 ? 30 : min(exponent - numbers[small + 1], 30);
  const sum: i32 = (numbers[large] >> 1) + shiftRight(numbers[small], away + 1);
  setScaled(numbers, to, sum, exponent + 1);
}

/** a · b */
export function multiplyScaled(numbers: Int32Array, to: i32, a: i32, b: i32): void {
  const product: i32 = roundingDoublingHighMultiply(numbers[a], numbers[b]);
  setScaled(numbers, to, product, numbers[a + 1] + numbers[b + 1] + 31);
}

/** a · factor, a whole number of −8..7. */
export function timesScaled(numbers: Int32Array, to: i32, a: i32, factor: i32): void {
  setScaled(numbers, to, (numbers[a] >> 3) * factor, numbers[a + 1] + 3);
}

/** a / b, bit by bit; b is not 0. */
export function divideScaled(numbers: Int32Array, to: i32, a: i32, b: i32): void {
  const divisor: i32 = numbers[b] < 0 ? 0 - numbers[b] : numbers[b];
  let rest: i32 = numbers[a] < 0 ? 0 - numbers[a] : numbers[a];
  let quotient: i32 = 0;
  if (rest >= divisor) {
    rest -= divisor;
    quotient = 1;
  }
  for (let bit: i32 = 0; bit < 29; bit++) {
    rest = 2 * rest;
    quotient = 2 * quotient;
    if (rest >= divisor) {
      rest -= divisor;
      quotient++;
    }
  }
  const isNegative: i32 = (numbers[a] < 0 ? 1 : 0) ^ (numbers[b] < 0 ? 1 : 0);
  setScaled(numbers, to, isNegative === 1 ? 0 - quotient : quotient, numbers[a + 1] - numbers[b + 1] - 29);
}

/** √a; a is 0 or more. */
export function rootScaled(numbers: Int32Array, to: i32, a: i32): void {
  const odd: i32 = numbers[a + 1] & 1;
  const root: i32 = squareRoot(shiftRight(numbers[a], odd), 0, 26);
  setScaled(numbers, to, root, ((numbers[a + 1] + odd) >> 1) - 13);
}

/** a · 2^bits as int16, to nearest, ties away from zero, saturated. */
export function scaledToInt16(numbers: Int32Array, a: i32, bits: i32): i32 {
  const shift: i32 = 0 - numbers[a + 1] - bits;
  if (shift > 31 || numbers[a] === 0) {
    return 0;
  }
  return shift < 14
    ? numbers[a] < 0
      ? -32768
      : 32767
    : clamp(roundingShiftRight(numbers[a], shift), -32768, 32767);
}
