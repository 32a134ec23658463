import { describe, expect, it } from "vitest";
import { expectMeansProven } from "../../../src/import/onnxIntegers/expectMeansProven.js";
import { provenTable } from "../../../src/import/onnxIntegers/integerTables.js";
import { fused, solvedSum } from "../../../src/import/onnxIntegers/pairOperators.js";
import { solveProduct } from "../../../src/import/onnxIntegers/solveProduct.js";
import { rescale, shiftLeft } from "../../../src/kernels/int.js";

const format = (scale: number, zeroPoint: number) => ({
  quantization: { scale: Math.fround(scale), zeroPoint },
  isUnsigned: false,
});

describe("what onnxruntime computes in float32 is taken where its bytes are proven:", () => {
  it("a mean whose order of summation cannot matter", () => {
    expect(() =>
      expectMeansProven([4, 4, 3], format(6 / 255, -128), format(0.0154787833, -128)),
    ).not.toThrow();
    // 4 values of scale 1 in steps of 2: a sum of 4 is 0.5 steps
    expect(() => expectMeansProven([2, 2, 3], format(1, -128), format(2, -128))).toThrow(
      "takes a mean of 4 values in float32: where their integers sum up to 4, it is 0.5 output steps, as near to a half",
    );
    expect(() => expectMeansProven([65, 64, 3], format(1, 0), format(2, 0))).toThrow(
      "takes a mean of 4160 values in float32; up to 4096 are proven",
    );
  });

  it("a sigmoid none of whose results lies at a half", () => {
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const none = new Set<number>();
    expect(provenTable(format(0.021, 11), format(1 / 256, -128), sigmoid, none).length).toBe(256);
    // σ(0) = 0.5 is 62.5 steps of 1 / 125, whatever a polynomial makes of it; it is exact at 0
    const to = format(1 / 125, -128);
    expect(() => provenTable(format(0.1, 0), to, sigmoid, none)).toThrow(
      /^gives 62\.\d+ output steps for 0: as near to a half as this, processors round it in different ways$/,
    );
    expect(() => provenTable(format(0.1, 0), to, sigmoid, new Set([0]))).not.toThrow();
  });

  it("a sum with a table: halves in turn have none", () => {
    const { settled, different } = solvedSum(format(0.021, 11), format(0.034, 7), format(0.047, 3));
    const { factor, fractionBits, table } = settled!;
    // in real numbers, which no float32 sum here is 1e-3 of a step away from
    const exact = (a: number, b: number) => ((a - 11) * 0.021 + (b - 7) * 0.034) / 0.047 + 3;
    let certain = 0;
    for (let b = -128; b < 128; b++) {
      for (let a = -128; a < 128; a++) {
        const value = exact(a, b);
        if (Math.abs(value - Math.floor(value) - 0.5) < 1e-3) continue;
        certain++;
        const found = Math.min(127, Math.max(-128, (a * factor + table[b + 128]!) >> fractionBits));
        const wanted = Math.min(127, Math.max(-128, Math.round(value)));
        if (found !== wanted) expect([a, b, found]).toEqual([a, b, wanted]);
      }
    }
    expect(certain).toBeGreaterThan(65_000);
    expect(different).toBeLessThanOrEqual(65_536 - certain);
    expect(solvedSum(format(0.5, 0), format(0.5, 0), format(1, 0)).settled).toBeUndefined();
  });

  it("a product and a sum of float32 that are rounded once, as a processor does that fuses them", () => {
    // 97 · 172 961 = 2^24 + 1 lies in the middle of two float32 values; double precision loses the 2^-40 beside it
    const [a, b] = [97, 172_961];
    expect([fused(a, b, 2 ** -40), fused(a, b, 0), fused(a, b, -(2 ** -40))]).toEqual([
      2 ** 24 + 2,
      2 ** 24,
      2 ** 24,
    ]);
    expect(fused(-a, b, -(2 ** -40))).toBe(-(2 ** 24) - 2);
  });

  it("a product with a factor, which gives the wanted result for every product", () => {
    const factor = Math.fround(0.0123);
    const wanted = (product: number) =>
      Math.min(127, Math.max(-128, Math.floor(Math.fround(product * factor) + 0.5) - 9));
    const { multiplier, leftShift, rightShift } = solveProduct(factor, wanted, -9)!;
    for (let product = -65025; product <= 65025; product++) {
      const found = rescale(shiftLeft(product, leftShift), multiplier, rightShift, -9, -128, 127);
      if (found !== wanted(product)) expect([product, found]).toEqual([product, wanted(product)]);
    }
    const toEven = (product: number) => Math.min(127, Math.max(-128, 2 * Math.round(product / 4)));
    expect(solveProduct(0.5, toEven, 0)).toBeUndefined();
  });
});
