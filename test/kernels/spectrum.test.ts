import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { fftWide } from "../../src/kernels/fftWide.js";
import { addSquare, logarithmOfPower } from "../../src/kernels/power.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { bitReversal, logarithmTable, twiddleTable } from "../../src/signal/fftTables.js";
import { settleSignal } from "../../src/signal/settleSignal.js";
import { createSpectrum, type SpectrumOptions } from "../../src/signal/signalOptions.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { noiseOf, runBlock, signalNetwork } from "../support/signalNetwork.js";

/** |DFT|² / length of a frame in float64, bins 0 to length / 2. */
function powersOf(frame: ArrayLike<number>): number[] {
  const length = frame.length;
  return Array.from({ length: length / 2 + 1 }, (_, bin) => {
    let [re, im] = [0, 0];
    for (let i = 0; i < length; i++) {
      const angle = (-2 * Math.PI * ((bin * i) % length)) / length;
      re += frame[i]! * Math.cos(angle);
      im += frame[i]! * Math.sin(angle);
    }
    return (re * re + im * im) / length;
  });
}

/** Three tones and their amplitudes by seed, within int16. */
function tonesOf(length: number, seed: number): Int16Array {
  const random = new Random(seed);
  const tones = Array.from({ length: 3 }, () => ({
    amplitude: 10000 * random.uniform(),
    frequency: Math.PI * random.uniform(),
    phase: 6.28 * random.uniform(),
  }));
  return Int16Array.from({ length }, (_, i) =>
    Math.round(
      tones.reduce(
        (sum, { amplitude, frequency, phase }) => sum + amplitude * Math.sin(frequency * i + phase),
        0,
      ),
    ),
  );
}

const decibels = (ratio: number) => 10 * Math.log10(ratio);

const block = (steps: number, options: SpectrumOptions, axes = 1) =>
  createSpectrum("block", [steps, axes], options);

describe("fftWide", () => {
  it("has the ratio of signal to error of its length with factors in Q15, and bins within 40 dB to 0.014 dB", () => {
    for (const [length, least] of [
      [16, 82.3],
      [64, 79.6],
      [128, 78.4],
      [256, 77.3],
      [512, 76.0],
      [1024, 75.4],
    ] as const) {
      const order = bitReversal(length);
      const twiddles = twiddleTable(length, length / 2);
      for (let seed = 0; seed < 6; seed++) {
        const samples = tonesOf(length, seed);
        const scale = 2 ** Math.min(8, 15 - Math.log2(length));
        const work = new Int32Array(2 * length);
        samples.forEach((x, i) => {
          work[2 * order[i]!] = x * scale;
        });
        fftWide(work, twiddles, length, Math.log2(length));
        let [signal, error] = [0, 0];
        const bins: { power: number; found: number }[] = [];
        for (let bin = 0; bin <= length / 2; bin++) {
          let [re, im] = [0, 0];
          samples.forEach((x, i) => {
            const angle = (-2 * Math.PI * ((bin * i) % length)) / length;
            re += x * Math.cos(angle);
            im += x * Math.sin(angle);
          });
          signal += re * re + im * im;
          const [foundRe, foundIm] = [work[2 * bin]! / scale, work[2 * bin + 1]! / scale];
          error += (foundRe - re) ** 2 + (foundIm - im) ** 2;
          bins.push({ power: re * re + im * im, found: foundRe * foundRe + foundIm * foundIm });
        }
        expect(decibels(signal / error)).toBeGreaterThan(least);
        const largest = Math.max(...bins.map(({ power }) => power));
        const audible = bins.filter(({ power }) => power >= largest * 1e-4);
        const errors = audible.map(({ power, found }) => Math.abs(decibels(found / power)));
        expect(Math.max(...errors)).toBeLessThan(0.014);
      }
    }
  });
});

