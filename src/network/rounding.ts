/** A layer that brings sums to output steps. */
export interface Rounded {
  /**
   * How it rounds, where that is not TensorFlow Lite Micro's way: rint(fround(fround(sum) · m)), a product in float32 that
   * is rounded half to even, with m = fround(fround(input scale · weight scale) / output scale). Of a mean of n values, m is
   * fround(input scale / fround(output scale · n)).
   *
   * Source: onnxruntime, QLinearConv, QLinearMatMul, QGemm, QLinearGlobalAveragePool.
   */
  readonly rounding?: "nearestEven";
}

/** A sum as `addTable` makes it: (first · factor + table[second + 128]) / 2^fractionBits, the fraction cut off. */
export interface SettledSum {
  readonly factor: number;
  readonly fractionBits: number;
  /** int32 [256] */
  readonly table: Int32Array;
}

/** A product of differences from zero points as `multiply` rescales it. */
export interface SettledProduct {
  /** 2^30..2^31−1 */
  readonly multiplier: number;
  readonly leftShift: number;
  readonly rightShift: number;
}
