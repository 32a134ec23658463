import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { checkQuantized } from "../../src/cli/checkQuantized.js";
import { Checks } from "../../src/cli/checks.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import { nameFeature } from "../../src/experiment/nameFeature.js";
import { measureQuantizationLoss, tellDrop } from "../../src/experiment/quantizationLoss.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import { quantizationSection } from "../../src/report/quantizationSection.js";
import type { ReportInput } from "../../src/report/reportInput.js";
import { accuracy, type Metric, recall, zeroOne } from "../../src/train/fitting/metrics.js";
import { dense } from "../../src/train/layers/dense.js";
import { sigmoid } from "../../src/train/layers/elementWise.js";
import type { Activation, LayerSpec } from "../../src/train/layers/graph.js";
import { fixedWeights } from "../../src/train/layers/initializers.js";
import { add } from "../../src/train/layers/merge.js";
import { standardize } from "../../src/train/layers/normalization.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { binaryCrossEntropy } from "../../src/train/losses/binaryCrossEntropy.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../src/train/network/network.js";
import { adam } from "../../src/train/optimizers/adam.js";

const random = new Random(1);
const samples = 400;
/** Pressure in Pa about the standard, acceleration in g: the class is the acceleration's sign. */
const inputs = Tensor.from(
  [samples, 2],
  Array.from({ length: samples }, () => [300 * random.normal(), 0.5 * random.normal()]).flat(),
);
const targets = Uint8Array.from({ length: samples }, (_, b) => Number(inputs.data[2 * b + 1] > 0));
const named = { inputs, targets, inputNames: ["pressure", "g"] };

const layers: LayerSpec[] = [dense(1, { weights: fixedWeights([[0, 8]]) }), sigmoid()];

function lossOf(dataset: typeof named | Omit<typeof named, "inputNames">, metrics: readonly Metric[] = []) {
  const network = buildNetwork("n", [2], layers, new Random(1));
  const quantized = quantizeNetwork(network, inputs);
  const what = "the test data";
  return measureQuantizationLoss({
    ...{ network, quantized, dataset, what, metrics, seed: 1 },
    loss: binaryCrossEntropy(),
  });
}

function failuresOf(
  outcome: Parameters<typeof checkQuantized>[0],
  asked: Parameters<typeof checkQuantized>[2],
) {
  const checks = new Checks();
  checkQuantized(outcome, "m.json", asked, checks);
  return checks.failures;
}

const loss = await lossOf(named);

