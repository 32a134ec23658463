import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { type DType, Tensor } from "../../../src/base/tensor.js";
import type { Dataset } from "../../../src/train/data/dataset.js";
import { compileSampleLoop } from "../../../src/train/engine/sampleLoop.js";
import { fit } from "../../../src/train/fitting/fit.js";
import { dense } from "../../../src/train/layers/dense.js";
import { leakyRelu, linear, relu, sigmoid, tanh } from "../../../src/train/layers/elementWise.js";
import type { LayerSpec } from "../../../src/train/layers/graph.js";
import type { Loss } from "../../../src/train/losses/loss.js";
import { meanAbsoluteError } from "../../../src/train/losses/meanAbsoluteError.js";
import { meanSquaredError } from "../../../src/train/losses/meanSquaredError.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import type { Optimizer } from "../../../src/train/optimizers/optimizer.js";
import { sgd } from "../../../src/train/optimizers/sgd.js";

interface Case {
  readonly inputs: number;
  readonly units: readonly number[];
  readonly activations: readonly number[];
  readonly bias: boolean;
  readonly halved: boolean;
  readonly dtype: DType;
  readonly dataDtype: DType;
  readonly seed: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  inputs: fc.integer({ min: 1, max: 5 }),
  units: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
  activations: fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
  bias: fc.boolean(),
  halved: fc.boolean(),
  dtype: fc.constantFrom("float32", "float64"),
  dataDtype: fc.constantFrom("float32", "float64"),
  seed: fc.nat(1e6),
});

const activations: readonly (() => LayerSpec)[] = [linear, relu, sigmoid, tanh];
const samples = 13;

function build({ inputs, units, activations: chosen, bias, dtype, seed }: Case) {
  const layers = units.flatMap((count, index) => [dense(count, { bias }), activations[chosen[index]]()]);
  return buildNetwork("n", [inputs], layers, new Random(seed), dtype);
}

/** Some inputs are zero: loops skip them, straight text does not. */
function makeData({ inputs, units, dataDtype, seed }: Case): Dataset {
  const random = new Random(seed + 1);
  const values = (count: number) =>
    Array.from({ length: count }, () => (random.uniform() < 0.3 ? 0 : random.normal()));
  const outputs = units[units.length - 1];
  return {
    inputs: Tensor.from([samples, inputs], values(samples * inputs), dataDtype),
    targets: Tensor.from([samples, outputs], values(samples * outputs), dataDtype),
  };
}

async function train(given: Case, engine: "fast" | "plain") {
  const network = build(given);
  // biome-ignore lint/suspicious/noFocusedTests: this fit trains a network
  const history = await fit(network, makeData(given), {
    loss: meanSquaredError({ halved: given.halved }),
    optimizer: sgd({ learningRate: (epoch) => 0.05 / epoch }),
    epochs: 4,
    batchSize: 1,
    random: new Random(3),
    engine,
  });
  return { values: network.parameters().map(({ value }) => [...value.data]), history };
}

describe("steps written out for small networks", () => {
  it("have the bits of the loops, losses too", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (given) => {
        expect(await train(given, "fast")).toEqual(await train(given, "plain"));
      }),
      { seed: 21, numRuns: 60 },
    );
  });

  it("tell the sample at which the loss is no longer finite, as the loops do", async () => {
    const given: Case = {
      ...{ inputs: 1, units: [1], activations: [0, 0, 0], bias: true, halved: false },
      ...{ dtype: "float32", dataDtype: "float32", seed: 1 },
    };
    const messageOf = async (engine: "fast" | "plain") => {
      const options = {
        loss: meanSquaredError(),
        optimizer: sgd({ learningRate: 1e12 }),
        epochs: 3,
        batchSize: 1,
      };
      try {
        // biome-ignore lint/suspicious/noFocusedTests: this fit trains a network
        await fit(build(given), makeData(given), { ...options, random: new Random(1), engine });
      } catch (error) {
        return String(error);
      }
      return "";
    };
    const message = await messageOf("fast");
    expect(message).toMatch(/the loss is (NaN|Infinity) in epoch 1, batch \d of 13/);
    expect(message).toBe(await messageOf("plain"));
  });
});

describe("steps are written out", () => {
  const plain = sgd({ learningRate: 0.1 });
  const data = {
    inputs: Tensor.zeros([3, 2], "float32"),
    targets: Tensor.zeros([3, 1], "float32"),
  };
  function isWritten(changes: {
    layers?: readonly LayerSpec[];
    loss?: Loss;
    optimizer?: Optimizer;
    batchSize?: number;
    data?: Dataset;
  }): boolean {
    const {
      layers = [dense(4), sigmoid(), dense(1)],
      loss = meanSquaredError(),
      optimizer = plain,
    } = changes;
    const network = buildNetwork("n", [2], layers, new Random(1));
    const options = { loss, optimizer, batchSize: changes.batchSize ?? 1 };
    return compileSampleLoop(network, changes.data ?? data, options) !== undefined;
  }

  it("for chains under squared errors and plain descent", () => {
    expect(isWritten({})).toBe(true);
    expect(isWritten({ optimizer: sgd({ learningRate: (epoch) => 1 / epoch }) })).toBe(true);
  });

  it.each([
    ["batches", { batchSize: 2 }],
    ["other losses", { loss: meanAbsoluteError() }],
    ["momentum", { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) }],
    ["a rate that changes within an epoch", { optimizer: sgd({ learningRate: (_, share) => 1 - share }) }],
    ["other activations", { layers: [dense(4), leakyRelu(), dense(1)] }],
    ["large networks", { layers: [dense(100), relu(), dense(1)] }],
    ["weights of samples", { data: { ...data, weights: [1, 2, 3] } }],
    ["class numbers", { data: { ...data, targets: Int32Array.of(0, 1, 0) } }],
  ])("not for %s", (_, changes) => {
    expect(isWritten(changes)).toBe(false);
  });
});
