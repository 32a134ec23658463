import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import { defineExperiment } from "../../../src/experiment/experiment.js";
import { trainModel } from "../../../src/experiment/trainModel.js";
import { accuracy } from "../../../src/train/fitting/metrics.js";
import { type Dense, dense } from "../../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../../src/train/layers/depthwiseConv2d.js";
import { relu } from "../../../src/train/layers/elementWise.js";
import { flatten } from "../../../src/train/layers/reshape.js";
import { softmax } from "../../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../../src/train/losses/softmaxCrossEntropy.js";
import { ChannelPruning } from "../../../src/train/network/channelPruning.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { adam } from "../../../src/train/optimizers/adam.js";

/** Sums of squared weights of a dense layer's rows. */
function rowNorms({ weights }: Dense): number[] {
  const [rows, columns] = weights.value.shape;
  const row = (o: number) => [...weights.value.data.subarray(o * columns, (o + 1) * columns)];
  return Array.from({ length: rows }, (_, o) => row(o).reduce((sum, w) => sum + w * w, 0));
}

describe("ChannelPruning", () => {
  it("takes the channels with the smallest weights, and leaves the last layer alone", () => {
    const network = buildNetwork("n", [3], [dense(8), relu(), dense(4)], new Random(1));
    const [first, , last] = network.layers as [Dense, unknown, Dense];
    const smallest = rowNorms(first)
      .map((norm, o) => ({ norm, o }))
      .sort((a, b) => a.norm - b.norm)
      .slice(0, 4)
      .map(({ o }) => o);
    new ChannelPruning(network, { share: 0.5, epochs: 1 }, 10).endEpoch(1);
    const zeros = [...rowNorms(first).entries()].filter(([, norm]) => norm === 0).map(([o]) => o);
    expect(zeros).toEqual(smallest.sort((a, b) => a - b));
    expect(rowNorms(last).every((norm) => norm > 0)).toBe(true);
  });

  it("takes a depthwise kernel's channel, which is its last axis", () => {
    const network = buildNetwork("n", [4, 4, 2], [depthwiseConv2d(3), flatten(), dense(2)], new Random(1));
    new ChannelPruning(network, { share: 0.5, epochs: 1 }, 1).endEpoch(1);
    const kernel = network.parameters()[0].value;
    const zeros = [0, 1].filter((channel) => kernel.data.every((w, i) => i % 2 !== channel || w === 0));
    expect(zeros).toHaveLength(1);
  });

  it("takes more after each epoch, by a cubic schedule, and none after its last", () => {
    const network = buildNetwork("n", [3], [dense(64), dense(4)], new Random(1));
    const pruning = new ChannelPruning(network, { share: 0.5, epochs: 4 }, 10);
    const counts = [1, 2, 3, 4, 5].map((epoch) => {
      pruning.endEpoch(epoch);
      return rowNorms(network.layers[0] as Dense).filter((norm) => norm === 0).length;
    });
    // 32 · (1 − (1 − epoch / 4)³): 18.5, 28, 31.5, 32
    expect(counts).toEqual([18, 28, 31, 32, 32]);
  });

  it("trains what is left, and leaves the pruned at zero to the end", async () => {
    const random = new Random(5);
    const inputs = new Tensor(
      [200, 2],
      Float32Array.from({ length: 400 }, () => 2 * random.uniform() - 1),
    );
    const targets = Uint8Array.from({ length: 200 }, (_, i) =>
      Number(inputs.data[2 * i] > inputs.data[2 * i + 1]),
    );
    const experiment = defineExperiment({
      name: "line",
      seed: 1,
      data: { train: { inputs, targets }, test: { inputs, targets } },
      network: [dense(16), relu(), dense(2), softmax()],
      loss: softmaxCrossEntropy(),
      optimizer: adam({ learningRate: 0.02 }),
      epochs: 20,
      batchSize: 20,
      metrics: [accuracy],
      prune: { share: 0.75 },
      quantize: { aware: { epochs: 2 } },
    });
    const { model, testInt8 } = await trainModel(experiment);
    const first = model.network.layers[0] as Dense;
    expect(rowNorms(first).filter((norm) => norm === 0)).toHaveLength(12);
    const pruned = rowNorms(first).map((norm) => norm === 0);
    expect([...first.bias!.value.data].filter((b, o) => pruned[o] && b !== 0)).toEqual([]);
    expect(testInt8!.accuracy).toBeGreaterThan(0.97);
  });
});
