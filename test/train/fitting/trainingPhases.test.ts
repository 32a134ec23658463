import { expect, it } from "vitest";
import { Tensor } from "../../../src/base/tensor.js";
import { defineExperiment } from "../../../src/experiment/experiment.js";
import { trainModel } from "../../../src/experiment/trainModel.js";
import { ReportRecorder } from "../../../src/report/reportRecorder.js";
import { dense } from "../../../src/train/layers/dense.js";
import { meanSquaredError } from "../../../src/train/losses/meanSquaredError.js";
import { cosine } from "../../../src/train/optimizers/schedules.js";
import { sgd } from "../../../src/train/optimizers/sgd.js";

const line = { inputs: Tensor.from([4, 1], [0, 1, 2, 3]), targets: Tensor.from([4, 1], [1, 3, 5, 7]) };
const experiment = defineExperiment({
  name: "line",
  seed: 1,
  data: { train: line },
  network: [dense(1)],
  loss: meanSquaredError(),
  optimizer: sgd({ learningRate: 0.05 }),
  epochs: 3,
  batchSize: 4,
  quantize: { aware: { epochs: 2 } },
});

it("tells epochs of training from those with rounding, which come after", async () => {
  const epochs: string[] = [];
  const progress = new Set<string>();
  const { history, awareHistory, model } = await trainModel(experiment, {
    onEpoch: ({ epoch }, phase) => epochs.push(`${phase} ${epoch}`),
    onProgress: ({ epoch, epochs: of }, phase) => progress.add(`${phase} ${epoch} of ${of}`),
  });
  expect(epochs).toEqual(["training 1", "training 2", "training 3", "rounding 1", "rounding 2"]);
  expect([...progress].at(-1)).toBe("rounding 2 of 2");
  expect([history.epochs.length, awareHistory?.epochs.length]).toEqual([3, 2]);
  expect(model.training).toMatchObject({ epochs: { length: 3 }, awareEpochs: { length: 2 } });
});

it("starts rounding at a tenth of the last epoch's rate, where a schedule has not ended in 0 yet", async () => {
  const falling = cosine(0.05, { epochs: 3 });
  const { awareHistory } = await trainModel({ ...experiment, optimizer: sgd({ learningRate: falling }) });
  // the cosine's two thirds: 0.05 · (1 + cos(2π/3)) / 2
  expect(awareHistory?.epochs[0].learningRate).toBeCloseTo(0.0125 / 10, 12);
});

it("draws epochs with rounding behind the others, as lines of their own", async () => {
  const recorder = new ReportRecorder(experiment);
  const trained = await trainModel(experiment, {
    onStart: (network, data, split) => {
      recorder.start(network, data, split);
      return undefined;
    },
    onEpoch: (record) => recorder.record(record),
    onTrained: (history) => recorder.end(history),
  });
  const page = recorder.render({ ...trained, network: trained.model.network });
  expect(page).toContain("training with rounding");
  expect(page).toContain("then 2 with rounding");
  expect(page).toContain("over 3 epochs, at the end");
  expect(page).toContain("and over 2 with rounding");
  expect(page).toContain("epoch 5"); // the second with rounding, of its own dot
  expect(
    recorder.render({ ...trained, network: trained.model.network, awareHistory: undefined }),
  ).not.toContain("with rounding");
});
