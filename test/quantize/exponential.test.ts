import { describe, expect, it } from "vitest";
import { exponential, softmaxExponentials } from "../../src/quantize/exponential.js";

const one = 2 ** 31 - 1;

describe("exponential", () => {
  it("is 1 at 0, and 0 where Q0.31 has no more digits", () => {
    expect(exponential(0)).toBe(one);
    expect(exponential(-(2 ** 31))).toBe(0);
    // exp(−22) · 2^31 = 0.6
    expect(Math.abs(exponential(-22 * 2 ** 26) - 1)).toBeLessThanOrEqual(1);
  });

  it("is within 2^-22 of e^x over all of Q5.26", () => {
    let largest = 0;
    for (let i = 0; i <= 20000; i++) {
      const x = -Math.floor((i / 20000) ** 2 * 2 ** 31);
      const found = exponential(x);
      largest = Math.max(largest, Math.abs(found / 2 ** 31 - Math.exp(x / 2 ** 26)));
    }
    // the first term that the series leaves out: e^(−1/8) · (1/8)^5 / 120 = 2.24e-7, and rounding; 2^-22 = 2.38e-7
    expect(largest).toBeLessThan(2 ** -22);
  });
});

describe("softmaxExponentials", () => {
  it("are exp(−beta · scale · d), entry by entry", () => {
    for (const [beta, scale] of [
      [1, 0.1],
      [2, 0.05],
      [1, 1 / 256],
      [1, Math.fround(0.14469251)],
    ]) {
      const table = softmaxExponentials(beta, scale);
      const errors = [...table].map((q, d) => Math.abs(q / 2 ** 31 - Math.exp(-beta * scale * d)));
      expect(Math.max(...errors)).toBeLessThan(2 ** -22);
    }
  });

  it("end with the last that is not 0", () => {
    // exp(−0.9 · d) · 2^31 falls below a half after d = 24
    const table = softmaxExponentials(1, 0.9);
    expect(table.length).toBeGreaterThan(20);
    expect(table.length).toBeLessThanOrEqual(25);
    expect(table.at(-1)).toBeGreaterThan(0);
  });

  it("end where TFLM's radius ends, if that comes first", () => {
    // a factor of 2^26 has shift 27: floor(31 · 2^26 / 2^27) = 15, though exp(−16) · 2^31 = 242
    expect(softmaxExponentials(1, 1)).toHaveLength(16);
  });

  it("are 256 where the scale is small, and 1 alone where a step is beyond the table", () => {
    expect(softmaxExponentials(1, 0.01)).toHaveLength(256);
    expect(softmaxExponentials(1, 1e-9)).toHaveLength(256);
    expect([...softmaxExponentials(1, 40)]).toEqual([one]);
    expect([...softmaxExponentials(1, 1e30)]).toEqual([one]);
  });

  it("start at 1 and fall", () => {
    for (const scale of [1e-6, 0.003, 0.1, 3]) {
      const table = [...softmaxExponentials(1, scale)];
      expect(table[0]).toBe(one);
      expect(table).toEqual([...table].sort((a, b) => b - a));
    }
  });
});
