import { describe, expect, it } from "vitest";
import { planProgram } from "../../src/plan/planProgram.js";
import { createBiquads, createDecimate } from "../../src/signal/signalOptions.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { noiseOf, runBlock, signalNetwork } from "../support/signalNetwork.js";

type Type = "lowPass" | "highPass";

/** A Butterworth filter in float64, section by section, as if the first sample had been there for ever. */
function filtered(type: Type, order: number, cutoff: number, samples: ArrayLike<number>): Float64Array {
  const angle = 2 * Math.PI * cutoff;
  const sign = type === "lowPass" ? 1 : -1;
  let signal = Float64Array.from(samples);
  for (let section = 0; section < order / 2; section++) {
    const alpha = Math.sin(angle) * Math.sin((Math.PI * (2 * section + 1)) / (2 * order));
    const [a1, a2] = [(-2 * Math.cos(angle)) / (1 + alpha), (1 - alpha) / (1 + alpha)];
    const gain = (1 + sign * a1 + a2) / 4;
    const level = signal[0]!;
    let [x1, x2, y1, y2] = [level, level, ...(type === "lowPass" ? [level, level] : [0, 0])] as number[];
    signal = signal.map((x) => {
      const y = gain * (x + sign * 2 * x1! + x2!) - a1 * y1! - a2 * y2!;
      [x2, x1, y2, y1] = [x1, x, y1, y];
      return y;
    });
  }
  return signal;
}

const biquads = (type: Type, order: number, cutoff: number, steps: number, axes = 1) =>
  createBiquads("block", [steps, axes], { type, order, cutoff });

const bounds = [
  [0.002, 0.22],
  [0.005, 0.057],
  [0.01, 0.022],
  [0.02, 0.0085],
  [0.1, 0.0012],
  [0.2, 0.0008],
  [0.45, 0.003],
] as const;

describe("biquads", () => {
  it("keep what float64 gives, up to the last bit and the bounds of their order and cutoff", () => {
    for (const [cutoff, bound] of bounds) {
      for (const order of [2, 4, 6, 8]) {
        for (const type of ["lowPass", "highPass"] as const) {
          const samples = noiseOf(3000, 4000, 2 * order);
          const found = runBlock(biquads(type, order, cutoff, 3000), samples);
          const expected = filtered(type, order, cutoff, samples);
          const worst = expected.reduce((most, y, t) => Math.max(most, Math.abs(found[t]! - y)), 0);
          expect(worst).toBeLessThan(0.5 + bound);
        }
      }
    }
  });

  it("keep or take away a level from the first sample on, and halve the power at the cutoff", () => {
    const level = new Int16Array(50).fill(-12345);
    expect(new Set(runBlock(biquads("lowPass", 8, 0.01, 50), level))).toEqual(new Set([-12345]));
    expect(new Set(runBlock(biquads("highPass", 8, 0.01, 50), level))).toEqual(new Set([0]));
    const tone = Int16Array.from({ length: 4000 }, (_, t) =>
      Math.round(20000 * Math.sin(2 * Math.PI * 0.1 * t)),
    );
    for (const type of ["lowPass", "highPass"] as const) {
      const found = runBlock(biquads(type, 4, 0.1, 4000), tone).subarray(2000);
      const power = found.reduce((sum, y) => sum + y * y, 0) / 2000;
      expect(Math.abs(power / 20000 ** 2 - 0.25)).toBeLessThan(1e-4);
    }
  });

  it("gives the same bytes in TypeScript and in the emitted C, at the ends of int16 too", () => {
    for (const block of [
      biquads("lowPass", 8, 0.002, 60, 2),
      biquads("highPass", 4, 0.3, 61),
      biquads("lowPass", 16, 0.49, 40),
    ]) {
      const count = block.steps * block.axes;
      const inputs = [1, 2, 3].map((seed) => noiseOf(count, 9 ** seed, seed));
      inputs.push(Int16Array.from({ length: count }, (_, i) => (i % 16 < 8 ? -32768 : 32767)));
      const program = planProgram(signalNetwork(block));
      const expected = runOracle(program, inputs);
      expect(runGenerated(program, inputs)).toEqual(expected);
      expect(new Set(expected).size).toBeGreaterThan(9);
    }
  });
});

describe("decimate", () => {
  const decimate = (factor: number, steps: number, axes = 1) =>
    createDecimate("block", [steps, axes], factor, {});

  it("computes every nth value of the sum that its taps are, rounded", () => {
    for (const factor of [2, 3, 10]) {
      const block = decimate(factor, 400);
      const samples = noiseOf(400, 5000, factor);
      const found = runBlock(block, samples);
      const expected = Array.from({ length: Math.floor((400 - 8 * factor - 1) / factor) + 1 }, (_, t) => {
        const sum = block.weights.reduce((sum, weight, k) => sum + weight * samples[factor * t + k]!, 0);
        return Math.floor(sum / 32768 + 0.5);
      });
      expect([...found]).toEqual(expected);
    }
  });

  it("passes a level as it is, keeps low tones and takes those away that would fold", () => {
    for (const factor of [2, 5, 16]) {
      const steps = 100 * factor;
      const power = (frequency: number) => {
        const tone = Int16Array.from({ length: steps }, (_, t) =>
          Math.round(30000 * Math.sin(2 * Math.PI * frequency * t)),
        );
        const found = runBlock(decimate(factor, steps), tone);
        return found.reduce((sum, y) => sum + y * y, 0) / found.length / 30000 ** 2;
      };
      expect(new Set(runBlock(decimate(factor, steps), new Int16Array(steps).fill(-32768)))).toEqual(
        new Set([-32768]),
      );
      expect(Math.abs(power(0.113 / factor) - 0.5)).toBeLessThan(0.02);
      expect(power(0.75 / factor)).toBeLessThan(1e-4);
    }
  });

  it("gives the same bytes in TypeScript and in the emitted C", () => {
    for (const block of [decimate(2, 60, 3), decimate(7, 130)]) {
      const count = block.steps * block.axes;
      const inputs = [1, 2].map((seed) => noiseOf(count, 9 ** seed, seed));
      inputs.push(Int16Array.from({ length: count }, (_, i) => (i % 16 < 8 ? -32768 : 32767)));
      const program = planProgram(signalNetwork(block));
      const expected = runOracle(program, inputs);
      expect(runGenerated(program, inputs)).toEqual(expected);
      expect(new Set(expected).size).toBeGreaterThan(9);
    }
  });
});
