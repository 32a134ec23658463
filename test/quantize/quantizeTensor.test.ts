import { describe, expect, it } from "vitest";
import type { ElementType, Quantized } from "../../src/network/quantizedNetwork.js";
import { quantizeExactly, quantizeTensor } from "../../src/quantize/quantizeTensor.js";

/** Of a public model that takes float32 (openmv force_int_quant.tflite). */
const measured = {
  elementType: "int8",
  quantization: { scale: Math.fround(0.20784314), zeroPoint: -3 },
} as const;

/** TFLM's QUANTIZE step by step: float32 division, away from zero at a half, zero point, clamp. */
function tflmQuantize(value: number, { quantization }: typeof measured): number {
  const steps = Math.fround(Math.fround(value) / quantization.scale);
  const rounded = steps < 0 ? -Math.floor(Math.abs(steps) + 0.5) : Math.floor(steps + 0.5);
  return Math.min(127, Math.max(-128, rounded + quantization.zeroPoint));
}

describe("a real-valued input", () => {
  it("is divided in float32, as TFLM's QUANTIZE does: 15.9 is 74", () => {
    // 15.9 / 0.20784314 = 76.49999… in double and 76.5 in float32, which rounds to 77; 77 − 3
    expect([...quantizeTensor([15.9], measured), ...quantizeExactly([15.9], measured)]).toEqual([74, 73]);
  });

  it("is what TFLM makes of readings with one decimal and of odd multiples of half a step", () => {
    const values = [
      ...Array.from({ length: 3600 }, (_, i) => (i - 1800) / 10),
      ...Array.from({ length: 3600 }, (_, i) => (i - 1800 + 0.5) * measured.quantization.scale),
    ];
    const expected = values.map((value) => tflmQuantize(value, measured));
    expect([...quantizeTensor(values, measured)]).toEqual(expected);
    // what a division in double gives for some: the difference that is tested
    const inDouble = quantizeExactly(values, measured);
    expect(expected.filter((q, i) => q !== inDouble[i]).length).toBeGreaterThan(10);
  });

  it("has each column's scale and zero point, rows behind each other", () => {
    const columns: Quantized & { elementType: ElementType } = {
      elementType: "int16",
      quantization: [
        { scale: 1, zeroPoint: 0 },
        { scale: 0.5, zeroPoint: -202_650 },
      ],
    };
    expect([...quantizeTensor([7, 101325, -3, 101000, 40000, 0], columns)]).toEqual([
      7, 0, -3, -650, 32767, -32768,
    ]);
  });
});
