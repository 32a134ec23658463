import { describe, expect, it } from "vitest";
import { resample } from "../../src/formats/resample.js";

const sine = (hertz: number, rate: number, length: number, amplitude = 10_000) =>
  Int16Array.from({ length }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * i) / rate + 0.3)),
  );

const largest = (values: Iterable<number>) => [...values].reduce((most, v) => Math.max(most, Math.abs(v)), 0);

describe("samples at another rate", () => {
  it.each([
    [44_100, 16_000],
    [48_000, 16_000],
    [22_050, 16_000],
    [8_000, 16_000],
    [16_000, 8_000],
    [11_025, 16_000],
  ])("%i to %i a second: a tone in the pass band stays what it is", (from, to) => {
    const frames = Math.floor(from / 4);
    for (const hertz of [100, 1000, 0.8 * (Math.min(from, to) / 2)]) {
      const output = resample(sine(hertz, from, frames), from, to);
      expect(output).toHaveLength(Math.ceil((frames * to) / from));
      const expected = sine(hertz, to, output.length);
      const inside = [...output.keys()].slice(200, -200);
      // input and output are rounded to half a step each; 4 steps of 10 000 are 68 dB
      expect(largest(inside.map((i) => output[i]! - expected[i]!))).toBeLessThanOrEqual(4);
    }
  });

  it("what the lower rate cannot hold is 70 dB down", () => {
    const output = resample(sine(10_000, 44_100, 11_025), 44_100, 16_000);
    expect(largest(output.slice(200, -200))).toBeLessThanOrEqual(3);
  });

  it("the same rate gives the same samples, and a constant stays one", () => {
    const samples = Int16Array.of(3, -32768, 32767, 0);
    expect(resample(samples, 16_000, 16_000)).toEqual(samples);
    const constant = resample(new Int16Array(1000).fill(-1234), 44_100, 16_000);
    expect(new Set(constant.slice(100, -100))).toEqual(new Set([-1234]));
  });

  it("full scale is clamped, not wrapped", () => {
    const square = Int16Array.from({ length: 400 }, (_, i) => (i % 40 < 20 ? 32767 : -32768));
    const output = resample(square, 16_000, 48_000);
    expect(Math.max(...output)).toBe(32767);
    expect(Math.min(...output)).toBe(-32768);
    const middle = output.slice(30, 50); // of the first half
    expect(Math.min(...middle)).toBeGreaterThan(20_000);
  });

  it("nothing stays nothing", () => {
    expect(resample(new Int16Array(0), 44_100, 16_000)).toEqual(new Int16Array(0));
  });
});
