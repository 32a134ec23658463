import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { elementCount, Tensor } from "../../src/base/tensor.js";
import { renderPorts } from "../../src/cli/renderSummary.js";
import { renderTraining } from "../../src/cli/renderTraining.js";
import { predict, predictionToJson, renderPrediction } from "../../src/cli/runPredict.js";
import { quantileOf } from "../../src/experiment/anomalyThreshold.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import { checkExperiment } from "../../src/experiment/experimentChecks.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { writeNpy } from "../../src/formats/samples.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { networkHash } from "../../src/network/networkHash.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import type { Dataset } from "../../src/train/data/dataset.js";
import { auc } from "../../src/train/fitting/metrics.js";
import { dense } from "../../src/train/layers/dense.js";
import { kMeansDistance } from "../../src/train/layers/kMeansDistance.js";
import { standardize } from "../../src/train/layers/normalization.js";
import { reconstructionError } from "../../src/train/layers/reconstructionError.js";
import { meanOutput } from "../../src/train/losses/meanOutput.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import { adam } from "../../src/train/optimizers/adam.js";
import { userError } from "../train/userError.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-anomalies-"));
const path = join(folder, "model.json");
afterAll(() => rmSync(folder, { recursive: true }));

/** Normal points lie near a line through six dimensions; others anywhere. */
function points(seed: number, normal: number, others: number): Dataset {
  const random = new Random(seed);
  const values = Array.from({ length: normal + others }, (_, sample) => {
    const at = 100 * random.normal();
    const line = [1, -1, 2, 0.5, -0.3, 1.5].map((factor) => factor * at + 5 * random.normal());
    return sample < normal ? line : line.map(() => 150 * random.normal());
  });
  return {
    inputs: Tensor.from([normal + others, 6], values.flat().map(Math.round)),
    targets: Uint8Array.from(values, (_, sample) => Number(sample >= normal)),
  };
}

const experiment: Experiment = {
  ...{ name: "line", seed: 4, data: { train: points(1, 200, 0), test: points(2, 50, 50) } },
  network: [standardize(), dense(2), dense(6), reconstructionError()],
  ...{ loss: meanOutput(), optimizer: adam({ learningRate: 0.03 }), epochs: 8, batchSize: 20 },
  metrics: [auc],
};

/** Outputs of the plain kernels, sample by sample. */
function scoresOf(quantized: QuantizedNetwork, { inputs }: Dataset): number[] {
  const program = planProgram(quantized);
  const size = elementCount(inputs.shape.slice(1));
  return Array.from({ length: inputs.shape[0] }, (_, sample) => {
    const real = inputs.data.subarray(sample * size, (sample + 1) * size);
    return runProgram(program, quantizeTensor(real, quantized.tensors[0]))[0];
  });
}

const above = (scores: readonly number[], threshold: number) =>
  scores.filter((score) => score > threshold).length;

describe("a quantile", () => {
  it("is the least score that its share of all does not exceed, whatever ties there are", () => {
    const random = new Random(7);
    for (const count of [1, 2, 3, 10, 100, 137]) {
      const scores = Array.from({ length: count }, () => random.integer(count));
      for (const quantile of [0.001, 0.07, 0.5, 0.9, 0.99, 1]) {
        const found = quantileOf(scores, quantile);
        const sharesUpTo = (value: number) => scores.filter((score) => score <= value).length / count;
        const slow = scores.filter((score) => sharesUpTo(score) >= quantile - 1e-9);
        expect(found).toBe(Math.min(...slow));
      }
    }
  });

  it("of all is the largest, so that none is above", () => {
    expect(quantileOf([3, 9, 1], 1)).toBe(9);
    // 100 scores: 7 of them are 0.07
    expect(quantileOf([...Array(100).keys()], 0.07)).toBe(6);
  });
});

