import { describe, expect, it } from "vitest";
import { Tensor } from "../../src/base/tensor.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import type { QuantizedNetwork, QuantizedRecurrent } from "../../src/network/quantizedNetwork.js";
import { cellGates, type RecurrentCell } from "../../src/network/quantizedStateLayers.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import type { LayerGroup, LayerSpec } from "../../src/train/layers/graph.js";
import { Recurrent } from "../../src/train/layers/recurrent.js";
import { lstm } from "../../src/train/layers/recurrentSpecs.js";
import type { Network } from "../../src/train/network/network.js";
import { typescriptOps } from "../../src/train/ops/index.js";
import { recurrentLayers, recurrentNetwork } from "../support/recurrentNetworks.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

const seven = { scale: 1 / 128, zeroPoint: 0 };
const cells: readonly RecurrentCell[] = ["lstm", "gru", "simpleRnn"];

/** One unit over one feature, whose inputs count for nothing: real biases, and one weight of the output before. */
function oneUnit(cell: RecurrentCell, bias: readonly number[], weight: number, steps = 3): QuantizedNetwork {
  const gates = cellGates[cell];
  const scales = new Array<number>(gates).fill(2 ** -10);
  const layer: QuantizedRecurrent = {
    ...{ kind: "recurrent", name: "memory", inputs: [0], output: 1, cell, isBackwards: false },
    ...{ inputWeights: new Int8Array(gates), recurrentWeights: new Int8Array(gates).fill(weight) },
    bias: Int32Array.from(bias, (real) => real * 2 ** 10),
    ...{ weightScales: scales, recurrentScales: scales.map(() => 2 ** -6) },
    ...(cell === "gru" && { recurrentBias: Int32Array.of(0) }),
    ...(cell === "lstm" && { cellScale: 2 ** -12 }),
  };
  return {
    name: "one",
    tensors: [
      { name: "input", shape: [steps, 1], elementType: "int8", quantization: { scale: 1, zeroPoint: 0 } },
      { name: "memory", shape: [steps, 1], elementType: "int8", quantization: seven },
    ],
    inputs: [{ tensor: 0, name: "input", border: "float32" }],
    outputs: [{ tensor: 1, name: "output", border: "float32" }],
    ...{ states: [], layers: [layer] },
  };
}

const outputs = (network: QuantizedNetwork) => [...runProgram(planProgram(network), new Int8Array(3))];

describe("recurrent kernels, step by step", () => {
  it("lstm: gates of 1/2, and tanh(1) coming in", () => {
    // tanh(1) / 2 = 0.3808; cells 0.3808, 0.5712, 0.6664; 64 · tanh of them: 23.26, 33.04, 37.29
    expect(outputs(oneUnit("lstm", [0, 0, 1, 0], 0))).toEqual([23, 33, 37]);
  });

  it("gru: the mean of what was and of tanh(1), with more bits than its output has", () => {
    // 2^15 · tanh(1) = 24956; states 12478, 18717, 21837; of 2^-7: 48.7, 73.1, 85.3
    expect(outputs(oneUnit("gru", [0, 0, 1], 0))).toEqual([49, 73, 85]);
  });

  it("simpleRnn: tanh(1 + the output before)", () => {
    // 128 · tanh(1) = 97.5 less the table's error, 128 · tanh(1 + 97 / 128) = 120.6, 128 · tanh(1 + 121 / 128) = 122.9
    expect(outputs(oneUnit("simpleRnn", [1], 64))).toEqual([97, 121, 123]);
  });

  it.each(cells)("%s stays within int8 where its gates are as far out as they go", (cell) => {
    const far = new Array<number>(cellGates[cell]).fill(1000);
    const low = oneUnit(
      cell,
      cell === "gru" ? [-1000, 0, -1000] : cell === "lstm" ? [9, 9, -1000, 9] : [-1000],
      0,
    );
    expect(Math.max(...outputs(oneUnit(cell, far, 127)))).toBeLessThanOrEqual(127);
    expect(outputs(low)[2]).toBe(cell === "lstm" ? -127 : -128);
  });
});

