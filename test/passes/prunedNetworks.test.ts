import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { defineExperiment } from "../../src/experiment/experiment.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { onlyInput } from "../../src/network/ports.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { batchNorm } from "../../src/train/layers/batchNorm.js";
import { conv2d } from "../../src/train/layers/conv2d.js";
import { dense } from "../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../src/train/layers/depthwiseConv2d.js";
import { relu, sigmoid } from "../../src/train/layers/elementWise.js";
import { globalAveragePool2d } from "../../src/train/layers/pooling.js";
import { reshape } from "../../src/train/layers/reshape.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { adam } from "../../src/train/optimizers/adam.js";

const random = new Random(3);
const noise = (samples: number) =>
  new Tensor(
    [samples, 36],
    Float32Array.from({ length: samples * 36 }, () => random.uniform()),
  );
const inputs = noise(80);
const targets = Uint8Array.from({ length: 80 }, (_, i) => Number(inputs.data[i * 36] > 0.5));

describe("channels that training pruned", () => {
  it("are taken out when the network is planned, and the output's bytes stay", async () => {
    const { model } = await trainModel(
      defineExperiment({
        name: "pruned",
        seed: 1,
        data: { train: { inputs, targets }, test: { inputs, targets } },
        network: [
          ...[reshape([6, 6, 1]), conv2d(16, 3), batchNorm(), relu()],
          ...[depthwiseConv2d(3, { padding: "same" }), relu(), conv2d(12, 1), sigmoid()],
          ...[globalAveragePool2d(), dense(2), softmax()],
        ],
        loss: softmaxCrossEntropy(),
        optimizer: adam({ learningRate: 0.01 }),
        epochs: 3,
        batchSize: 20,
        prune: { share: 0.5, epochs: 2 },
      }),
    );
    const network = model.quantized as QuantizedNetwork;
    const [whole, passed] = [planProgram(network, { passes: false }), planProgram(network)];
    const report = passed.passes.find(({ pass }) => pass === "constant channels");
    // half of each convolution's channels; what a pruned one leaves behind its sigmoid goes into the bias
    expect(report?.before.channels).toBe(16 + 16 + 12 + 2);
    expect(report?.after.channels).toBeLessThanOrEqual(8 + 8 + 6 + 2);
    expect(report?.after.macs).toBeLessThan(0.5 * (report?.before.macs as number));
    const unseen = noise(60);
    for (let sample = 0; sample < 60; sample++) {
      const values = quantizeTensor(unseen.data.subarray(sample * 36, (sample + 1) * 36), onlyInput(whole));
      expect(runProgram(passed, values)).toEqual(runProgram(whole, values));
    }
  });
});
