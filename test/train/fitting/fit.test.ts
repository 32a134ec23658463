import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import type { Dataset } from "../../../src/train/data/dataset.js";
import { evaluate } from "../../../src/train/fitting/evaluate.js";
import { type FitOptions, fit as fitNetwork } from "../../../src/train/fitting/fit.js";
import type { Progress } from "../../../src/train/fitting/history.js";
import { accuracy } from "../../../src/train/fitting/metrics.js";
import { dense } from "../../../src/train/layers/dense.js";
import { relu } from "../../../src/train/layers/elementWise.js";
import { fixedWeights } from "../../../src/train/layers/initializers.js";
import { softmax } from "../../../src/train/layers/softmax.js";
import { meanSquaredError } from "../../../src/train/losses/meanSquaredError.js";
import { softmaxCrossEntropy } from "../../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { adam } from "../../../src/train/optimizers/adam.js";
import { sgd } from "../../../src/train/optimizers/sgd.js";
import { userError } from "../userError.js";

/** Points of the plane; class 1 outside the unit circle. */
function ring(samples: number, seed: number): Dataset {
  const random = new Random(seed);
  const inputs = Tensor.zeros([samples, 2], "float32");
  const targets = new Uint8Array(samples);
  for (let b = 0; b < samples; b++) {
    const [x, y] = [random.normal(), random.normal()];
    inputs.data.set([x, y], 2 * b);
    targets[b] = Number(x * x + y * y > 1);
  }
  return { inputs, targets };
}

const ringLayers = [dense(12), relu(), dense(2), softmax()];

async function fitRing(options: Partial<FitOptions> = {}) {
  const random = new Random(1);
  const network = buildNetwork("ring", [2], ringLayers, random);
  const history = await fitNetwork(network, ring(300, 2), {
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.02 }),
    epochs: 20,
    batchSize: 16,
    random,
    ...options,
  });
  return { network, history, bits: network.parameters().flatMap(({ value }) => [...value.data]) };
}

