import { type i32, requantize, roundingShiftRight, saturatingShiftLeft, shiftLeft } from "../kernels/int.js";
import { twoOverOnePlus } from "../kernels/twoOverOnePlus.js";
import type { Quantization } from "../network/quantizedNetwork.js";
import { exponential } from "./exponential.js";
import { quantizeMultiplier } from "./multiplier.js";

/** The one output scale and zero point that TensorFlow Lite gives LOGISTIC. */
export const logisticOutput: Quantization = { scale: 1 / 256, zeroPoint: -128 };

/** The one output scale and zero point that TensorFlow Lite gives TANH. */
export const tanhOutput: Quantization = { scale: 1 / 128, zeroPoint: 0 };

/** Bits before the point of both functions' argument. */
const integerBits = 4;

/** logistic(x) as Q0.31 for x as Q4.27. Source: gemmlowp fixedpoint.h logistic. */
function logistic(x: i32): i32 {
  if (x === 0) return 2 ** 30;
  const ofMagnitude = saturatingShiftLeft(twoOverOnePlus(exponential(-Math.abs(x), integerBits)), 1);
  return x > 0 ? ofMagnitude : 2 ** 31 - 1 - ofMagnitude;
}

/** tanh(x) as Q0.31 for x as Q4.27. Source: gemmlowp fixedpoint.h tanh. */
function tanh(x: i32): i32 {
  if (x === 0) return 0;
  // the bits of x as Q4.27 are those of 2x as Q5.26
  const ofMagnitude = saturatingShiftLeft(twoOverOnePlus(exponential(-Math.abs(x), 5)) - 2 ** 29, 2);
  return x > 0 ? ofMagnitude : -ofMagnitude;
}

/**
 * All 256 results of a function that TFLM computes with an argument of 4 bits before the point; inputs whose real value
 * is 15 or more away from 0 are int8's ends.
 *
 * Source: TFLM CalculateInputRadius (quantization_util.cc), MultiplyByQuantizedMultiplier.
 */
function tableOf({ scale, zeroPoint }: Quantization, result: (argument: i32) => i32): Int8Array {
  const { multiplier, leftShift, rightShift } = quantizeMultiplier(scale * 2 ** (31 - integerBits));
  const largest = (2 ** integerBits - 1) * 2 ** (31 - integerBits);
  const radius = Math.floor(largest / 2 ** (leftShift - rightShift));
  return Int8Array.from({ length: 256 }, (_, index) => {
    const difference = index - 128 - zeroPoint;
    if (difference <= -radius) return -128;
    if (difference >= radius) return 127;
    return result(requantize(shiftLeft(difference, leftShift), multiplier, rightShift));
  });
}

function clampToInt8(value: i32): i32 {
  return Math.min(127, Math.max(-128, value));
}

/**
 * LOGISTIC with an output of {@link logisticOutput}, as TFLM's int8 reference kernel computes it (TensorFlow Lite's own
 * rounds a table of floats and can differ by one).
 *
 * @param input scale below 16
 * @returns int8 [256], for the inputs −128..127
 * Source: TFLM reference/integer_ops/logistic.h, logistic_common.cc CalculateArithmeticOpDataLogistic.
 */
export function tfliteLogisticTable(input: Quantization): Int8Array {
  return tableOf(input, (argument) => clampToInt8(roundingShiftRight(logistic(argument), 31 - 8) - 128));
}

/**
 * TANH with an output of {@link tanhOutput}, as TFLM's int8 reference kernel computes it.
 *
 * @param input scale below 16
 * @returns int8 [256], for the inputs −128..127
 * Source: TFLM reference/integer_ops/tanh.h, tanh.cc CalculateArithmeticOpData.
 */
export function tfliteTanhTable(input: Quantization): Int8Array {
  return tableOf(input, (argument) => clampToInt8(roundingShiftRight(tanh(argument), 31 - 7)));
}
