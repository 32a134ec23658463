import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { defineExperiment } from "../../src/experiment/experiment.js";
import { type TrainedModel, trainModel } from "../../src/experiment/trainModel.js";
import { onlyInput } from "../../src/network/ports.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import type { Dataset } from "../../src/train/data/dataset.js";
import { accuracy } from "../../src/train/fitting/metrics.js";
import { batchNorm } from "../../src/train/layers/batchNorm.js";
import { conv2d } from "../../src/train/layers/conv2d.js";
import { dense } from "../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../src/train/layers/depthwiseConv2d.js";
import { hardSwish, relu, sigmoid } from "../../src/train/layers/elementWise.js";
import { add, concatenate } from "../../src/train/layers/merge.js";
import { averagePool2d, globalAveragePool2d, maxPool2d } from "../../src/train/layers/pooling.js";
import { reshape } from "../../src/train/layers/reshape.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { adam } from "../../src/train/optimizers/adam.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

const side = 8;

/** Noisy images with a bright stripe that lies or stands somewhere: the class is its direction. */
function stripes(samples: number, seed: number): Dataset {
  const random = new Random(seed);
  const inputs = Tensor.zeros([samples, side * side], "float32");
  const targets = new Uint8Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const isStanding = sample % 2;
    const place = Math.floor(random.uniform() * side);
    for (let pixel = 0; pixel < side * side; pixel++) {
      const across = isStanding ? pixel % side : Math.floor(pixel / side);
      inputs.data[sample * side * side + pixel] = 0.3 * random.uniform() + (across === place ? 0.7 : 0);
    }
    targets[sample] = isStanding;
  }
  return { inputs, targets };
}

/** Every kind of layer that a convolutional network is made of. */
const experiment = defineExperiment({
  name: "stripes",
  seed: 1,
  data: { train: stripes(400, 1), test: stripes(200, 2) },
  network: (x) => {
    const image = reshape([side, side, 1])(x);
    const a = relu()(batchNorm()(conv2d(4, 3, { bias: false })(image)));
    const b = relu()(add(conv2d(4, 1)(hardSwish()(depthwiseConv2d(3)(a))), a));
    const joined = concatenate(
      maxPool2d(2)(b),
      averagePool2d(2)(b),
      sigmoid()(conv2d(2, 2, { stride: 2 })(a)),
    );
    return softmax()(dense(2)(globalAveragePool2d()(conv2d(6, 3)(joined))));
  },
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  epochs: 4,
  batchSize: 16,
  metrics: [accuracy],
  quantize: { aware: { epochs: 1 } },
});

describe("a small convolutional network with branches", () => {
  let trained: TrainedModel;
  beforeAll(async () => {
    trained = await trainModel(experiment);
  });

  it("is as good in integers as in floating point, before and after training with rounding", () => {
    expect(trained.notQuantized).toBeUndefined();
    expect(trained.test!.metrics.accuracy).toBeGreaterThan(0.97);
    expect(trained.testInt8BeforeAware!.accuracy).toBeGreaterThan(trained.test!.metrics.accuracy - 0.01);
    expect(trained.testInt8!.accuracy).toBeGreaterThan(trained.test!.metrics.accuracy - 0.01);
  });

  it.each(optimizeModes)("gives the oracle's bytes in C when planned for %s", (optimize) => {
    const program = planProgram(trained.model.quantized!, { optimize });
    const { inputs } = stripes(3, 3);
    const samples = [0, 1, 2].map((n) =>
      quantizeTensor(inputs.data.subarray(n * side * side, (n + 1) * side * side), onlyInput(program)),
    );
    samples.push(Int8Array.from({ length: side * side }, (_, i) => (i % 3 === 0 ? 127 : -128)));
    expect(runGenerated(program, samples)).toEqual(runOracle(program, samples));
  });
});
