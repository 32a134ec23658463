import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { defineExperiment } from "../../src/experiment/experiment.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type { Dataset } from "../../src/train/data/dataset.js";
import { takeSamples } from "../../src/train/data/split.js";
import { accuracy } from "../../src/train/fitting/metrics.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { standardize } from "../../src/train/layers/normalization.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { adam } from "../../src/train/optimizers/adam.js";

const classesAt = (places: readonly (readonly [x: number, label: number])[]): Dataset => ({
  inputs: Tensor.from(
    [places.length, 1],
    places.map(([x]) => x),
  ),
  targets: Uint8Array.from(places, ([, label]) => label),
});

/** 1000 samples of class 0 near 0, then 100 of class 1 at 5, then 100 of class 2 at −5. */
const sorted = classesAt([
  ...Array.from({ length: 1000 }, (_, i) => [(i % 10) / 100, 0] as const),
  ...Array.from({ length: 100 }, () => [5, 1] as const),
  ...Array.from({ length: 100 }, () => [-5, 2] as const),
]);
const test = classesAt([
  [0, 0],
  [5, 1],
  [-5, 2],
]);

const experiment = defineExperiment({
  name: "sorted",
  seed: 1,
  data: { train: sorted, test },
  network: [dense(8), relu(), dense(3), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.02 }),
  epochs: 10,
  batchSize: 32,
  metrics: [accuracy],
});

const inputScale = ({ model }: Awaited<ReturnType<typeof trainModel>>) =>
  model.quantized && quantizationOf(model.quantized.tensors[0]).scale;

describe("calibration", () => {
  it("sees every class of data that stand sorted by class", async () => {
    const trained = await trainModel(experiment);
    expect(trained.test?.metrics).toEqual({ accuracy: 1 });
    expect(trained.testInt8).toEqual({ accuracy: 1 });
    expect(inputScale(trained)).toBeCloseTo(10 / 255, 6); // −5..5
  });

  it("sees them when training with rounding follows", async () => {
    const trained = await trainModel({ ...experiment, quantize: { aware: { epochs: 2 } } });
    expect(trained.testInt8BeforeAware).toEqual({ accuracy: 1 });
    expect(trained.testInt8).toEqual({ accuracy: 1 });
  });

  it("gives raw measurements the range of all training data, also while training with rounding", async () => {
    const raw = { ...experiment, network: [standardize(), ...(experiment.network as readonly [])] };
    const one = { ...sorted, inputs: Tensor.from([1200, 1], [...sorted.inputs.data]) };
    one.inputs.data[1111] = -7.5; // 1 in 1200
    for (const quantize of [
      { samples: 100 },
      { samples: 100, calibration: "percentile", percentile: 90 },
      { samples: 100, aware: { epochs: 1 } },
    ] as const) {
      const trained = await trainModel({ ...raw, data: { train: one, test }, quantize });
      expect(trained.notQuantized).toBeUndefined();
      expect(inputScale(trained)).toBeCloseTo(7.5 / 32767, 7);
      expect(trained.testInt8).toEqual({ accuracy: 1 });
    }
  });

  it.each([1200, 300])(
    "of a permuted copy gives the same ranges, with %i of 1200 samples",
    async (samples) => {
      // no step is taken that the order could change: both copies quantize the same network
      const still = {
        ...experiment,
        optimizer: adam({ learningRate: 1e-30 }),
        epochs: 1,
        quantize: { samples },
      };
      const spread = {
        ...sorted,
        inputs: Tensor.from(
          [1200, 1],
          Array.from({ length: 1200 }, (_, i) => i % 777),
        ),
      };
      const copy = takeSamples(spread, new Random(9).permutation(1200));
      const [own, permuted] = await Promise.all(
        [spread, copy].map(
          async (train) => (await trainModel({ ...still, data: { train } })).model.quantized?.tensors,
        ),
      );
      expect(own).toBeDefined();
      expect(permuted).toEqual(own);
    },
  );
});
