import { describe, expect, it } from "vitest";
import { Tensor } from "../../src/base/tensor.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import { accuracy } from "../../src/train/fitting/metrics.js";
import { dense } from "../../src/train/layers/dense.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { sgd } from "../../src/train/optimizers/sgd.js";
import { trainWithReport } from "./trainWithReport.js";

const part = (samples: number) => ({
  inputs: Tensor.from(
    [samples, 1],
    Array.from({ length: samples }, (_, index) => index % 2),
  ),
  targets: Int32Array.from({ length: samples }, (_, index) => index % 2),
  classNames: ["off", "on"],
});
const experiment: Experiment = {
  name: "lamp",
  seed: 1,
  data: { train: part(20) },
  network: [dense(2), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: sgd({ learningRate: 0.1 }),
  epochs: 1,
  batchSize: 4,
  metrics: [accuracy],
};
const pageOf = async (more: Partial<Experiment>) => (await trainWithReport({ ...experiment, ...more })).page;

describe("a report", () => {
  it("shows how many samples of each class trained, validated and tested", async () => {
    const page = await pageOf({ data: { train: part(20), test: part(4) }, validation: 0.3 });
    expect(page).toContain("<h2>Data</h2>");
    expect(page).toContain("<th>training</th><th>validation</th><th>test</th>");
    expect(page).toContain("<td>14</td><td>6</td><td>4</td>");
    expect(page).toMatch(/on<\/td><td>\d+<\/td><td>\d+<\/td><td>2<\/td>/);
    expect(page).toContain("6 to validate, 4 to test");
  });

  it("judges by the test data, however little there is, and says that it is little", async () => {
    const page = await pageOf({ data: { train: part(20), test: part(4) } });
    expect(page).toMatch(/The float network on the test data: \d of 4 samples right/);
    expect(page).toContain("So few tell little.");
  });

  it("says why it judges by validation or training data", async () => {
    const held = await pageOf({ validation: 0.5 });
    expect(held).toMatch(
      /on the validation data: \d+ of 10 samples right \([^)]*\)\. There is no test data\./,
    );
    const all = await pageOf({});
    expect(all).toMatch(/on the training data: \d+ of 20 samples right/);
    expect(all).toContain("There is no test data, and this is what the network has learned by.");
  });
});
