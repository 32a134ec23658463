import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tensor } from "../../../src/base/tensor.js";
import { split } from "../../../src/train/data/split.js";
import { userError } from "../userError.js";

/** Samples that are their own number. */
const numbered = (targets: Int32Array) => ({
  inputs: Tensor.from(
    [targets.length, 1],
    targets.map((_, index) => index),
  ),
  targets,
});
const samplesOf = (part: { inputs: Tensor } | undefined) => [...(part?.inputs.data ?? [])];
const classes = (...counts: number[]) =>
  Int32Array.from(counts.flatMap((count, c) => new Array(count).fill(c)));

describe("split", () => {
  it("shares each class out alike, to within one sample", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 5 }),
        fc.constantFrom(0.1, 0.25, 0.5),
        fc.nat(),
        (counts, test, seed) => {
          const data = numbered(classes(...counts));
          fc.pre(Math.round(test * data.targets.length) > 0);
          const parts = split(data, { test, seed });
          counts.forEach((count, c) => {
            const held = (parts.test!.targets as Int32Array).filter((target) => target === c).length;
            const quota = (Math.round(test * data.targets.length) * count) / data.targets.length;
            expect(Math.abs(held - quota)).toBeLessThan(1);
          });
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it("leaves each class a sample to train by, its only one too, where others can be held back", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { train, test } = split(numbered(classes(10, 10, 1)), { test: 0.5, seed });
      expect([...(train.targets as Int32Array)].filter((target) => target === 2)).toEqual([2]);
      expect(samplesOf(test)).toHaveLength(11);
    }
    let shared = 0;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 6 }),
        fc.constantFrom(0.2, 0.5, 0.8),
        fc.constantFrom(0, 0.15),
        (counts, test, validation) => {
          const samples = counts.reduce((sum, count) => sum + count, 0);
          const held = Math.round(test * samples) + Math.round(validation * samples);
          fc.pre(held <= samples - counts.length && Math.round(0.15 * samples) > 0);
          const { train } = split(numbered(classes(...counts)), {
            test,
            ...(validation > 0 && { validation }),
          });
          expect(new Set(train.targets as Int32Array).size).toBe(counts.length);
          shared += 1;
        },
      ),
      { seed: 1, numRuns: 300 },
    );
    expect(shared).toBe(300);
  });

  it("puts every sample into one part, and keeps their order", () => {
    const { train, validation, test } = split(numbered(classes(30, 70)), { test: 0.2, validation: 0.1 });
    expect([train, validation, test].map((part) => samplesOf(part).length)).toEqual([70, 10, 20]);
    const all = [train, validation, test].flatMap(samplesOf);
    expect(new Set(all).size).toBe(100);
    expect(samplesOf(train)).toEqual(samplesOf(train).sort((a, b) => a - b));
    expect(samplesOf(train).map((sample) => Number(sample >= 30))).toEqual([
      ...(train.targets as Int32Array),
    ]);
  });

  it("gives the same parts for the same seed, and others for another", () => {
    const held = (seed: number) => samplesOf(split(numbered(classes(50, 50)), { test: 0.2, seed }).test);
    expect(held(3)).toEqual(held(3));
    expect(held(3)).not.toEqual(held(4));
  });

  it("draws without regard to classes when told, and for real targets", () => {
    const rare = numbered(classes(99, 1));
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const drawn = seeds.filter((seed) =>
      samplesOf(split(rare, { test: 0.5, seed, stratified: false }).test).includes(99),
    );
    expect(drawn.length).toBeGreaterThan(5);
    expect(drawn.length).toBeLessThan(35);
    const real = { inputs: rare.inputs, targets: Tensor.zeros([100, 2], "float32") };
    expect(split(real, { test: 0.3 }).test?.targets).toMatchObject({ shape: [30, 2] });
  });

  it("takes weights and names along", () => {
    const data = { ...numbered(classes(4, 4)), weights: [0, 1, 2, 3, 4, 5, 6, 7], classNames: ["a", "b"] };
    const { train, test } = split(data, { test: 0.5 });
    for (const part of [train, test!]) expect([...(part.weights as Float64Array)]).toEqual(samplesOf(part));
    expect(test).toMatchObject({ classNames: ["a", "b"] });
  });

  it("trains with all when nothing is held back", () => {
    const data = numbered(classes(1));
    expect(split(data, {})).toEqual({ train: data });
  });

  it("refuses shares that leave a part without samples", () => {
    const data = numbered(classes(2, 2));
    expect(() => split(data, { test: 0.1 })).toThrow(
      userError("4 cannot be shared into 4 to train, 0 to validate and 0 to test"),
    );
    expect(() => split(data, { test: 1 })).toThrow(
      userError("test must be a share above 0 and below 1, found 1"),
    );
    expect(() => split(data, { validation: Number.NaN })).toThrow("validation must be a share");
    expect(() => split(data, { test: 0.5, validation: 0.5 })).toThrow(
      userError("test and validation take 1 of the samples; nothing is left to train"),
    );
  });
});
