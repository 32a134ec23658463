import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { defineExperiment } from "../../src/experiment/experiment.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import type { FinishedTraining, FitState } from "../../src/train/fitting/checkpoint.js";
import { accuracy } from "../../src/train/fitting/metrics.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { adam } from "../../src/train/optimizers/adam.js";

const random = new Random(3);
/** Labels say nothing of the inputs: what is right above half was learnt by heart. */
const noise = {
  inputs: Tensor.from(
    [300, 8],
    Array.from({ length: 2400 }, () => random.normal()),
  ),
  targets: Uint8Array.from({ length: 300 }, () => random.integer(2)),
};

const experiment = defineExperiment({
  name: "noise",
  seed: 1,
  data: { train: noise },
  network: [dense(64), relu(), dense(2), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  epochs: 100,
  batchSize: 32,
  validation: 0.3,
  metrics: [accuracy],
  quantize: { aware: { epochs: 2 } },
});

describe("training with rounding", () => {
  it("judges by the samples that training has not seen", async () => {
    const { history, awareHistory } = await trainModel(experiment);
    expect(history.epochs.at(-1)?.loss).toBeLessThan(0.1); // learnt by heart
    for (const { validation } of [history.epochs.at(-1)!, ...awareHistory!.epochs]) {
      // 90 coins: 0.5, deviation 0.053
      expect(Math.abs(validation!.metrics.accuracy - 0.5)).toBeLessThanOrEqual(0.1);
    }
  });

  it("that was cut goes on with the same samples, to the same numbers", async () => {
    const whole = await trainModel(experiment);
    let cut: { state: FitState; finished?: FinishedTraining | undefined } | undefined;
    const checkpoint = {
      isDue: ({ epoch, samplesDone }: { epoch: number; samplesDone: number }) =>
        epoch === 2 && samplesDone === 32,
      save: (state: FitState, finished?: FinishedTraining) => {
        if (finished !== undefined) cut = { state, finished };
      },
    };
    await trainModel(experiment, { checkpoint });
    expect(cut?.state.samples).toBe(210);
    const resumed = await trainModel(experiment, { onStart: () => cut });
    expect(resumed.split).toEqual(whole.split);
    expect(resumed.awareHistory).toEqual(whole.awareHistory);
    expect(resumed.model.quantized).toEqual(whole.model.quantized);
  });
});
