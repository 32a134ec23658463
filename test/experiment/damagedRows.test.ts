import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { rSquared } from "../../src/train/fitting/metrics.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { minMaxScale, standardize } from "../../src/train/layers/normalization.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import { adam } from "../../src/train/optimizers/adam.js";

/** Eleven columns of units of their own, as the chemistry of wines has; column 7 is a density, column 10 the alcohol. */
const middles = [8.3, 0.53, 0.27, 2.5, 0.087, 15.9, 46.5, 0.9967, 3.31, 0.66, 10.4];
const deviations = [1.7, 0.18, 0.19, 1.4, 0.047, 10.5, 32.9, 0.0019, 0.15, 0.17, 1.07];

/** A twentieth of the densities, and six values of alcohol, have lost their decimal point. */
function wines(samples: number, seed: number, damage: { density: boolean; alcohol: boolean }) {
  const random = new Random(seed);
  const inputs = new Float32Array(11 * samples);
  const targets: number[] = [];
  for (let i = 0; i < samples; i++) {
    const z = middles.map(() => random.normal());
    targets.push(5.6 + 0.4 * z[10] - 0.3 * z[1] + 0.2 * z[9] - 0.2 * z[7] + 0.5 * random.normal());
    for (const [c, value] of z.entries()) inputs[11 * i + c] = middles[c] + deviations[c] * value;
    const isDamaged = random.uniform() < 0.05;
    if (damage.density && isDamaged) inputs[11 * i + 7] *= 1e5;
    if (damage.alcohol && i % 266 === 7) inputs[11 * i + 10] *= 1e14;
  }
  return { inputs: new Tensor([samples, 11], inputs), targets: Tensor.from([samples, 1], targets) };
}

describe("measurements of which some have lost their decimal point", () => {
  it.each([
    ["none", { density: false, alcohol: false }, standardize],
    ["densities of 100369 among 0.99s", { density: true, alcohol: false }, standardize],
    ["densities of 100369 among 0.99s, in 0..1", { density: true, alcohol: false }, minMaxScale],
    ["alcohol of 1e15 too", { density: true, alcohol: true }, standardize],
  ] as const)("leave int8 within 0.03 of the float network's R²: %s", async (_, damage, scaling) => {
    const { test, testInt8 } = await trainModel({
      ...{ name: "wines", seed: 1, data: { train: wines(1600, 1, damage), test: wines(400, 2, damage) } },
      network: [scaling(), dense(16), relu(), dense(1)],
      ...{ loss: meanSquaredError(), optimizer: adam({ learningRate: 0.01 }), epochs: 30, batchSize: 16 },
      metrics: [rSquared],
    });
    expect(testInt8?.rSquared).toBeGreaterThan((test?.metrics.rSquared ?? 1) - 0.03);
  });
});
