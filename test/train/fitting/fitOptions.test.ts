import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import type { Dataset } from "../../../src/train/data/dataset.js";
import { evaluate } from "../../../src/train/fitting/evaluate.js";
import { type FitOptions, fit as fitNetwork } from "../../../src/train/fitting/fit.js";
import { accuracy, recall } from "../../../src/train/fitting/metrics.js";
import { batchNorm } from "../../../src/train/layers/batchNorm.js";
import { dense } from "../../../src/train/layers/dense.js";
import { dropout } from "../../../src/train/layers/dropout.js";
import { relu, sigmoid } from "../../../src/train/layers/elementWise.js";
import type { NetworkSpec } from "../../../src/train/layers/graph.js";
import { fixedWeights } from "../../../src/train/layers/initializers.js";
import { add } from "../../../src/train/layers/merge.js";
import { binaryCrossEntropy } from "../../../src/train/losses/binaryCrossEntropy.js";
import { meanSquaredError } from "../../../src/train/losses/meanSquaredError.js";
import { l1, l2 } from "../../../src/train/losses/penalties.js";
import { softmaxCrossEntropy } from "../../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { adam } from "../../../src/train/optimizers/adam.js";
import { sgd } from "../../../src/train/optimizers/sgd.js";
import { userError } from "../userError.js";

/** Points of the plane; class 1 right of a border that noise makes uncertain. */
function border(samples: number, seed: number): Dataset {
  const random = new Random(seed);
  const inputs = Tensor.zeros([samples, 2], "float32");
  const targets = new Uint8Array(samples);
  for (let b = 0; b < samples; b++) {
    const [x, y] = [random.normal(), random.normal()];
    inputs.data.set([x, y], 2 * b);
    targets[b] = Number(x + 0.7 * random.normal() > 0.5);
  }
  return { inputs, targets };
}

async function train(spec: NetworkSpec, options: Partial<FitOptions> = {}, data = border(200, 1)) {
  const random = new Random(1);
  const network = buildNetwork("n", [2], spec, random);
  const history = await fitNetwork(network, data, {
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.02 }),
    epochs: 5,
    batchSize: 32,
    random,
    ...options,
  });
  const bits = [...network.parameters(), ...network.statistics()].flatMap(({ value }) => [...value.data]);
  return { network, history, bits };
}

const allKinds: NetworkSpec = (x) => {
  const hidden = relu()(batchNorm()(dense(8)(x)));
  return dense(2)(dropout(0.2)(add(dense(8)(hidden), hidden)));
};

describe("the same seed gives the same bits", () => {
  it("with dropout and batch normalization", async () => {
    const [first, second] = [await train(allKinds), await train(allKinds)];
    expect(second.bits).toEqual(first.bits);
    expect(second.history).toEqual(first.history);
  });

  it("on an engine with memory of its own, which the network leaves again", async () => {
    const options = { validation: 0.2, metrics: [accuracy] };
    const [plain, other] = [
      await train(allKinds, { ...options, engine: "plain" }),
      await train(allKinds, { ...options, engine: "fast" }),
    ];
    expect(other.bits).toEqual(plain.bits);
    expect(other.history).toEqual(plain.history);
    const left = other.network.parameters().flatMap(({ value, gradient }) => [value.data, gradient.data]);
    for (const { buffer } of left) expect(buffer).toBeInstanceOf(ArrayBuffer);
  });

  it("and early stop brings back the best epoch's running statistics too", async () => {
    // a rate of 1e-9 leaves the weights where they are; statistics settle, so that some epoch is the best
    const stopped = await train([dense(4), batchNorm(), dense(2)], {
      epochs: 40,
      validation: border(100, 2),
      earlyStop: { patience: 2 },
      optimizer: sgd({ learningRate: 0.5 }),
    });
    const { keptEpoch, epochs } = stopped.history;
    expect(keptEpoch).toBeLessThan(epochs.length);
    const judged = evaluate(stopped.network, border(100, 2), softmaxCrossEntropy());
    expect(judged.loss).toBe(epochs[keptEpoch - 1].validation?.loss);
  });
});

