import * as own from "../kernels/own.js";

/** What users' kernels may call, by the specifier that they import it from. */
export const ownSpecifier = "pinfer/kernels";
export const ownFunctionNames: readonly string[] = Object.keys(own);

/** A function of int.ts with what its docstring asks for. */
interface CheckedFunction {
  readonly run: (...values: number[]) => number;
  /** By the argument's place: the values it may have. */
  readonly limits: Readonly<Record<number, readonly [least: number, most: number]>>;
  /** What it computes on the way, and must fit int32 as its result does. */
  readonly between?: (...values: number[]) => number;
}

const shiftCount = [0, 31] as const;
const positive = [1, 2 ** 31 - 1] as const;
const multiplier = [0, 2 ** 31 - 1] as const;

/** registers() and unroll() are no calls when a kernel runs. */
export const ownArithmetic: Readonly<Record<string, CheckedFunction>> = {
  clamp: { run: own.clamp, limits: {} },
  countLeadingZeros: { run: own.countLeadingZeros, limits: {} },
  max: { run: own.max, limits: {} },
  min: { run: own.min, limits: {} },
  requantize: { run: own.requantize, limits: { 1: multiplier, 2: shiftCount } },
  rescale: {
    run: own.rescale,
    limits: { 1: multiplier, 2: shiftCount },
    between: (accumulator, factor, shift, zeroPoint) =>
      zeroPoint! + own.requantize(accumulator!, factor!, shift!),
  },
  roundingDivide: {
    run: own.roundingDivide,
    limits: { 1: positive },
    between: (x, divisor) => Math.abs(x!) + (divisor! >> 1),
  },
  roundingDoublingHighMultiply: { run: own.roundingDoublingHighMultiply, limits: {} },
  roundingHalfSum: { run: own.roundingHalfSum, limits: {} },
  roundingShiftRight: { run: own.roundingShiftRight, limits: { 1: shiftCount } },
  saturatingShiftLeft: { run: own.saturatingShiftLeft, limits: { 1: shiftCount } },
  shiftLeft: { run: own.shiftLeft, limits: { 1: shiftCount } },
};
