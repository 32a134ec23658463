import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Tensor } from "../../src/base/tensor.js";
import { defineExperiment, type Experiment } from "../../src/experiment/experiment.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { importOnnx } from "../../src/import/onnx/importOnnx.js";
import { fromModel } from "../../src/model/fromModel.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { fromUserOrder } from "../../src/network/axisOrder.js";
import { prepareForIntegers } from "../../src/quantize/prepareForIntegers.js";
import { accuracy } from "../../src/train/fitting/metrics.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { adam } from "../../src/train/optimizers/adam.js";
import { temporaryDirectory } from "../firmware/images.js";
import { numbers } from "../import/onnx/buildOnnx.js";
import { smallCnnBytes } from "../import/onnx/smallCnn.js";

const path = join(temporaryDirectory(), "small.json");
const samples = 24;
/** [samples, channels, height, width], as the file's own users have them. */
const inputs = new Tensor([samples, 2, 6, 5], numbers(samples * 60));
const imported = importOnnx(smallCnnBytes(), "small.onnx", "small");
const network = prepareForIntegers(imported.network);

beforeAll(() => writeModel(path, { network, quantized: undefined, axes: { input: imported.input.axes } }));

function experiment(more: Partial<Experiment> = {}): Experiment {
  const targets = Int32Array.from({ length: samples }, (_, k) => k % 4);
  return defineExperiment({
    name: "more",
    seed: 1,
    data: { train: { inputs, targets }, test: { inputs, targets } },
    network: fromModel(path),
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.01 }),
    epochs: 1,
    batchSize: 8,
    metrics: [accuracy],
    ...more,
  });
}

describe("fromModel", () => {
  it("begins with the model's weights, and takes data in the order of its users", async () => {
    // a rate so small that nothing moves
    const { model } = await trainModel(experiment({ optimizer: adam({ learningRate: 1e-12 }) }));
    const ours = new Tensor([samples, 6, 5, 2], fromUserOrder(inputs.data, [6, 5, 2], [2, 0, 1]));
    const [before, after] = [network, model.network].map((own) => own.forward(ours).data);
    for (const [k, value] of before.entries()) expect(after[k]).toBeCloseTo(value, 5);
    expect(model.quantized?.inputs[0].axes).toEqual([2, 0, 1]);
    expect(model.axes).toEqual({ input: [2, 0, 1] });
  });

  it("trains on, with the device's rounding too, and leaves the model's file as it was", async () => {
    const trained = await trainModel(experiment({ epochs: 6, quantize: { aware: { epochs: 2 } } }));
    const losses = trained.history.epochs.map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(losses[0]);
    expect(trained.awareHistory?.epochs).toHaveLength(2);
    expect(trained.model.quantized?.inputs[0].axes).toEqual([2, 0, 1]);
    const read = readModel(path).network;
    expect(read?.parameters()[0].value).toEqual(network.parameters()[0].value);
  });

  it("says what is missing in a model of integers, and in one that is not there", () => {
    const integers = join(temporaryDirectory(), "integers.json");
    expect(() => fromModel("none.json")).toThrow(/none\.json/);
    writeModel(integers, { network: undefined, quantized: undefined });
    expect(() => fromModel(integers)).toThrow(/holds no float network to train on$/);
  });
});