function planned(layer: LayerSpec | LayerGroup) {
  const { network, samples, quantized } = recurrentNetwork(layer);
  const program = planProgram(quantized);
  const inputs = Array.from({ length: 12 }, (_, s) =>
    quantizeTensor(samples.data.subarray(27 * s, 27 * s + 27), onlyInput(program)),
  );
  return { network, quantized, program, inputs };
}

/** The real weights that the integer layers stand for. */
function roundParameters(network: Network, quantized: QuantizedNetwork): void {
  for (const layer of quantized.layers) {
    if (layer.kind !== "recurrent") continue;
    const float = network.layers.find(({ name }) => name === layer.name)!;
    const inputScale = (quantized.tensors[layer.inputs[0]].quantization as { scale: number }).scale;
    const units = layer.bias.length / cellGates[layer.cell];
    const set = (name: string, values: ArrayLike<number>, scaleOf: (index: number) => number) => {
      const parameter = float.parameters.find((one) => one.name === name)!;
      parameter.value.data.fill(0).set(
        Float64Array.from(values, (value, k) => value * scaleOf(k)),
        parameter.value.data.length - values.length,
      );
    };
    const gateOf = (index: number, all: ArrayLike<number>) =>
      Math.floor((index * cellGates[layer.cell]) / all.length);
    const { inputWeights, recurrentWeights, bias, recurrentBias, weightScales, recurrentScales } = layer;
    set("weights", inputWeights, (k) => weightScales[gateOf(k, inputWeights)]);
    set("recurrentWeights", recurrentWeights, (k) => recurrentScales[gateOf(k, recurrentWeights)]);
    set("bias", bias, (k) => inputScale * weightScales[Math.floor(k / units)]);
    if (recurrentBias) set("recurrentBias", recurrentBias, () => recurrentScales.at(-1)! / 128);
  }
}

describe("a quantized recurrent layer", () => {
  // what goes round is rounded to 2^-7 at every step, by half a step: gates carry some of that on
  it.each(recurrentLayers)("is near the real one over all of a series: %s", (_, layer) => {
    const { network, quantized, program, inputs } = planned(layer);
    roundParameters(network, quantized);
    const { scale, zeroPoint } = onlyInput(program).quantization as typeof seven;
    const output = onlyOutput(program).quantization as typeof seven;
    for (const input of inputs) {
      const real = Tensor.from(
        [1, 9, 3],
        Array.from(input, (q) => (q - zeroPoint) * scale),
        "float64",
      );
      const expected = network.forward(real).data;
      runProgram(program, input).forEach((q, k) => {
        expect(Math.abs(q - expected[k] / output.scale)).toBeLessThan(2);
      });
    }
  });

  it.each(recurrentLayers)("gives the same bytes in TypeScript and in the emitted C: %s", (_, layer) => {
    const { program, inputs } = planned(layer);
    expect(runGenerated(program, inputs.slice(0, 4))).toEqual(runOracle(program, inputs.slice(0, 4)));
  });

  it("has the finest power of two that holds an lstm's outputs at every step, and an int16 that holds its cells twice", () => {
    const { network, samples, quantized } = recurrentNetwork(lstm(5));
    const all = new Recurrent(
      "lstm",
      "all",
      [9, 3],
      { returnsAll: true, isBackwards: false },
      parametersOf(network),
    );
    const outputs = Tensor.zeros([12, 9, 5], "float64");
    all.forward([samples], outputs, { ops: typescriptOps, isTraining: false });
    const largest = Math.max(...Array.from(outputs.data, Math.abs));
    const [layer] = quantized.layers;
    const { scale } = quantized.tensors[layer.output].quantization as typeof seven;
    expect(127.5 * scale).toBeGreaterThan(largest - scale);
    expect(64 * scale).toBeLessThan(largest);
    const { cellScale } = layer as QuantizedRecurrent;
    expect(2 ** 15 * cellScale!).toBeGreaterThanOrEqual(2 * all.largest.cell);
    expect(2 ** 14 * cellScale!).toBeLessThan(2 * all.largest.cell);
  });
});

function parametersOf({ layers: [layer] }: Network) {
  const { weights, recurrentWeights, bias } = layer as Recurrent;
  return { weights: weights.value, recurrentWeights: recurrentWeights.value, bias: bias.value };
}
