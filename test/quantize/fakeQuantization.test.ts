import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { rowsOf, Tensor } from "../../src/base/tensor.js";
import { defineExperiment } from "../../src/experiment/experiment.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { calibrate } from "../../src/quantize/calibrate.js";
import { FakeQuantization } from "../../src/quantize/fakeQuantization.js";
import { prepareForIntegers } from "../../src/quantize/prepareForIntegers.js";
import { quantizeWithRanges } from "../../src/quantize/quantizeNetwork.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import type { Dataset } from "../../src/train/data/dataset.js";
import { accuracy } from "../../src/train/fitting/metrics.js";
import { batchNorm } from "../../src/train/layers/batchNorm.js";
import { conv2d } from "../../src/train/layers/conv2d.js";
import { dense } from "../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../src/train/layers/depthwiseConv2d.js";
import { hardSwish, relu, sigmoid } from "../../src/train/layers/elementWise.js";
import type { NetworkSpec } from "../../src/train/layers/graph.js";
import { add, concatenate } from "../../src/train/layers/merge.js";
import { averagePool2d, maxPool2d } from "../../src/train/layers/pooling.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../src/train/network/network.js";
import { Pass } from "../../src/train/network/pass.js";
import { typescriptEngine } from "../../src/train/ops/engine.js";
import { adam } from "../../src/train/optimizers/adam.js";
import { randomTensor } from "../train/gradientCheck.js";

/** Two spiral arms in the unit disc; one in `everyGlitch` samples is a glitch of the sensor, twenty times as far out. */
function spirals(samples: number, seed: number, everyGlitch: number): Dataset {
  const random = new Random(seed);
  const inputs = new Float32Array(2 * samples);
  const targets = new Uint8Array(samples);
  for (let i = 0; i < samples; i++) {
    const radius = Math.sqrt(random.uniform());
    const angle = 4 * Math.PI * radius + (i % 2) * Math.PI;
    const distance = i % everyGlitch === everyGlitch - 1 ? 20 * radius : radius;
    inputs.set([distance * Math.cos(angle), distance * Math.sin(angle)], 2 * i);
    targets[i] = i % 2;
  }
  return { inputs: new Tensor([samples, 2], inputs), targets };
}

describe("quantization-aware training", () => {
  it("recovers what quantizing after training loses to ranges with glitches in them", async () => {
    const { test, testInt8, testInt8BeforeAware } = await trainModel(
      defineExperiment({
        name: "spirals",
        seed: 3,
        data: { train: spirals(2000, 1, 200), test: spirals(1000, 2, Number.POSITIVE_INFINITY) },
        network: [dense(16), relu(), dense(16), relu(), dense(2), softmax()],
        loss: softmaxCrossEntropy(),
        optimizer: adam({ learningRate: (epoch) => (epoch < 40 ? 0.01 : 0.002) }),
        epochs: 60,
        batchSize: 32,
        metrics: [accuracy],
        quantize: { samples: 2000, aware: { epochs: 20, learningRate: 0.001 } },
      }),
    );
    expect(test!.metrics.accuracy).toBeGreaterThan(0.98);
    expect(testInt8BeforeAware!.accuracy).toBeLessThan(test!.metrics.accuracy - 0.02);
    expect(testInt8!.accuracy).toBeGreaterThan(test!.metrics.accuracy - 0.005);
  });
});