describe("a threshold", () => {
  it("is the quantile of what the int8 network gives for normal training samples", async () => {
    const trained = await trainModel({ ...experiment, anomaly: { quantile: 0.95 } });
    const { quantized } = trained.model;
    const { train, test } = experiment.data as { train: Dataset; test: Dataset };
    const threshold = quantileOf(scoresOf(quantized!, train), 0.95);
    const judged = scoresOf(quantized!, test);
    expect(trained.anomaly).toEqual({
      ...{ threshold, quantile: 0.95, from: "training" },
      real: threshold * (quantized!.tensors.at(-1)!.quantization as { scale: number }).scale,
      normal: { samples: 200, above: above(scoresOf(quantized!, train), threshold) },
      test: {
        normal: { samples: 50, above: above(judged.slice(0, 50), threshold) },
        anomalies: { samples: 50, above: above(judged.slice(50), threshold) },
      },
    });
    expect(trained.anomaly!.normal.above).toBeLessThanOrEqual(10);
    expect(trained.anomaly!.test!.anomalies.above).toBeGreaterThan(40);
    expect(renderTraining(trained, "line.json")).toContain(
      `(${threshold}), the quantile 0.95 of normal training samples: ${trained.anomaly!.normal.above} of 200 above it`,
    );
  });

  it("comes from held-back samples where there are some, and from normal ones alone", async () => {
    const train = points(1, 200, 40);
    const { model, anomaly, split, warnings } = await trainModel({
      ...experiment,
      ...{ data: { train }, validation: 0.25, metrics: [] },
    });
    const all = scoresOf(model.quantized!, train);
    const normal = Array.from(split.validation!.samples).filter((sample) => sample < 200);
    expect(normal.length).toBeLessThan(split.validation!.samples.length);
    expect(anomaly).toMatchObject({
      ...{ from: "validation", quantile: 0.99, normal: { samples: normal.length } },
      threshold: quantileOf(
        normal.map((sample) => all[sample]!),
        0.99,
      ),
    });
    expect(warnings.map(({ message }) => message)).toContainEqual(
      expect.stringContaining("training samples are no normal ones: nothing is learnt of them"),
    );
  });

  it("stands in the model file, changes no hash, and is told by summary and predict", async () => {
    const { model, anomaly } = await trainModel(experiment);
    const threshold = anomaly!.threshold;
    writeModel(path, model);
    const { quantized } = readModel(path);
    expect(quantized!.outputs[0]!.threshold).toBe(threshold);
    const without = quantized!.outputs.map(({ threshold: _, ...port }) => port);
    expect(networkHash({ ...quantized!, outputs: without })).toBe(networkHash(quantized!));
    const program = planProgram(quantized!);
    expect(renderPorts(program.inputs, program.outputs)[1]).toContain(`, an anomaly above ${threshold}: `);
    const { test } = experiment.data as { test: Dataset };
    writeNpy(join(folder, "test.npy"), Float32Array.from(test.inputs.data), test.inputs.shape);
    const prediction = await predict(path, { input: join(folder, "test.npy"), float: false });
    const expected = scoresOf(quantized!, test).map((score) => score > threshold);
    expect(new Set(expected).size).toBe(2);
    expect(predictionToJson(prediction)).toMatchObject({ threshold, anomalies: expected });
    const rows = renderPrediction(prediction).split("\n").slice(1, 21);
    expect(rows.map((row) => row.trim().split(/\s+/).at(-1))).toEqual(
      expected.slice(0, 20).map((is) => (is ? "yes" : "no")),
    );
  });

  it("is refused where there is nothing to draw a line through", async () => {
    const refused = (change: object) => trainModel({ ...experiment, ...change });
    const network = [standardize(), dense(1)];
    const targets = Tensor.zeros([200, 1], "float32");
    const data = { train: { ...points(1, 200, 0), targets } };
    await expect(
      refused({ network, data, loss: meanSquaredError(), metrics: [], anomaly: {} }),
    ).rejects.toThrow(
      userError(
        'experiment "line" has a threshold for anomalies, and its network does not tell how far a sample is from what is normal',
      ),
    );
    await expect(refused({ network })).rejects.toThrow(
      userError(
        'meanOutput makes the network\'s output small; layer "dense_1" (dense) gives no distance from what is normal',
      ),
    );
    await expect(refused({ data: { train: points(1, 0, 30) } })).rejects.toThrow(
      userError("none of 30 training samples is normal: of class 0, or with target 0"),
    );
    expect(() => checkExperiment("line.ts", { ...experiment, anomaly: { quantile: 0 } })).toThrow(
      userError("line.ts: experiment.anomaly.quantile must be a share above 0, at most 1, found 0"),
    );
    const { model } = await trainModel({ ...experiment, epochs: 1 });
    const outputs = model.quantized!.outputs.map((port) => ({ ...port, threshold: -1 }));
    writeModel(path, { ...model, quantized: { ...model.quantized!, outputs } });
    expect(() => readModel(path)).toThrow(
      "quantized.outputs[0].threshold must be an integer 0..2147483647, found -1",
    );
  });
});

describe("centroids", () => {
  it("are those of the normal training samples, by the seed, and tell what is far from them", async () => {
    const network = [standardize(), kMeansDistance({ clusters: 6 })];
    const train = async (seed: number) => trainModel({ ...experiment, network, seed, epochs: 1 });
    const [first, again, other] = [await train(1), await train(1), await train(2)];
    expect(networkHash(again.model.quantized!)).toBe(networkHash(first.model.quantized!));
    expect(networkHash(other.model.quantized!)).not.toBe(networkHash(first.model.quantized!));
    expect(first.testInt8!.auc).toBeGreaterThan(0.9);
    writeModel(path, first.model);
    expect(readModel(path).network!.layers.at(-1)!.settings()).toEqual({ clusters: 6 });
  });

  it("are not taken behind what is yet to be trained", async () => {
    const network = [standardize(), dense(3), kMeansDistance({ clusters: 2 })];
    await expect(trainModel({ ...experiment, network })).rejects.toThrow(
      userError(
        'layer "kMeansDistance_1" takes its centroids before training, layer "dense_1" before it is trained',
      ),
    );
  });
});