describe("fit", () => {
  it("learns a ring, which no line separates", async () => {
    const { network } = await fitRing();
    const { metrics } = evaluate(network, ring(500, 3), softmaxCrossEntropy(), [accuracy]);
    expect(metrics.accuracy).toBeGreaterThan(0.95);
  });

  it("learns it by gradient descent with momentum too", async () => {
    const { network } = await fitRing({ optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) });
    const { metrics } = evaluate(network, ring(500, 3), softmaxCrossEntropy(), [accuracy]);
    expect(metrics.accuracy).toBeGreaterThan(0.95);
  });

  it("gives the same bits and the same history for the same seed", async () => {
    const [first, second] = [await fitRing({ validation: 0.2 }), await fitRing({ validation: 0.2 })];
    expect(second.bits).toEqual(first.bits);
    expect(second.history).toEqual(first.history);
  });

  it("takes the loss at the scores, with or without a closing softmax layer", async () => {
    const random = new Random(1);
    const network = buildNetwork("ring", [2], ringLayers.slice(0, -1), random);
    const history = await fitNetwork(network, ring(300, 2), {
      loss: softmaxCrossEntropy(),
      optimizer: adam({ learningRate: 0.02 }),
      epochs: 20,
      batchSize: 16,
      random,
    });
    expect(history).toEqual((await fitRing()).history);
  });

  it("tells the mean loss over samples, whatever the sizes of batches", async () => {
    // 300 = 2 · 130 + 40; at a rate of 1e-9 the network stands still
    const { network, history } = await fitRing({
      batchSize: 130,
      epochs: 1,
      optimizer: sgd({ learningRate: 1e-9 }),
    });
    const { inputs, targets } = ring(300, 2);
    const scores = network.forwardAll(inputs)[2];
    const whole = softmaxCrossEntropy().evaluate(scores, targets);
    expect(history.epochs[0].loss).toBeCloseTo(whole, 7); // float32
    const judged = evaluate(network, { inputs, targets }, softmaxCrossEntropy(), [accuracy]);
    expect(judged.loss).toBeCloseTo(whole, 7);
    expect(judged.metrics.accuracy).toBeCloseTo(accuracy.measure(scores, targets), 12);
  });

  it("shows the samples in a new order unless told to keep the given one", async () => {
    const [shuffled, given] = [await fitRing({ epochs: 1 }), await fitRing({ epochs: 1, shuffle: false })];
    expect(shuffled.bits).not.toEqual(given.bits);
  });

  it("keeps held-back samples out of training and judges by them", async () => {
    const seen: Progress[] = [];
    const { history } = await fitRing({ validation: 0.25, epochs: 2, onProgress: (p) => seen.push(p) });
    expect(seen.at(-1)).toMatchObject({ epoch: 2, epochs: 2, samplesDone: 225, samples: 225 });
    expect(history.epochs[0].validation?.loss).toBeGreaterThan(0);
    expect(history.keptEpoch).toBe(2);
  });

  it("measures metrics on a validation set of its own", async () => {
    const { history } = await fitRing({ validation: ring(50, 9), metrics: [accuracy] });
    expect(history.epochs.at(-1)?.validation?.metrics.accuracy).toBeGreaterThan(0.9);
  });

  it("stops early and brings back the best epoch's weights", async () => {
    // One weight, one sample, target 0: a rate of 1.5 turns w into −2w in each step, so that epoch 1 is the best.
    const network = buildNetwork(
      "diverging",
      [1],
      [dense(1, { bias: false, weights: fixedWeights([[1]]) })],
      new Random(1),
      "float64",
    );
    const data = { inputs: Tensor.from([1, 1], [1]), targets: Tensor.from([1, 1], [0]) };
    const history = await fitNetwork(network, data, {
      loss: meanSquaredError(),
      optimizer: sgd({ learningRate: 1.5 }),
      epochs: 50,
      batchSize: 1,
      random: new Random(1),
      validation: data,
      earlyStop: { patience: 3 },
    });
    expect(history.epochs.map(({ validation }) => validation?.loss)).toEqual([4, 16, 64, 256]);
    expect(history.keptEpoch).toBe(1);
    expect([...network.parameters()[0].value.data]).toEqual([-2]);
  });

  it("asks the learning rate for each epoch", async () => {
    const learningRate = (epoch: number) => 0.1 * 0.5 ** (epoch - 1);
    const { history } = await fitRing({ optimizer: sgd({ learningRate }), epochs: 3 });
    expect(history.epochs.map((record) => record.learningRate)).toEqual([0.1, 0.05, 0.025]);
  });

  it("tells which epoch and batch lost the finite loss", async () => {
    const inputs = Tensor.from([40, 2], Array(80).fill(1));
    inputs.data[79] = Number.NaN;
    const network = buildNetwork("n", [2], ringLayers, new Random(1));
    const training = fitNetwork(
      network,
      { inputs, targets: new Uint8Array(40) },
      {
        loss: softmaxCrossEntropy(),
        optimizer: adam(),
        epochs: 2,
        batchSize: 16,
        shuffle: false,
        random: new Random(1),
      },
    );
    await expect(training).rejects.toEqual(userError("the loss is NaN in epoch 1, batch 3 of 3"));
    await expect(training).rejects.toMatchObject({
      hint: "lower the learning rate (it is 0.001), and check that the data holds finite numbers only",
    });
  });

  const data = ring(10, 1);
  it.each<[string, Partial<FitOptions>, string]>([
    ["no epochs", { epochs: 0 }, "epochs must be an integer above 0, found 0"],
    ["half a batch", { batchSize: 1.5 }, "batchSize must be an integer above 0, found 1.5"],
    [
      "nothing to train on",
      { validation: 1 },
      "validation must hold back some of the 300 training samples and leave some, found 1",
    ],
    ["no patience", { earlyStop: { patience: 0 } }, "earlyStop.patience must be an integer above 0, found 0"],
    [
      "a rate that reaches zero",
      { optimizer: sgd({ learningRate: (epoch) => 2 - epoch }) },
      "the learning rate must be a number above 0, found 0 in epoch 2",
    ],
    [
      "validation data of another size",
      { validation: { ...data, targets: new Uint8Array(9) } },
      "the data to evaluate on has 10 inputs and 9 targets",
    ],
    [
      "a class the network does not have",
      { validation: { ...data, targets: new Uint8Array(10).fill(2) } },
      "the data to evaluate on: sample 0 is of class 2; the network tells 2 classes apart, 0..1",
    ],
    [
      "validation data that is not finite",
      { validation: { ...data, inputs: Tensor.from([10, 2], Array(20).fill(Number.NaN)) } },
      "the loss over 10 samples to evaluate on is NaN",
    ],
    [
      "no validation data",
      { validation: { inputs: new Tensor([0, 2]), targets: new Uint8Array(0) } },
      "the data to evaluate on has no samples",
    ],
  ])("refuses %s", async (_, options, message) => {
    await expect(fitRing(options)).rejects.toEqual(userError(message));
  });

  it.each<[string, () => unknown, string]>([
    [
      "momentum 1",
      () => sgd({ learningRate: 1, momentum: 1 }),
      "sgd: momentum must be 0 or more and below 1, found 1",
    ],
    ["beta1 −0.1", () => adam({ beta1: -0.1 }), "adam: beta1 must be 0 or more and below 1, found -0.1"],
    ["epsilon 0", () => adam({ epsilon: 0 }), "adam: epsilon must be above 0, found 0"],
  ])("refuses %s", (_, create, message) => {
    expect(create).toThrow(userError(message));
  });
});

describe("a dense layer", () => {
  it("gives the same for inputs full of zeros as the plain sum does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        (inputs, units, seed) => {
          const random = new Random(seed);
          const network = buildNetwork("n", [inputs], [dense(units)], random);
          const input = Tensor.zeros([3, inputs], "float32");
          for (let k = 0; k < input.data.length; k++)
            input.data[k] = random.integer(3) === 0 ? random.normal() : 0;
          const weights = network.parameters()[0].value.data;
          const plain = Array.from({ length: 3 * units }, (_, index) => {
            const [b, o] = [Math.floor(index / units), index % units];
            let sum = 0;
            for (let i = 0; i < inputs; i++) {
              sum = Math.fround(sum + Math.fround(input.data[b * inputs + i] * weights[o * inputs + i]));
            }
            return sum;
          });
          expect([...network.forward(input).data]).toEqual(plain);
        },
      ),
      { seed: 1, numRuns: 50 },
    );
  });
});
