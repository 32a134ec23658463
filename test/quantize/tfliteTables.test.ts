import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { tfliteLogisticTable, tfliteTanhTable } from "../../src/quantize/tfliteTables.js";

const scales = [0.001, 0.0078125, 0.03, 0.047, 0.0625, 0.1, 0.2345, 0.5, 1.7, 7.9].map(Math.fround);
const zeroPoints = [-128, -5, 0, 3, 127];

const at = (table: Int8Array, ...inputs: number[]) => inputs.map((q) => table[q + 128]);

function sha256(table: typeof tfliteLogisticTable): string {
  const hash = createHash("sha256");
  for (const scale of scales) for (const zeroPoint of zeroPoints) hash.update(table({ scale, zeroPoint }));
  return hash.digest("hex");
}

describe("tfliteLogisticTable", () => {
  it("is one half at the zero point, and approaches 0 and 1", () => {
    const table = tfliteLogisticTable({ scale: 0.125, zeroPoint: 3 });
    // 256/2 − 128 = 0; at ±1: 256 · 0.7311 − 128 = 59.2, 256 · 0.2689 − 128 = −59.2
    expect(at(table, 3, 11, -5, -128, 127)).toEqual([0, 59, -59, -128, 127]);
  });

  it("is within one step of double precision everywhere", () => {
    for (const scale of scales) {
      const table = tfliteLogisticTable({ scale, zeroPoint: -5 });
      const exact = Array.from(table, (_, i) => 256 / (1 + Math.exp(-scale * (i - 123))) - 128);
      const errors = exact.map((value, i) => Math.abs(table[i] - Math.min(127, Math.round(value))));
      expect(Math.max(...errors)).toBeLessThanOrEqual(1);
    }
  });

  it("gives the bytes of TFLM's arithmetic, compiled with gemmlowp, for 50 quantizations", () => {
    expect(sha256(tfliteLogisticTable)).toBe(
      "4cad7b157940a0f03dcee1e7fce50aa077fc081c3cea2ef51b77641bbce1aa21",
    );
  });
});

describe("tfliteTanhTable", () => {
  it("is 0 at the zero point, and odd", () => {
    const table = tfliteTanhTable({ scale: 0.125, zeroPoint: 3 });
    // 128 · tanh(±1) = ±97.5
    expect(at(table, 3, 11, -5, -128, 127)).toEqual([0, 97, -97, -128, 127]);
  });

  it("is within one step of double precision everywhere", () => {
    for (const scale of scales) {
      const table = tfliteTanhTable({ scale, zeroPoint: -5 });
      const exact = Array.from(table, (_, i) => 128 * Math.tanh(scale * (i - 123)));
      const errors = exact.map((value, i) => Math.abs(table[i] - Math.min(127, Math.round(value))));
      expect(Math.max(...errors)).toBeLessThanOrEqual(1);
    }
  });

  it("gives the bytes of TFLM's arithmetic, compiled with gemmlowp, for 50 quantizations", () => {
    expect(sha256(tfliteTanhTable)).toBe("f3d1d92953318cbee177ec402a6175ab450f0328877a681657d70d44d1c47150");
  });
});
