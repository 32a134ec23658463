import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { permutationImportance } from "../../src/report/permutationImportance.js";
import { measureRelevance } from "../../src/report/relevance.js";
import { weightPath } from "../../src/report/weightPath.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { fixedWeights } from "../../src/train/layers/initializers.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import { buildNetwork } from "../../src/train/network/network.js";
import { trainWithReport } from "./trainWithReport.js";

const linear = (weights: number[][]) =>
  buildNetwork(
    "linear",
    [weights[0].length],
    [dense(weights.length, { bias: false, weights: fixedWeights(weights) })],
    new Random(1),
    "float64",
  );

/** Four samples of two inputs; the target is the first. */
const copies = {
  inputs: Tensor.from([4, 2], [0, 5, 1, 5, 2, 5, 3, 5], "float64"),
  targets: Tensor.from([4, 1], [0, 1, 2, 3], "float64"),
};

describe("the street light", () => {
  it("depends on the middle lamp, by shuffling and by weight path", async () => {
    const { rows, permutation } = measureRelevance((await trainWithReport()).input);
    const [left, middle, right] = rows;
    expect(rows.map(({ name }) => name)).toEqual(["left lamp", "middle lamp", "right lamp"]);
    expect(permutation).toMatchObject({ samples: 4, repeats: 30 });

    // The right lamp is always on: shuffling changes nothing. Halved squared error of a wrong answer is 0.5.
    expect(right.permutation).toEqual({ mean: 0, deviation: 0 });
    expect(Math.abs(left.permutation?.mean ?? 1)).toBeLessThan(1e-6);
    expect(middle.permutation?.mean).toBeGreaterThan(0.1);
    expect(middle.weightPath).toBeGreaterThan(0.5);
    expect(left.weightPath).toBeLessThan(0.3);
    expect(right.weightPath).toBeLessThan(0.2);
  });
});

describe("permutationImportance", () => {
  it("grows with the loss that a shuffled input costs, and is 0 for inputs without effect", () => {
    const found = permutationImportance(linear([[1, 0]]), copies, meanSquaredError(), [[0], [1]], {
      seed: 7,
    });
    expect(found?.loss).toBe(0);
    expect(found?.groups[1]).toEqual({ mean: 0, deviation: 0 });

    // Σ (a − b)² over all ordered pairs of 0..3 is 2 · (3·1 + 2·4 + 1·9) = 40; the mean over 16 pairs is 2.5
    expect(found?.groups[0].mean).toBeGreaterThan(1.5);
    expect(found?.groups[0].mean).toBeLessThan(3.5);
  });

  it("gives the same numbers for the same seed, others for another, and leaves the data as it was", () => {
    const before = [...copies.inputs.data];
    const measure = (seed: number) =>
      permutationImportance(linear([[1, 0]]), copies, meanSquaredError(), [[0]], { seed });
    expect(measure(1)).toEqual(measure(1));
    expect(measure(2)).not.toEqual(measure(1));
    expect([...copies.inputs.data]).toEqual(before);
  });

  it("shuffles the inputs of a group together", () => {
    // output = first − second, equal inputs: moved together their difference stays 0, moved alone it does not
    const equal = {
      inputs: Tensor.from([4, 2], [1, 1, 2, 2, 3, 3, 4, 4], "float64"),
      targets: Tensor.from([4, 1], [0, 0, 0, 0], "float64"),
    };
    const found = permutationImportance(linear([[1, -1]]), equal, meanSquaredError(), [[0, 1], [0], [1]]);
    expect(found?.groups[0].mean).toBe(0);
    expect(found?.groups[1].mean).toBeGreaterThan(0);
    expect(found?.groups[2].mean).toBeGreaterThan(0);
  });

  it("takes fewer samples and repeats within a budget, and none when too few are left", () => {
    const samples = 1000;
    const random = new Random(1);
    const many = {
      inputs: Tensor.from(
        [samples, 2],
        Array.from({ length: 2 * samples }, () => random.normal()),
        "float64",
      ),
      targets: Tensor.zeros([samples, 1], "float64"),
    };
    const network = linear([[1, 0]]); // 2 MACs, 2 groups: 4 a sample
    const measure = (budget: number) =>
      permutationImportance(network, many, meanSquaredError(), [[0], [1]], { budget });
    expect(measure(4 * 3500)).toMatchObject({ samples: 1000, repeats: 3 });
    expect(measure(4 * 60)).toMatchObject({ samples: 60, repeats: 1 });
    expect(measure(4 * 49)).toBeUndefined();
  });
});

describe("weightPath", () => {
  it("sums the products of absolute weights over all paths", () => {
    const network = buildNetwork(
      "n",
      [2],
      [
        dense(2, {
          weights: fixedWeights([
            [1, -2],
            [3, 4],
          ]),
        }),
        relu(),
        dense(1, { weights: fixedWeights([[-5, 6]]) }),
      ],
      new Random(1),
      "float64",
    );
    // input 0: 1·5 + 3·6 = 23; input 1: 2·5 + 4·6 = 34
    expect([...(weightPath(network) ?? [])]).toEqual([23, 34]);
  });
});
