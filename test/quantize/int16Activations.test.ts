import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sineExperiment } from "../../examples/sine/experiment.js";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import type { QuantizedFullyConnected } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import { dequantizeTensor, quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { forwardSamples } from "../../src/train/fitting/forwardSamples.js";
import { conv1d } from "../../src/train/layers/conv1d.js";
import { conv2d } from "../../src/train/layers/conv2d.js";
import { dense } from "../../src/train/layers/dense.js";
import { depthwiseConv2d } from "../../src/train/layers/depthwiseConv2d.js";
import { hardSwish, leakyRelu, relu, relu6, sigmoid, tanh } from "../../src/train/layers/elementWise.js";
import type { LayerSpec } from "../../src/train/layers/graph.js";
import { fixedWeights } from "../../src/train/layers/initializers.js";
import { standardize } from "../../src/train/layers/normalization.js";
import { averagePool2d, globalAveragePool2d, maxPool1d } from "../../src/train/layers/pooling.js";
import { flatten } from "../../src/train/layers/reshape.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { buildNetwork } from "../../src/train/network/network.js";
import { runInC, runOracle } from "../codegen/runNetwork.js";
import { packageKernels as kernels } from "../support/packageKernels.js";

const count = 40;

function built(shape: readonly number[], specs: readonly LayerSpec[], scale = 1) {
  const random = new Random(5);
  const size = shape.reduce((a, b) => a * b, 1);
  const samples = Tensor.from(
    [count, ...shape],
    Array.from({ length: count * size }, () => scale * (2 * random.uniform() - 1)),
  );
  const network = buildNetwork("n", shape, specs, random);
  for (const layer of network.layers) if (layer.kind === "normalization") layer.adapt(samples);
  return { network, samples };
}

/** Root mean square of what a network's integers differ by, over that of its outputs. */
function errorOf({ network, samples }: ReturnType<typeof built>, activations: "int8" | "int16"): number {
  const program = planProgram(quantizeNetwork(network, samples, { kind: "minMax" }, activations));
  const [input, output] = [onlyInput(program), onlyOutput(program)];
  expect(output.elementType).toBe(activations);
  const float = forwardSamples(network, samples);
  const size = samples.data.length / count;
  const outputs = float.data.length / count;
  let [wrong, all] = [0, 0];
  for (let sample = 0; sample < count; sample++) {
    const values = quantizeTensor(samples.data.subarray(sample * size, (sample + 1) * size), input);
    const found = dequantizeTensor(runProgram(program, values), output);
    for (const [i, value] of found.entries()) {
      wrong += (value - float.data[sample * outputs + i]!) ** 2;
      all += float.data[sample * outputs + i]! ** 2;
    }
  }
  return Math.sqrt(wrong / all);
}

const images = built(
  [8, 8, 2],
  [conv2d(4, 3), relu6(), depthwiseConv2d(3), leakyRelu(), averagePool2d(2), flatten(), dense(3), tanh()],
);
const series = built([16, 3], [conv1d(5, 3), hardSwish(), maxPool1d(2), flatten(), dense(4), softmax()]);
const measured = built([4], [standardize(), dense(6), sigmoid(), dense(2), relu()], 900);

describe("activations of int16", () => {
  it("bring the integer network nearer to the float one, with weights of int8 all the same", () => {
    for (const [name, some] of Object.entries({ images, series, measured })) {
      const [int8, int16] = [errorOf(some, "int8"), errorOf(some, "int16")];
      expect([name, int16 < int8 / 1.3, int16 < 0.02]).toEqual([name, true, true]);
    }
  });

  it("give the same bytes in C and with passes", () => {
    for (const { network, samples } of [images, measured]) {
      const quantized = quantizeNetwork(network, samples, { kind: "minMax" }, "int16");
      const program = planProgram(quantized);
      const values = quantizeTensor(samples.data, onlyInput(program)) as Int16Array;
      const inputs = [0, 1, 2].map((i) =>
        values.slice((i * values.length) / count, ((i + 1) * values.length) / count),
      );
      expect(runInC(program, kernels, inputs, ["-fsanitize=undefined", "-fno-sanitize-recover"])).toEqual(
        runOracle(program, inputs),
      );
      const plain = planProgram(quantized, { passes: false });
      for (const input of inputs) expect(runProgram(plain, input)).toEqual(runProgram(program, input));
    }
  });

  it("stand in a model file", () => {
    const folder = mkdtempSync(join(tmpdir(), "pinfer-int16-"));
    const path = join(folder, "model.json");
    try {
      for (const { network, samples } of [images, series, measured]) {
        const quantized = quantizeNetwork(network, samples, { kind: "minMax" }, "int16");
        writeModel(path, { network, quantized });
        expect(readModel(path).quantized).toEqual(quantized);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("make a sine by eight neurons half as wrong as int8 does", async () => {
    const experiment = sineExperiment(8);
    const trained = async (quantize: (typeof experiment)["quantize"]) => {
      const { test, testInt8 } = await trainModel({ ...experiment, ...(quantize && { quantize }) });
      return [test!.metrics.rootMeanSquaredError!, testInt8!.rootMeanSquaredError!] as const;
    };
    const [float, int8] = await trained(undefined);
    const [, int16] = await trained({ activations: "int16" });
    const [, aware] = await trained({ activations: "int16", aware: { epochs: 40 } });
    // docs/networks.md has these figures
    expect([float, int8, int16, aware].map((error) => error.toFixed(4))).toEqual([
      "0.0043",
      "0.0145",
      "0.0071",
      "0.0077",
    ]);
  }, 60_000);

  it("scale weights down where sums of int16 could leave int32", () => {
    const wide = built([600], [dense(1, { bias: false, weights: fixedWeights([new Array(600).fill(1)]) })]);
    const { layers } = quantizeNetwork(wide.network, wide.samples, { kind: "minMax" }, "int16");
    const { weights } = layers[0] as QuantizedFullyConnected;
    // 600 · 109 · 32768 < 2^31 < 600 · 110 · 32768
    expect(new Set(weights)).toEqual(new Set([109]));
    expect(errorOf(wide, "int16")).toBeLessThan(0.01);
  });

  it("are refused by name of a layer that has none", () => {
    const pooled = built([4, 4, 2], [conv2d(2, 3), globalAveragePool2d()]);
    expect(() => quantizeNetwork(pooled.network, pooled.samples, { kind: "minMax" }, "int16")).toThrow(
      'layer "globalAveragePool2d_1" (globalAveragePool2d) takes no int16 activations; supported are averagePool1d,',
    );
  });

  it("are refused with a calibration that weighs 256 steps", async () => {
    const experiment = {
      ...sineExperiment(2),
      epochs: 1,
      quantize: { activations: "int16", calibration: "mse" },
    };
    const { notQuantized } = await trainModel(experiment as Parameters<typeof trainModel>[0]);
    expect(notQuantized).toBe(
      'quantize: calibration "mse" weighs 256 steps, and activations "int16" have 65536',
    );
  });
});
