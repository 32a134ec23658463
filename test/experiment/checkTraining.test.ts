import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import type { Dataset } from "../../src/train/data/dataset.js";
import {
  accuracy,
  accuracyAt,
  auc,
  f1,
  type Metric,
  precision,
  recall,
  rSquared,
  zeroOne,
} from "../../src/train/fitting/metrics.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu, sigmoid } from "../../src/train/layers/elementWise.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { binaryCrossEntropy } from "../../src/train/losses/binaryCrossEntropy.js";
import { hinge } from "../../src/train/losses/hinge.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { adam } from "../../src/train/optimizers/adam.js";
import { userError } from "../train/userError.js";

const random = new Random(5);

function samples(targets: readonly number[] | Tensor, more: Partial<Dataset> = {}): Dataset {
  const count = targets instanceof Tensor ? targets.shape[0] : targets.length;
  const inputs = Tensor.from(
    [count, 2],
    Array.from({ length: 2 * count }, () => random.normal()),
  );
  return { inputs, targets: targets instanceof Tensor ? targets : Uint8Array.from(targets), ...more };
}

const repeated = (count: number, ...labels: number[]) =>
  labels.flatMap((label) => new Array<number>(count).fill(label));

/** A training that counts its steps. */
async function train(changes: Partial<Experiment>) {
  const told: string[] = [];
  let epochs = 0;
  const experiment: Experiment = {
    name: "checked",
    seed: 1,
    data: { train: samples(repeated(10, 0, 1)) },
    network: [dense(4), relu(), dense(2), softmax()],
    loss: softmaxCrossEntropy(),
    optimizer: adam(),
    epochs: 2,
    batchSize: 8,
    ...changes,
  };
  const outcome = await trainModel(experiment, {
    onEpoch: () => {
      epochs++;
    },
    onWarning({ message }) {
      if (message.startsWith("the int8 network falls behind")) return; // of next to nothing learnt
      told.push(epochs === 0 ? message : `later: ${message}`);
    },
  }).catch((error: unknown) => error as UserError);
  return { outcome, told, epochs };
}

