import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import { type Augment, augmentBatch } from "../../../src/train/data/augment.js";
import {
  imageBrightness,
  imageFlip,
  imageNoise,
  imageRotate,
  imageShift,
} from "../../../src/train/data/augmentImages.js";
import { seriesJitter, seriesScale, seriesShift, seriesWarp } from "../../../src/train/data/augmentSeries.js";
import { userError } from "../userError.js";

/** What an augmentation makes of a sample, for many seeds, without doubles. */
function outcomes(augment: Augment, shape: number[], values: number[]): string[] {
  const seen = Array.from({ length: 60 }, (_, seed) => {
    const sample = Float64Array.from(values);
    augment(sample, new Random(seed), shape);
    return sample.map((value) => Math.round(value * 1e9) / 1e9 + 0).join(" ");
  });
  return [...new Set(seen)].sort();
}

describe("images", () => {
  it("are shifted by whole pixels, in both directions, and filled", () => {
    const moved = outcomes(imageShift(1, { fill: 9 }), [2, 2, 1], [1, 2, 3, 4]);
    expect(moved).toHaveLength(9);
    expect(moved).toEqual(expect.arrayContaining(["1 2 3 4", "9 1 9 3", "9 9 1 2", "4 9 9 9", "2 9 4 9"]));
  });

  it("are flipped every other time", () => {
    expect(outcomes(imageFlip(), [1, 3, 2], [1, 2, 3, 4, 5, 6])).toEqual(["1 2 3 4 5 6", "5 6 3 4 1 2"]);
    expect(outcomes(imageFlip({ axis: "vertical" }), [2, 1, 1], [1, 2])).toEqual(["1 2", "2 1"]);
  });

  it("are turned about their middle, which stays", () => {
    const image = [0, 1, 0, 0, 5, 0, 0, 0, 0];
    for (const turned of outcomes(imageRotate(20), [3, 3, 1], image)) {
      const values = turned.split(" ").map(Number);
      expect(values[4]).toBe(5);
      // Its neighbour moves by 20° at most: cos 20° of it and more stays, between pixels by linear weights.
      expect(values[1]).toBeGreaterThan(Math.cos(Math.PI / 9) * (1 - Math.sin(Math.PI / 9)) - 1e-9);
    }
    const quarter = new Float64Array([1, 2, 3, 4]);
    imageRotate(90)(quarter, Object.assign(new Random(1), { uniform: () => 1 }), [2, 2, 1]);
    expect([...quarter].map(Math.round)).toEqual([3, 1, 4, 2]);
  });

  it("get brighter or darker as a whole, and noisy pixel by pixel", () => {
    for (const text of outcomes(imageBrightness(0.5), [1, 2, 1], [1, 2])) {
      const [a, b] = text.split(" ").map(Number);
      expect(b - a).toBeCloseTo(1, 9);
      expect(Math.abs(a - 1)).toBeLessThanOrEqual(0.5);
    }
    const noisy = new Float64Array(10_000);
    imageNoise(0.1)(noisy, new Random(1), [100, 100, 1]);
    const deviation = Math.sqrt(noisy.reduce((sum, value) => sum + value * value, 0) / noisy.length);
    expect(deviation).toBeCloseTo(0.1, 2);
  });

  it("may be flat samples, when their shape is given", () => {
    expect(outcomes(imageFlip({ shape: [1, 3, 1] }), [3], [1, 2, 3])).toEqual(["1 2 3", "3 2 1"]);
    expect(() => outcomes(imageShift(1), [4], [1, 2, 3, 4])).toThrow(
      userError("imageShift works on samples [height, width, channels], found [4]"),
    );
    expect(() => outcomes(imageShift(1, { shape: [3, 3, 1] }), [4], [1, 2, 3, 4])).toThrow(
      userError("imageShift works on samples [height, width, channels], found [4] and the shape [3, 3, 1]"),
    );
  });
});

describe("series", () => {
  it("are shifted in time, their ends repeated", () => {
    expect(outcomes(seriesShift(1), [3, 1], [1, 2, 3])).toEqual(["1 1 2", "1 2 3", "2 3 3"]);
  });

  it("are scaled channel by channel", () => {
    for (const text of outcomes(seriesScale(0.1), [2, 2], [1, 10, 2, 20])) {
      const [a, b, c, d] = text.split(" ").map(Number);
      expect(c / a).toBeCloseTo(2, 6);
      expect(d / b).toBeCloseTo(2, 6);
      expect(a / b).not.toBe(0.1);
    }
  });

  it("are warped in time: ascending stays ascending, start and end stay", () => {
    const series = Array.from({ length: 16 }, (_, time) => time);
    const warped = outcomes(seriesWarp(0.3), [16, 1], series);
    expect(warped.length).toBeGreaterThan(50);
    for (const text of warped) {
      const values = text.split(" ").map(Number);
      expect(values[0]).toBe(0);
      expect(values[15]).toBeCloseTo(15, 6);
      expect(values.slice(1).every((value, i) => value > values[i])).toBe(true);
    }
    expect(outcomes(seriesWarp(0), [16, 1], series)).toEqual([series.join(" ")]);
    expect(outcomes(seriesWarp(0.3), [1, 1], [7])).toEqual(["7"]);
  });

  it("get jitter of the given deviation", () => {
    const sample = new Float64Array(10_000);
    seriesJitter(0.2)(sample, new Random(1), [10_000, 1]);
    expect(Math.sqrt(sample.reduce((sum, value) => sum + value * value, 0) / 10_000)).toBeCloseTo(0.2, 2);
  });
});

describe("augmentation", () => {
  const all: readonly Augment[] = [
    imageShift(1),
    imageFlip(),
    imageRotate(30),
    imageBrightness(1),
    imageNoise(1),
  ];

  it("is the same for the same seed, sample by sample in the batch's order", () => {
    const run = (seed: number) => {
      const batch = Tensor.from([2, 2, 2, 1], [1, 2, 3, 4, 5, 6, 7, 8]);
      augmentBatch(batch, all, new Random(seed));
      return [...batch.data];
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    const batch = Tensor.from([3, 1], [0, 10, 20]);
    augmentBatch(batch, [imageBrightness(1)], new Random(1));
    const random = new Random(1);
    expect(batch.data).toEqual(Float32Array.from([0, 10, 20], (value) => value + 2 * random.uniform() - 1));
  });

  it("stays finite, and leaves constants where nothing comes in from outside", () => {
    const size = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(size, size, size, fc.nat(), (height, width, channels, seed) => {
        const shape = [height, width, channels];
        const random = new Random(seed);
        const image = new Float32Array(height * width * channels).fill(2);
        for (const augment of [imageShift(2, { fill: 2 }), imageFlip(), imageRotate(45, { fill: 2 })]) {
          augment(image, random, shape);
        }
        for (const value of image) expect(value).toBeCloseTo(2, 5);
        const series = new Float32Array(height * channels).fill(2);
        for (const augment of [seriesShift(3), seriesWarp(0.5)]) augment(series, random, [height, channels]);
        for (const value of series) expect(value).toBeCloseTo(2, 5);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("refuses amounts below 0", () => {
    expect(() => imageShift(0.5)).toThrow(
      userError("imageShift: pixels must be an integer of at least 0, found 0.5"),
    );
    expect(() => seriesJitter(-1)).toThrow(
      userError("seriesJitter: deviation must be a number of at least 0, found -1"),
    );
  });
});
