import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import { dequantizeTensor, quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { dense } from "../../src/train/layers/dense.js";
import {
  hardSigmoid,
  hardSwish,
  leakyRelu,
  linear,
  relu,
  relu6,
  sigmoid,
  tanh,
} from "../../src/train/layers/elementWise.js";
import { type Normalization, standardize } from "../../src/train/layers/normalization.js";
import { flatten } from "../../src/train/layers/reshape.js";
import { buildNetwork, type Network } from "../../src/train/network/network.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

const samples = new Tensor(
  [200, 4],
  Float64Array.from({ length: 800 }, (_, i) => Math.sin(i * 1.7) * 2),
);

/** The largest difference between float and integer network over the samples, in 1/255 of the outputs' span. */
function largestError(network: Network, inputs: Tensor): number {
  const program = planProgram(quantizeNetwork(network, inputs));
  const real = network.forward(inputs).data;
  const size = inputs.data.length / inputs.shape[0];
  let largest = 0;
  for (let sample = 0; sample < inputs.shape[0]; sample++) {
    const input = quantizeTensor(
      inputs.data.subarray(sample * size, (sample + 1) * size),
      onlyInput(program),
    );
    const output = dequantizeTensor(runProgram(program, input), onlyOutput(program));
    for (const [o, value] of output.entries()) {
      largest = Math.max(largest, Math.abs(value - real[sample * output.length + o]));
    }
  }
  return (largest * 255) / (Math.max(...real) - Math.min(...real));
}

describe("quantizeNetwork with activation functions", () => {
  const functions = [leakyRelu(), sigmoid(), tanh(), hardSigmoid(), hardSwish(), relu6(), linear()];

  it.each(functions)("keeps a network with $kind within some steps of the float one", (activation) => {
    const layers = [dense(6), activation, dense(3)];
    const network = buildNetwork("n", [4], layers, new Random(3), "float64");
    // each rounding on the way may add a step: input, weights, two activations, output
    expect(largestError(network, samples)).toBeLessThan(5);
  });

  it("gives sigmoid and tanh the scale and zero point that TFLite fixes", () => {
    for (const [layer, quantization] of [
      [sigmoid(), { scale: 1 / 256, zeroPoint: -128 }],
      [tanh(), { scale: 1 / 128, zeroPoint: 0 }],
    ] as const) {
      const network = buildNetwork("n", [4], [dense(2), layer], new Random(3), "float64");
      const quantized = quantizeNetwork(network, samples);
      expect(quantizationOf(quantized.tensors[onlyOutput(quantized).tensor])).toEqual(quantization);
    }
  });

  it("runs flatten and linear without a kernel", () => {
    const images = new Tensor([50, 2, 2], samples.data.subarray(0, 200));
    const layers = [flatten(), linear(), dense(3)];
    const network = buildNetwork("n", [2, 2], layers, new Random(1), "float64");
    expect(quantizeNetwork(network, images).layers.map(({ kind }) => kind)).toEqual(["fullyConnected"]);
    expect(largestError(network, images)).toBeLessThan(5);
  });

  it("makes a table of a ReLU that follows no dense layer, and fuses one that does", () => {
    const layers = [relu(), dense(2), relu()];
    const network = buildNetwork("n", [4], layers, new Random(1), "float64");
    const { layers: quantized } = quantizeNetwork(network, samples);
    expect(quantized.map(({ kind }) => kind)).toEqual(["lookup", "fullyConnected"]);
  });
});

describe("quantizeNetwork with raw measurements", () => {
  // a temperature in hundredths of a degree and an acceleration in counts
  const raw = new Tensor(
    [100, 2],
    Float64Array.from({ length: 200 }, (_, i) => (i % 2 ? Math.round(Math.sin(i) * 9000) : 2000 + (i % 70))),
  );
  const layers = [standardize(), dense(4), relu(), dense(1)];
  const network = buildNetwork("n", [2], layers, new Random(2), "float64");
  (network.layers[0] as Normalization).adapt(raw);

  it("takes whole numbers within int16 as they are", () => {
    const { tensors } = quantizeNetwork(network, raw);
    expect(tensors[0]).toMatchObject({ elementType: "int16", quantization: { scale: 1, zeroPoint: 0 } });
  });

  it("normalizes features of different size without losing the small one", () => {
    expect(largestError(network, raw)).toBeLessThan(5);
  });

  it("gives the oracle's bytes in C", () => {
    const program = planProgram(quantizeNetwork(network, raw));
    const inputs = [0, 1, 2, 3].map((n) =>
      quantizeTensor(raw.data.subarray(2 * n, 2 * n + 2), onlyInput(program)),
    );
    inputs.push(Int16Array.of(32767, -32768), Int16Array.of(-32768, 32767));
    expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
  });
});