describe("spectrum", () => {
  it("tells powers within 40 dB of the largest to the FFT's 0.014 dB and the error of log2", () => {
    const rounding = decibels(2 ** ((0.5 + 0.87) / 256));
    let worst = 0;
    for (const length of [16, 64, 256, 1024]) {
      for (let seed = 0; seed < 6; seed++) {
        const samples = tonesOf(length, seed);
        const mean = Math.round(samples.reduce((sum, x) => sum + x, 0) / length);
        const expected = powersOf(samples.map((x) => x - mean)).slice(1);
        const largest = Math.max(...expected);
        const found = runBlock(block(length, { length, window: "none" }), samples);
        expected.forEach((power, band) => {
          if (power < largest * 1e-4) return;
          worst = Math.max(worst, Math.abs((found[band]! / 256) * decibels(2) - decibels(power)));
        });
      }
    }
    expect(worst).toBeLessThan(0.014 + rounding);
  });

  it("takes the largest or the mean of overlapping frames, and sums bins of a band", () => {
    const samples = noiseOf(200, 700, 4);
    const hann = Array.from({ length: 32 }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / 32));
    const mean = Math.round(samples.reduce((sum, x) => sum + x, 0) / 200);
    const frames = Array.from({ length: 11 }, (_, frame) =>
      powersOf(hann.map((weight, i) => weight * (samples[16 * frame + i]! - mean))),
    );
    const bins = Array.from({ length: 17 }, (_, bin) => frames.map((powers) => powers[bin]!));
    const highest = bins.map((powers) => Math.max(...powers));
    const average = bins.map((powers) => powers.reduce((sum, power) => sum + power, 0) / 11);
    const sum = (powers: number[], from: number, to: number) =>
      powers.slice(from, to).reduce((total, power) => total + power, 0);
    const log = (powers: readonly number[]) => powers.map((power) => Math.round(256 * Math.log2(power)));
    const near = (found: Int16Array, expected: readonly number[]) =>
      expect([...found].map((value, i) => Math.abs(value - expected[i]!) <= 1)).toEqual(
        expected.map(() => true),
      );
    near(runBlock(block(200, { length: 32 }), samples), log(highest.slice(1)));
    near(runBlock(block(200, { length: 32, combine: "mean" }), samples), log(average.slice(1)));
    near(runBlock(block(200, { length: 32, bands: [2, 3, 9, 17] }), samples), [
      ...log([highest[2]!, sum(highest, 3, 9), sum(highest, 9, 17)]),
    ]);
    near(runBlock(block(200, { length: 32, bands: 4, combine: "mean" }), samples), [
      ...log([1, 5, 9, 13].map((from) => sum(average, from, from + 4))),
    ]);
  });

  it("has room for the loudest samples, and -8 for silence and what lies below 2^-8", () => {
    for (const length of [16, 128, 2048]) {
      for (const combine of ["max", "mean"] as const) {
        const samples = Int16Array.from({ length: 4 * length }, (_, i) => (i % 2 === 0 ? -32768 : 32767));
        const found = runBlock(
          block(4 * length, { length, combine, window: "none", bands: [1, 2, length / 2 + 1] }),
          samples,
        );
        // 65535 / 2 at the Nyquist frequency alone: |length · 32767.5|² / length; the mean is rounded to −1
        expect(found[0]).toBe(-2048);
        expect(Math.abs(found[1]! - 256 * Math.log2(length * 32767.5 ** 2))).toBeLessThan(1.5);
      }
    }
    expect(new Set(runBlock(block(64, { length: 16 }), new Int16Array(64).fill(-77)))).toEqual(
      new Set([-2048]),
    );
  });

  it("gives the same bytes in TypeScript and in the emitted C", () => {
    const blocks = [
      block(100, { length: 16, bands: [1, 2, 5, 9] }, 3),
      block(90, { length: 64, overlap: 0.75, combine: "mean", window: "none" }),
    ];
    for (const one of blocks) {
      const count = one.steps * one.axes;
      const inputs = [0, 1, 2, 3].map((seed) => noiseOf(count, 7 ** seed, seed));
      inputs.push(
        new Int16Array(count),
        Int16Array.from({ length: count }, (_, i) => (i % 5 < 2 ? -32768 : 32767)),
      );
      const program = planProgram(signalNetwork(one));
      const expected = runOracle(program, inputs);
      expect(runGenerated(program, inputs)).toEqual(expected);
      expect(new Set(expected).size).toBeGreaterThan(50);
    }
  });

  it("is refused where frames have no room", () => {
    expect(() =>
      settleSignal("block", block(65535, { length: 2048, overlap: 0.97, combine: "mean" })),
    ).toThrow('layer "block": 1041 frames of 2048 samples have powers that no two words hold');
  });
});

describe("powers in two words", () => {
  it("are exact sums of squares", () => {
    const powers = new Int32Array(2);
    let expected = 0n;
    for (const value of [1, -32767, 32768, 2 ** 30, -98765432, 987654321, 123456789, 3]) {
      addSquare(powers, 0, value);
      expected += BigInt(value) ** 2n;
      expect(BigInt(powers[0]!) * 2n ** 30n + BigInt(powers[1]!)).toBe(expected);
      const log = logarithmOfPower(powers, 0, logarithmTable()) / 65536;
      expect(Math.abs(log - Math.log2(Number(expected)))).toBeLessThan(0.0035);
    }
  });
});