describe("weights of samples and classes", () => {
  it("count a sample as often as its weight says", async () => {
    // the second sample thrice, against a batch that has it three times: (1·l₁ + 3·l₂) / 2 is twice the mean of four
    const once = {
      inputs: Tensor.from([2, 2], [1, 0, 0, 1], "float32"),
      targets: Uint8Array.of(0, 1),
      weights: [0.5, 1.5],
    };
    const thrice = {
      inputs: Tensor.from([4, 2], [1, 0, 0, 1, 0, 1, 0, 1], "float32"),
      targets: Uint8Array.of(0, 1, 1, 1),
    };
    const options = { shuffle: false, optimizer: sgd({ learningRate: 0.5 }) };
    const [weighed, repeated] = [
      await train([dense(2)], options, once),
      await train([dense(2)], options, thrice),
    ];
    weighed.bits.forEach((bit, k) => {
      expect(bit).toBeCloseTo(repeated.bits[k], 6); // float32 sums of two and of four
    });
    expect(evaluate(weighed.network, once, softmaxCrossEntropy()).loss).toBeCloseTo(
      evaluate(weighed.network, thrice, softmaxCrossEntropy()).loss,
      6,
    );
  });

  it("make a rare class count more", async () => {
    const layers = [dense(1), sigmoid()];
    const test = border(500, 9);
    const options = { loss: binaryCrossEntropy(), epochs: 30 };
    const [even, heavy] = [
      await train(layers, options),
      await train(layers, { ...options, classWeights: [1, 6] }),
    ];
    const recalls = [even, heavy].map(
      ({ network }) => evaluate(network, test, binaryCrossEntropy(), [recall()]).metrics.recall,
    );
    expect(recalls[0]).toBeLessThan(0.8);
    expect(recalls[1]).toBeGreaterThan(0.9);
  });

  it("of a class multiply those of its samples", async () => {
    const data = border(40, 1);
    const own = Array.from({ length: 40 }, (_, b) => 1 + (b % 3));
    const both = await train([dense(2)], { classWeights: [0.5, 2] }, { ...data, weights: own });
    const classes = data.targets as Uint8Array;
    const product = own.map((weight, b) => weight * [0.5, 2][classes[b]]);
    expect((await train([dense(2)], {}, { ...data, weights: product })).bits).toEqual(both.bits);
  });

  it("leave the classes' losses as they were when all are 1", async () => {
    const [plain, ones] = [await train(allKinds), await train(allKinds, { classWeights: [1, 1] })];
    expect(ones.bits).toEqual(plain.bits);
  });
});

describe("penalties", () => {
  // weight 2, gradient 0 (input 0): only the penalty moves it
  const data = { inputs: Tensor.from([1, 2], [0, 0]), targets: Tensor.from([1, 1], [0]) };
  const weights = fixedWeights([[2, -2]]);
  const options = { loss: meanSquaredError(), optimizer: sgd({ learningRate: 0.25 }), epochs: 1 };

  it("pull weights towards zero, each in its way, and leave biases", async () => {
    const byNetwork = await train([dense(1, { weights })], { ...options, penalty: l2(0.5) }, data);
    expect(byNetwork.bits).toEqual([1.75, -1.75, 0]);
    const byLayer = await train([dense(1, { weights, penalty: l1(0.5) })], options, data);
    expect(byLayer.bits).toEqual([1.875, -1.875, 0]);
    const both = await train(
      [dense(1, { weights, penalty: l1(0.5) })],
      { ...options, penalty: l2(0.5) },
      data,
    );
    expect(both.bits).toEqual([1.625, -1.625, 0]);
    // two steps, the bias by −2 and −1 towards the target 1; the weights by 0.25 · 0.5 of themselves
    const wanted = { ...data, targets: Tensor.from([1, 1], [1]) };
    const moved = await train([dense(1, { weights })], { ...options, epochs: 2, penalty: l2(0.5) }, wanted);
    expect(moved.bits).toEqual([1.53125, -1.53125, 0.75]);
  });

  it("are recorded beside the loss", async () => {
    const { history } = await train([dense(1, { weights })], { ...options, penalty: l2(0.5) }, data);
    // 0.5 · ½ · (1.75² + 1.75²) after the step; the bias is 0, and so is the loss
    expect(history.epochs[0]).toMatchObject({ loss: 0, penalty: 1.53125 });
    expect((await train([dense(2)])).history.epochs[0]).not.toHaveProperty("penalty");
  });
});

describe("limits on gradients", () => {
  it("hold steps back", async () => {
    const data = { inputs: Tensor.from([1, 2], [300, 400]), targets: Tensor.from([1, 1], [-1]) };
    const layers = [dense(1, { bias: false, weights: fixedWeights([[0, 0]]) })];
    const options = { loss: meanSquaredError(), optimizer: sgd({ learningRate: 1 }), epochs: 1 };
    // the gradient is 2 · 1 · [300, 400]
    const limited = await train(layers, { ...options, clipGradients: { norm: 5 } }, data);
    expect(limited.bits.map((bit) => bit)).toEqual([-3, -4]);
    const cut = await train(layers, { ...options, clipGradients: { value: 2 } }, data);
    expect(cut.bits).toEqual([-2, -2]);
  });
});

describe("fit refuses", () => {
  it.each<[string, Partial<FitOptions>, Dataset, string]>([
    [
      "a limit of 0",
      { clipGradients: { norm: 0 } },
      border(4, 1),
      "clipGradients.norm must be a number above 0, found 0",
    ],
    [
      "a class without weight",
      { classWeights: [1] },
      { ...border(4, 1), targets: Uint8Array.of(0, 0, 1, 0) },
      "classWeights[1] must be a number of 0 or more, found undefined",
    ],
    [
      "class weights of real targets",
      { classWeights: [1] },
      { ...border(4, 1), targets: Tensor.zeros([4, 2], "float32") },
      "classWeights need class numbers as targets, found real values",
    ],
    [
      "too few weights",
      {},
      { ...border(4, 1), weights: [1, 2] },
      "the training data has 4 samples and 2 weights",
    ],
    [
      "a negative weight",
      {},
      { ...border(2, 1), weights: [1, -2] },
      "the training data: sample 1's weight must be a number of 0 or more, found -2",
    ],
  ])("%s", async (_, options, data, message) => {
    await expect(train([dense(2)], options, data)).rejects.toEqual(userError(message));
  });
});
