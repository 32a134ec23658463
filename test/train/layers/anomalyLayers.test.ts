import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { type Shape, Tensor } from "../../../src/base/tensor.js";
import { dense } from "../../../src/train/layers/dense.js";
import { relu } from "../../../src/train/layers/elementWise.js";
import type { NetworkSpec } from "../../../src/train/layers/graph.js";
import { kMeansDistance } from "../../../src/train/layers/kMeansDistance.js";
import { minMaxScale, standardize } from "../../../src/train/layers/normalization.js";
import { reconstructionError } from "../../../src/train/layers/reconstructionError.js";
import { flatten } from "../../../src/train/layers/reshape.js";
import { meanOutput } from "../../../src/train/losses/meanOutput.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { kMeans } from "../../../src/train/ops/kMeans.js";
import { gradientError, tolerance } from "../gradientCheck.js";
import { userError } from "../userError.js";

const build = (shape: Shape, layers: NetworkSpec) =>
  buildNetwork("anomaly", shape, layers, new Random(3), "float64");

describe("reconstructionError", () => {
  it("compares with what the autoencoder sees: the input behind what normalizes it", () => {
    const autoencoder = [flatten(), dense(2), relu(), dense(6), reconstructionError()];
    expect(build([3, 2], autoencoder).connections.at(-1)).toEqual([4, 0]);
    expect(build([3, 2], [standardize(), ...autoencoder]).connections.at(-1)).toEqual([5, 1]);
    const scaled = [minMaxScale(), ...autoencoder];
    expect(
      build([3, 2], (x) => scaled.reduce((latest, layer) => layer(latest), x)).connections.at(-1),
    ).toEqual([5, 1]);
  });

  it("compares with what it is told to", () => {
    const network = build([3], (x) => {
      const code = dense(2)(x);
      return reconstructionError({ of: code })(relu()(code));
    });
    expect(network.connections.at(-1)).toEqual([2, 1]);
  });

  it("is the mean of squared differences", () => {
    const network = build([2], [dense(2), reconstructionError()]);
    const [weights, bias] = network.parameters();
    weights!.value.data.set([0, 0, 0, 0]);
    bias!.value.data.set([1, -2]);
    // (1 − 4)² + (−2 − 2)² = 25; 0² + 0²
    expect([...network.forward(Tensor.from([2, 2], [4, 2, 1, -2], "float64")).data]).toEqual([12.5, 0]);
  });

  it("is refused between different numbers of values, and for more than sum up in int32", () => {
    expect(() => build([3], [dense(2), reconstructionError({ name: "error" })])).toThrow(
      userError(
        'layer "error" compares a reconstruction with as many values as it was made of, found [2] and [3]',
      ),
    );
    expect(() => build([33026], [relu(), reconstructionError({ name: "error" })])).toThrow(
      userError('layer "error" sums up 33026 squared differences; 33025 are certain to fit int32'),
    );
  });
});

describe("k-means", () => {
  it("finds groups that are apart, as their means, whatever the order", () => {
    const groups = [
      [0, 0],
      [0, 2],
      [100, 100],
      [102, 100],
      [-50, 7],
      [-50, 9],
    ];
    const samples = groups.map((group) => Float64Array.from(group));
    for (const seed of [0, 1, 2, 3]) {
      const centroids = [...kMeans(samples, 3, new Random(seed))];
      const pairs = [0, 2, 4].map((at) => centroids.slice(at, at + 2)).sort(([a], [b]) => a! - b!);
      expect(pairs).toEqual([
        [-50, 8],
        [0, 1],
        [101, 100],
      ]);
    }
  });

  it("gives the same centroids for a seed, and no more than there are samples to tell apart", () => {
    const equal = Array.from({ length: 5 }, () => Float64Array.of(3, 4));
    expect([...kMeans(equal, 3, new Random(1))]).toEqual([3, 4, 3, 4, 3, 4]);
    const random = new Random(9);
    const samples = Array.from({ length: 60 }, () => Float64Array.of(random.normal(), random.normal()));
    expect(kMeans(samples, 4, new Random(1))).toEqual(kMeans(samples, 4, new Random(1)));
  });

  it("never ends further from the samples than where it began", () => {
    const random = new Random(4);
    const samples = Array.from({ length: 80 }, () => Float64Array.of(random.normal(), random.normal()));
    const spread = (clusters: number) => {
      const centroids = kMeans(samples, clusters, new Random(2));
      return samples.reduce((sum, [x, y]) => {
        const distances = Array.from(
          { length: clusters },
          (_, c) => (x! - centroids[2 * c]!) ** 2 + (y! - centroids[2 * c + 1]!) ** 2,
        );
        return sum + Math.min(...distances);
      }, 0);
    };
    const [one, two, eight] = [1, 2, 8].map(spread) as [number, number, number];
    expect([one > two, two > eight]).toEqual([true, true]);
  });

  it("as a layer is the squared distance to the nearest, with its derivative", () => {
    const network = build([2], [kMeansDistance({ clusters: 2 })]);
    const [layer] = network.layers;
    if (layer?.kind !== "kMeansDistance") throw new Error("no such layer");
    layer.centroids.value.data.set([1, 1, -5, 0]);
    const samples = Tensor.from([3, 2], [4, 5, -5, 1, 0.25, -0.5], "float64");
    // 3² + 4², 1², 0.75² + 1.5²
    expect([...network.forward(samples).data]).toEqual([25, 1, 2.8125]);
    expect(gradientError(network, samples, Int32Array.of(0, 0, 0), { loss: meanOutput() })).toBeLessThan(
      tolerance,
    );
  });

  it("is refused for no whole number of clusters, and for more than samples", () => {
    expect(() => kMeansDistance({ clusters: 0 })).toThrow(
      userError("kMeansDistance: clusters must be an integer 1..65536, found 0"),
    );
    const [layer] = build([2], [kMeansDistance({ clusters: 3, name: "groups" })]).layers;
    if (layer?.kind !== "kMeansDistance") throw new Error("no such layer");
    expect(() => layer.fit([Float64Array.of(1, 2)], new Random(1))).toThrow(
      userError('layer "groups" finds 3 clusters, the training data has 1 normal samples'),
    );
  });
});

describe("the mean output", () => {
  const prediction = Tensor.from([3, 1], [4, 10, 2], "float64");

  it("is that of normal samples, and nothing is learnt of others", () => {
    const gradient = Tensor.zeros([3, 1], "float64");
    expect(meanOutput().evaluate(prediction, Uint8Array.of(0, 1, 0), { gradient })).toBe(2);
    expect([...gradient.data]).toEqual([1 / 3, 0, 1 / 3]);
    const weights = Float64Array.of(3, 3, 0);
    expect(meanOutput().evaluate(prediction, Tensor.from([3, 1], [0, 1, 0]), { weights })).toBe(4);
  });
});
