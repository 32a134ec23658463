import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeExampleData } from "../../../scripts/makeExampleData.mjs";
import { packageRoot } from "../../../src/base/packageRoot.js";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import { loadExperiment } from "../../../src/experiment/experiment.js";
import { trainModel } from "../../../src/experiment/trainModel.js";
import { imageNoise } from "../../../src/train/data/augmentImages.js";
import { fit } from "../../../src/train/fitting/fit.js";
import { dense } from "../../../src/train/layers/dense.js";
import { meanSquaredError } from "../../../src/train/losses/meanSquaredError.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { sgd } from "../../../src/train/optimizers/sgd.js";

const examples = join(packageRoot, "examples");
const made = mkdtempSync(join(tmpdir(), "pinfer-examples-"));
beforeAll(() => makeExampleData(made));
afterAll(() => rmSync(made, { recursive: true }));

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(csv|png)$/.test(path))
    .sort();

describe.each([
  ["fruit", ["apple", "lemon", "plum"], 30],
  ["gestures", ["circle", "rest", "shake"], 24],
  ["arrows", ["down", "left", "right", "up"], 8],
])("the example %s", (name, classes, testSamples) => {
  it("has the data that the script makes", () => {
    const files = filesIn(join(made, name));
    expect(filesIn(join(examples, name))).toEqual(files);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(
        readFileSync(join(examples, name, file)).equals(readFileSync(join(made, name, file))),
        file,
      ).toBe(true);
    }
  });

  it("trains, as float and int8, and keeps the names of its classes", async () => {
    const { test, testInt8, model, data } = await trainModel(
      await loadExperiment(join(examples, name, "experiment.ts")),
    );
    expect(data.test?.inputs.shape[0]).toBe(testSamples);
    expect(test?.metrics.accuracy).toBeGreaterThanOrEqual(0.95);
    expect(testInt8?.accuracy).toBeGreaterThanOrEqual(0.95);
    expect(model.training).toMatchObject({ classes, skipped: { count: 0 } });
    if (name !== "arrows") expect(model.quantized?.layers[0].kind).toBe("normalization");
  });
});

describe("fit with augmentation", () => {
  const data = {
    inputs: Tensor.from([4, 1, 2, 1], [0, 0, 0, 1, 1, 0, 1, 1]),
    targets: Tensor.from([4, 1], [0, 1, 1, 0]),
  };
  async function train(isAugmented: boolean) {
    const random = new Random(1);
    const flat = { ...data, inputs: new Tensor([4, 2], data.inputs.data) };
    const network = buildNetwork("x", [2], [dense(1)], random);
    // biome-ignore lint/suspicious/noFocusedTests: this fit trains a network
    await fit(network, flat, {
      loss: meanSquaredError(),
      optimizer: sgd({ learningRate: 0.1 }),
      epochs: 3,
      batchSize: 3,
      random,
      ...(isAugmented && { augment: [imageNoise(0.5)] }),
    });
    return [...network.parameters()[0].value.data];
  }

  it("trains on other samples every time, the same for the same seed, and leaves the data as it is", async () => {
    const before = [...data.inputs.data];
    const augmented = await train(true);
    expect(await train(true)).toEqual(augmented);
    expect(await train(false)).not.toEqual(augmented);
    expect([...data.inputs.data]).toEqual(before);
  });
});

it("the street light's lamps.csv, which the demo compares with, has the columns that the experiment trains on", async () => {
  const folder = join(examples, "street-light");
  const { data } = await loadExperiment(join(folder, "experiment.ts"));
  const { train } = typeof data === "function" ? await data() : data;
  const [header] = readFileSync(join(folder, "lamps.csv"), "utf8").split("\n");
  expect(header.split(",")).toEqual(train.inputNames);
});