function trained({ outcome }: Awaited<ReturnType<typeof train>>) {
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

const names = ["run", "sit", "walk"];
const three = [dense(4), relu(), dense(3), softmax()];

describe("before the first step", () => {
  it("a class without a training sample is named, with how often others have it", async () => {
    const { told, epochs } = await train({
      network: three,
      data: {
        train: samples(repeated(10, 0, 1), { classNames: names }),
        validation: samples([0, 1, 2, 2], { classNames: names }),
        test: samples([1, ...repeated(60, 2)], { classNames: names }),
      },
    });
    expect(told).toEqual(['class "walk" has no training sample (2 samples to validate, 60 to test)']);
    expect(epochs).toBe(2);
  });

  it("a class that is held back whole is named", async () => {
    const shown = await train({
      network: three,
      data: { train: samples([...repeated(20, 0, 1), 2]) },
      validation: 0.5,
      seed: 2,
    });
    expect(trained(shown).split.validation?.samples).toContain(40);
    expect(shown.told).toEqual(["class 2 has no training sample (1 sample to validate)"]);
  });

  it("training on one class is refused where others are to be told", async () => {
    const { outcome, epochs } = await train({
      data: {
        train: samples(repeated(70, 0), { classNames: names.slice(1) }),
        test: samples(repeated(60, 1), { classNames: names.slice(1) }),
      },
    });
    expect(outcome).toEqual(
      userError(
        'all 70 training samples are of class "sit": class "walk" has no training sample (60 samples to test)',
        "give more samples of it, or hold back others",
      ),
    );
    expect(epochs).toBe(0);
  });

  it("outputs that stand for no class are told", async () => {
    const named = { train: samples(repeated(10, 0, 1), { classNames: ["off", "on"] }) };
    for (const data of [named, { train: samples(repeated(10, 0, 1)) }]) {
      const { told } = await train({ network: three, data });
      expect(told).toEqual(["the network has 3 outputs for 2 classes: 1 will never be right"]);
    }
    const { told } = await train({ data: named });
    expect(told).toEqual([]);
  });

  it("precision, recall and F1 of a score are told to part the classes at the wrong place", async () => {
    const network = [dense(1)];
    const metrics = [precision(), recall(0), f1(1), zeroOne];
    for (const loss of [binaryCrossEntropy(), hinge()]) {
      const { told } = await train({ network, loss, metrics: [...metrics, auc] });
      expect(told).toEqual(
        ["precision", "recall of 0", "f1 of 1", "zeroOne"].map(
          (name) =>
            `metric ${name} parts the classes at 0.5; with ${loss.kind} the output is a score, which parts them at 0`,
        ),
      );
    }
    const signs = { train: samples(Tensor.from([4, 1], [1, -1, 1, -1])) };
    const { told } = await train({ network, data: signs, loss: meanSquaredError(), metrics: [f1()] });
    expect(told).toEqual([
      "metric f1 parts the classes at 0.5; of targets −1 and 1 the output is a score, which parts them at 0",
    ]);
    const bits = { train: samples(Tensor.from([4, 1], [1, 0, 1, 0])) };
    for (const right of [
      { network: [dense(1), sigmoid()], loss: binaryCrossEntropy() },
      { network, data: bits, loss: meanSquaredError() },
      {},
    ]) {
      expect((await train({ ...right, metrics })).told).toEqual([]);
    }
  });

  it("metrics of classes are told of targets that are real values", async () => {
    const data = { train: samples(Tensor.from([4, 1], [-3, 0.25, 7, 0])) };
    const metrics = [accuracy, f1(), auc, rSquared];
    const { told } = await train({ network: [dense(1)], data, loss: meanSquaredError(), metrics });
    expect(told).toEqual(
      ["accuracy", "f1", "auc"].map(
        (name) =>
          `metric ${name} takes a target of 0.5 or more for class 1 and any other for class 0; the targets are real values, -3..7`,
      ),
    );
  });

  it("a threshold that the output never crosses is told", async () => {
    const network = [dense(1), sigmoid()];
    const { told } = await train({
      network,
      loss: binaryCrossEntropy(),
      metrics: [accuracyAt(0), accuracyAt(2)],
    });
    expect(told).toEqual([
      "metric accuracy parts the classes at 0; the output is 0..1, which is always class 1",
      "metric accuracy parts the classes at 2; the output is 0..1, which is always class 0",
    ]);
    expect((await train({ network, loss: binaryCrossEntropy(), metrics: [accuracyAt(0.3)] })).told).toEqual(
      [],
    );
  });

  it("accuracy of a score is told to part the classes at the wrong place", async () => {
    const network = [dense(1)];
    for (const loss of [binaryCrossEntropy(), hinge()]) {
      const { told } = await train({ network, loss, metrics: [accuracy] });
      expect(told).toEqual([
        `metric accuracy parts the classes at 0.5; with ${loss.kind} the output is a score, which parts them at 0`,
      ]);
      expect((await train({ network, loss, metrics: [accuracyAt(0)] })).told).toEqual([]);
    }
    const closed = { network: [dense(1), sigmoid()], loss: binaryCrossEntropy(), metrics: [accuracy] };
    expect((await train(closed)).told).toEqual([]);
  });

  it.each<readonly [string, Partial<Experiment>, message: string]>([
    [
      "test data of one class",
      { data: { train: samples(repeated(10, 0, 1)), test: samples([0, 0, 0]) }, metrics: [accuracy, auc] },
      "metric auc cannot be computed on the test data: auc needs samples of class 1 and of others, found none of it",
    ],
    [
      "what is held back, of one class",
      { data: { train: samples([...repeated(30, 0), 1]) }, validation: 0.1, metrics: [auc] },
      "metric auc cannot be computed on what is held back to validate: auc needs samples of class 1 and of others, found none of it",
    ],
    [
      "one test sample",
      {
        data: { train: samples(Tensor.from([4, 1], [1, 2, 3, 4])), test: samples(Tensor.from([1, 1], [2])) },
        ...{ network: [dense(1)], loss: meanSquaredError(), metrics: [rSquared] },
      },
      "metric rSquared cannot be computed on the test data: rSquared needs targets that differ, found 2 for all",
    ],
    [
      "classes the network does not have",
      { data: { train: samples(repeated(10, 0, 1)), test: samples([0, 1]) }, metrics: [f1(5)] },
      "metric f1 of 5 cannot be computed on the test data: f1 of class 5: the network tells 2 classes apart",
    ],
    [
      "test data of a class that has no output",
      { data: { train: samples(repeated(10, 0, 1)), test: samples([0, 2]) } },
      "the test data: sample 1 is of class 2; the network tells 2 classes apart, 0..1",
    ],
    [
      "test data with real targets",
      { data: { train: samples(repeated(10, 0, 1)), test: samples(Tensor.from([1, 2], [0, 1])) } },
      "the test data has real values as targets, the training data has class numbers",
    ],
    [
      "test data that are not finite",
      {
        data: {
          train: samples(repeated(10, 0, 1)),
          test: { inputs: Tensor.from([2, 2], [1, 2, 3, Number.NaN]), targets: Uint8Array.of(0, 1) },
        },
      },
      "the test data: sample 1 holds NaN in its inputs; expected finite numbers",
    ],
    [
      "an impossible output",
      { network: [dense(1), softmax()] },
      'layer "softmax_1" is a softmax over one value: its output is always 1',
    ],
  ])("%s is refused", async (_, changes, message) => {
    const { outcome, epochs } = await train(changes);
    expect(outcome).toEqual(userError(message));
    expect(epochs).toBe(0);
  });
});

describe("after the last step", () => {
  it("a metric that fails loses no training: it is null, and told", async () => {
    const moody: Metric = {
      name: "moody",
      measure(outputs) {
        if (outputs.data.some((value) => value !== 0)) throw new UserError("metric moody wants zeros");
        return 1;
      },
    };
    const data = {
      train: samples(repeated(10, 0, 1)),
      validation: samples([0, 1]),
      test: samples([0, 1]),
    };
    const shown = await train({ data, metrics: [moody, accuracy] });
    const { model, warnings } = trained(shown);
    const { training } = JSON.parse(JSON.stringify(model));
    expect(training.test).toEqual({ loss: expect.any(Number), moody: null, accuracy: expect.any(Number) });
    expect(training.testInt8).toMatchObject({ moody: null });
    expect(training.epochs[1].validation).toMatchObject({ moody: null });
    expect(shown.told).toEqual([
      "later: metric moody cannot be computed of what the network gives for the test data",
    ]);
    expect(warnings.map(({ message }) => `later: ${message}`)).toEqual(expect.arrayContaining(shown.told));
  });

  it("training with rounding that fails leaves the model that was before it", async () => {
    const data = { train: samples(repeated(10, 0, 1)) };
    const before = trained(await train({ data }));
    const shown = await train({ data, quantize: { aware: { epochs: 3, learningRate: 1e38 } } });
    const { model, warnings, awareHistory } = trained(shown);
    expect(awareHistory).toBeUndefined();
    expect(model.quantized).toEqual(before.model.quantized);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^training with rounding failed, the model is that before it: the loss is NaN in epoch \d/,
      ),
    ]);
  });
});