describe("FakeQuantization", () => {
  const random = new Random(1);
  const samples = new Tensor(
    [64, 5],
    Float64Array.from({ length: 320 }, () => 3 * random.uniform() - 1),
  );
  const network = buildNetwork("n", [5], [dense(8), relu(), dense(4), sigmoid()], random, "float64");
  const ranges = calibrate(network, samples, { kind: "minMax" });
  const sameRange = (min: number, max: number) => ranges.map(() => ({ min, max }));

  it("lets the float network give what the integer network gives", () => {
    const pass = new Pass(network, 64, { transform: new FakeQuantization(network, ranges) });
    const fake = pass.forward(new Tensor(samples.shape, samples.data.slice()));
    const program = planProgram(quantizeWithRanges(network, ranges));
    const { scale, zeroPoint } = quantizationOf(onlyOutput(program));
    let different = 0;
    for (let sample = 0; sample < 64; sample++) {
      const input = quantizeTensor(samples.data.subarray(sample * 5, sample * 5 + 5), onlyInput(program));
      const output = runProgram(program, input);
      for (let o = 0; o < 4; o++) {
        const steps = Math.round(fake.data[sample * 4 + o] / scale) + zeroPoint - output[o];
        expect(Math.abs(steps)).toBeLessThanOrEqual(1);
        if (steps !== 0) different++;
      }
    }
    // biases and factors are not rounded in the fake one: a value near a half may fall the other way
    expect(different).toBeLessThan(10);
  });

  it("leaves weights their own after a pass, and rounds them within it", () => {
    const [first] = network.parameters();
    const own = first.value;
    const transform = new FakeQuantization(network, ranges);
    transform.begin(typescriptEngine);
    const largest = Math.max(...own.data.subarray(0, 5).map(Math.abs));
    for (let i = 0; i < 5; i++) {
      const steps = (first.value.data[i] / largest) * 127;
      expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-4); // the scale is a float32 value
    }
    expect(first.value).not.toBe(own);
    transform.end();
    expect(first.value).toBe(own);
  });

  it("stops gradients where the clamp changed a value, and no others", () => {
    const transform = new FakeQuantization(network, sameRange(-1, 1));
    transform.begin(typescriptEngine);
    transform.activation(2, Float64Array.of(-5, -0.5, 0.5, 5), true);
    transform.end();
    const gradient = Float64Array.of(1, 2, 3, 4);
    transform.gradient(2, gradient);
    expect([...gradient]).toEqual([0, 2, 3, 0]);
  });

  it("moves ranges by a hundredth towards each training batch", () => {
    const transform = new FakeQuantization(network, sameRange(0, 1));
    transform.begin(typescriptEngine);
    transform.activation(2, Float64Array.of(-1, 3), true);
    transform.activation(2, Float64Array.of(-100, 100), false);
    transform.end();
    expect(transform.ranges[2].min).toBeCloseTo(-0.01, 12);
    expect(transform.ranges[2].max).toBeCloseTo(1.02, 12);
  });
});

describe("FakeQuantization of a convolutional network", () => {
  const random = new Random(1);
  const images = randomTensor([8, 8, 6, 2], random);
  const graph: NetworkSpec = (x) => {
    const a = relu()(batchNorm()(conv2d(4, 3)(x)));
    const b = add(depthwiseConv2d(3)(a), a);
    const joined = concatenate(maxPool2d(2)(b), averagePool2d(2)(b), hardSwish()(maxPool2d(2)(a)));
    return conv2d(3, 1)(joined);
  };
  const network = prepareForIntegers(buildNetwork("n", [8, 6, 2], graph, random, "float64"));
  const ranges = calibrate(network, images, { kind: "minMax" });

  it("gives what the integer network gives", () => {
    const pass = new Pass(network, 8, { transform: new FakeQuantization(network, ranges) });
    const fake = pass.forward(new Tensor(images.shape, images.data.slice()));
    const program = planProgram(quantizeWithRanges(network, ranges));
    const { scale, zeroPoint } = quantizationOf(onlyOutput(program));
    const integers = rowsOf(images).flatMap((row) => [
      ...runProgram(program, quantizeTensor(row, onlyInput(program))),
    ]);
    const differences = integers.map((q, i) => Math.abs(Math.round(fake.data[i] / scale) + zeroPoint - q));
    // a value near a half that falls the other way may move others behind it
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect(differences.filter((difference) => difference > 0).length).toBeLessThan(differences.length / 20);
  });

  it("rounds each depthwise filter, whose weights lie apart, in steps of its own", () => {
    const depthwise = network.layers.find(({ kind }) => kind === "depthwiseConv2d")!;
    const [weights] = depthwise.parameters;
    const own = weights.value;
    const transform = new FakeQuantization(network, ranges);
    transform.begin(typescriptEngine);
    for (let channel = 0; channel < 4; channel++) {
      const isOfChannel = (_: number, i: number) => i % 4 === channel;
      const taps = own.data.filter(isOfChannel);
      const largest = Math.max(...taps.map(Math.abs));
      weights.value.data.filter(isOfChannel).forEach((value, i) => {
        const steps = (value / largest) * 127;
        expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-4); // the scale is a float32 value
        expect(Math.abs(value - taps[i])).toBeLessThanOrEqual((0.5001 * largest) / 127);
      });
    }
    transform.end();
    expect(weights.value).toBe(own);
  });
});
