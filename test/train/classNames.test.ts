import { expect, it } from "vitest";
import { Tensor } from "../../src/base/tensor.js";
import { defineExperiment } from "../../src/experiment/experiment.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { dense } from "../../src/train/layers/dense.js";
import { hinge } from "../../src/train/losses/hinge.js";
import { sgd } from "../../src/train/optimizers/sgd.js";
import { userError } from "./userError.js";

const train = (outputs: number, classNames: readonly string[]) =>
  trainModel(
    defineExperiment({
      ...{ name: "line", seed: 1, network: [dense(outputs)], loss: hinge(), epochs: 1, batchSize: 4 },
      data: {
        train: { inputs: Tensor.from([4, 1], [0, 1, 2, 3]), targets: Uint8Array.of(0, 0, 1, 1), classNames },
      },
      optimizer: sgd({ learningRate: 0.01 }),
    }),
  );

it.each([
  ["has the data's names where there is an output for each", 2, ["low", "high"], ["low", "high"]],
  ["has none where there are more outputs", 3, ["low", "high"], undefined],
  ["has none where there are fewer outputs", 2, ["low", "high", "higher"], undefined],
  ["has none with one output, which tells two classes apart", 1, ["low", "high"], undefined],
  ["has none where the data has none", 2, [], undefined],
])("a model %s", async (_, outputs, names, expected) => {
  const { model } = await train(outputs, names);
  expect(model.classNames).toEqual(expected);
  expect("classNames" in model).toBe(expected !== undefined);
});

it.each([
  [["low", "low"], '[1] must be a name of its own, found "low" again'],
  [["", "high"], "[0] must be a name of 1 to 200 characters, found 0"],
  [["low", "h".repeat(201)], "[1] must be a name of 1 to 200 characters, found 201"],
  [[0, 1] as never, "[0] must be text, found 0"],
  ["ab" as never, ' must be an array, found "ab"'],
])("names that no model may have are refused before training: case %#", async (names, message) => {
  await expect(train(2, names)).rejects.toThrow(
    userError(`experiment "line": data.train.classNames${message}`),
  );
});