describe("an int8 network that falls behind", () => {
  it("is told with what is lost, and the column that has too few steps", () => {
    expect(loss).toMatchObject({ data: "the test data", samples, metric: "accuracy", float: 1 });
    expect(loss.int8).toBeLessThan(0.7);
    expect(loss.drop).toBe(1 - loss.int8);
    const [pressure, g] = loss.columns;
    expect(pressure).toMatchObject({ name: "pressure" });
    expect(pressure.stepsPerDeviation).toBeGreaterThan(30);
    expect(g.stepsPerDeviation).toBeLessThan(0.1);
    expect(tellDrop(loss)?.message).toBe(
      `the int8 network falls behind the float one by ${loss.drop.toFixed(4)} on the test data (accuracy 1.0000 float, ${loss.int8.toFixed(4)} int8, 400 samples): input "g" has ${g.stepsPerDeviation} steps for a standard deviation`,
    );
  });

  it("is told with the layer where the signal is lost, where columns have no names", async () => {
    const { inputNames: _, ...unnamed } = named;
    const unnamedLoss = await lossOf(unnamed);
    expect(unnamedLoss.columns).toEqual([]);
    expect(unnamedLoss.layers.map(({ name }) => name)).toEqual(["input", "dense_1", "sigmoid_1"]);
    const [input, first] = unnamedLoss.layers.map(({ signalToNoise }) => signalToNoise!);
    expect(input).toBeGreaterThan(35);
    expect(first).toBeLessThan(5);
    expect(tellDrop(unnamedLoss)?.message).toContain(
      `: layer "dense_1" loses most, ${first} dB of signal to noise are left, ${input} dB before it`,
    );
  });

  it("is told by a metric that is better when smaller, too, and by none of unknown direction", async () => {
    const worse = await lossOf(named, [zeroOne]);
    expect(worse.drop).toBeCloseTo(loss.drop, 12);
    const strange = { name: "temperature", measure: (outputs: Tensor) => outputs.data[0] };
    expect((await lossOf(named, [strange])).metric).toBe("accuracy");
    const withNames = { ...named, classNames: ["still", "moving"] };
    const ofClass = await lossOf(withNames, [recall(0), recall(1)]);
    expect(ofClass.metric).toMatch(/^recall of [01]$/); // all are taken for one class: the other's recall falls to 0
    expect(tellDrop(ofClass)?.message).toMatch(/ \(recall of (still|moving) 1\.0000 float, 0\.\d{4} int8, /);
  });

  it("by more than --max-drop is an error", () => {
    const outcome = { notQuantized: undefined, quantization: loss };
    expect(failuresOf(outcome, { floatOnly: false })).toEqual([]);
    expect(failuresOf(outcome, { floatOnly: false, maxDrop: 0.9 })).toEqual([]);
    const { message, hint } = tellDrop(loss)!;
    expect(failuresOf(outcome, { floatOnly: false, maxDrop: 0.1 })).toEqual([
      { message: `${message}; --max-drop is 0.1`, hint },
    ]);
  });
});

describe("an int8 network that keeps up", () => {
  it("is not told, nor one that takes a single sample otherwise", async () => {
    const base = { ...(await lossOf(named)), float: 1 };
    expect(tellDrop({ ...base, samples: 1000, int8: 0.981, drop: 0.019 })).toBeUndefined();
    expect(tellDrop({ ...base, samples: 20, int8: 0.95, drop: 0.05 })).toBeUndefined();
    const [least] = base.columns.toSorted((a, b) => a.stepsPerDeviation - b.stepsPerDeviation);
    const told = (drop: string, int8: string) => ({
      message: `the int8 network falls behind the float one by ${drop} on the test data (accuracy 1.0000 float, ${int8} int8, 20 samples): input "g" has ${least.stepsPerDeviation} steps for a standard deviation`,
      hint: "mend values far outside, bring the columns to units of one size, or put standardize() first",
    });
    expect(tellDrop({ ...base, samples: 20, int8: 0.9, drop: 0.1 })).toEqual(told("0.1000", "0.9000"));
    expect(tellDrop({ ...base, samples: 20, int8: 0.95, drop: 0.05 }, 0.01)).toEqual(
      told("0.0500", "0.9500"),
    );
    // who asks for exactly the default's limit asks for every sample
    expect(tellDrop({ ...base, samples: 20, int8: 0.95, drop: 0.05 }, 0.02)).toEqual(
      told("0.0500", "0.9500"),
    );
    expect(tellDrop({ ...base, drop: 0.98 - 0.97 }, 0.01)).toBeUndefined();
    expect(tellDrop({ ...base, drop: Number.NaN })).toBeUndefined();
  });
});

it("compares outputs that are real values by R², of all outputs together", async () => {
  const network = buildNetwork("n", [2], [dense(2)], new Random(1));
  const real = {
    inputs,
    targets: Tensor.from(
      [samples, 2],
      inputs.data.map((x) => 3000 + x),
    ),
  };
  const quantized = quantizeNetwork(network, inputs);
  const loss = await measureQuantizationLoss({
    ...{ network, quantized, dataset: real, what: "training data", metrics: [], seed: 1 },
  });
  expect(loss.metric).toBe("rSquared");
  expect(loss.float).toBeLessThan(0); // of an untrained network: nothing can be lost
  expect(loss.drop).toBe(0);
});

const experiment: Experiment = {
  name: "e",
  seed: 1,
  data: { train: named },
  network: [dense(4), dense(2), softmax()],
  loss: softmaxCrossEntropy(),
  optimizer: adam(),
  epochs: 1,
  batchSize: 50,
  metrics: [accuracy],
};

describe("training", () => {
  it.each([
    [{ train: named, test: named }, undefined, "the test data", samples],
    [{ train: named }, 0.25, "the validation data", 100],
    [{ train: named }, undefined, "training data", samples],
  ] as const)("compares both networks on what there is: %#", async (data, validation, what, count) => {
    const { model, quantization } = await trainModel({
      ...{ ...experiment, data },
      ...(validation && { validation }),
    });
    expect(quantization).toMatchObject({ data: what, samples: count, metric: "accuracy" });
    expect(JSON.parse(JSON.stringify(model.training)).quantization).toEqual({
      ...{ data: what, samples: count, metric: "accuracy" },
      ...{ float: expect.any(Number), int8: expect.any(Number), drop: expect.any(Number) },
      layers: ["input", "dense_1", "dense_2", "softmax_1"].map((name) => ({
        name,
        signalToNoise: expect.any(Number),
      })),
      columns: ["pressure", "g"].map((name) => ({ name, stepsPerDeviation: expect.any(Number) })),
    });
  });

  it("that gives no integer network is an error, unless float alone is asked for", async () => {
    const shared = (input: Activation) => softmax()(add(dense(2)(standardize()(input)), dense(2)(input)));
    const outcome = await trainModel({ ...experiment, network: shared });
    expect(outcome.model.quantized).toBeUndefined();
    const reason = 'layer "normalization_1" takes the raw input, and so does another layer that cannot';
    expect(outcome.notQuantized).toBe(reason);
    expect(failuresOf(outcome, { floatOnly: false })).toEqual([
      {
        message: `m.json has no integer network: ${reason}`,
        hint: "the float network is written; mend the cause for a device, or ask for no more with --float-only",
      },
    ]);
    expect(failuresOf(outcome, { floatOnly: true })).toEqual([]);
    expect(failuresOf(outcome, { floatOnly: true, maxDrop: 0.1 })).toEqual([
      {
        message: "--max-drop 0.1 cannot be judged: there is no integer network",
        hint: "leave out --max-drop",
      },
    ]);
  });
});

it("a feature's number in a message gets the column's name and values", () => {
  const windows = {
    inputs: Tensor.from([1, 2, 2], [1, -7.5, 3, 20]),
    targets: Uint8Array.of(0),
    inputNames: ["ax[0]", "ay[0]", "ax[1]", "ay[1]"],
  };
  expect(nameFeature('layer "n", feature 1: its middle is far', windows)).toBe(
    'layer "n", feature 1: its middle is far; it is the input "ay", whose training data are -7.5..20',
  );
  expect(nameFeature("another reason", windows)).toBe("another reason");
});

it("the report shows what each layer and column loses", async () => {
  const quantization = { ...(await lossOf(named)), float: 1, int8: 0.5 };
  const section = quantizationSection({ quantization } as unknown as ReportInput);
  const { title, note, body } = section!;
  expect(title).toBe("From float to int8");
  expect(String(note)).toContain(
    "On the test data (400 samples) accuracy is 100.00\u202f% float, 50.00\u202f% int8.",
  );
  for (const name of ["input", "dense_1", "sigmoid_1", "pressure", "g"]) {
    expect(String(body)).toContain(`<td class="left">${name}</td>`);
  }
  expect(quantizationSection({} as ReportInput)).toBeUndefined();
});
