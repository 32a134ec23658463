import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { importTflite } from "../../src/import/importTflite.js";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { plainRunner } from "../../src/program/runner.js";
import { runProgram } from "../../src/program/runProgram.js";
import { resetStates } from "../../src/program/states.js";
import { temporaryDirectory } from "../firmware/images.js";
import { buildTflite, type ModelSpec } from "./buildTflite.js";
import { operatorModels } from "./operatorModels.js";

/**
 * SHA-256, cut, of state and output after each of 20 steps, as EvalIntegerSvdfReference of tensorflow/tflite-micro 90b983c
 * makes them.
 */
const golden: readonly (readonly [name: string, hash: string])[] = [
  ["an SVDF", "c243e0b2d2fefa42"],
  ["an SVDF whose memory wraps", "aa24feb6d008d1b4"],
  ["an SVDF of 16 bits", "8d2b84d0aa5348f2"],
  ["an SVDF whose sums wrap", "21c8ee2420f8d3cf"],
];

const importSpec = (spec: ModelSpec) => importTflite(buildTflite(spec), "model.tflite", "model").network;
const importModel = (name: string) => importSpec(operatorModels[name]!());
const random = new Random(7);
const inputs = [-128, 127, -7].map((value) => new Int8Array(6).fill(value));
for (let step = inputs.length; step < 20; step++)
  inputs.push(Int8Array.from({ length: 6 }, () => random.integer(256) - 128));

describe("an SVDF", () => {
  it.each(golden)("gives TFLM's states and outputs, step by step: %s", (name, expected) => {
    for (const passes of [true, false]) {
      const program = planProgram(importModel(name), { passes });
      const states = resetStates(program);
      const [{ offset, bytes }] = program.states as [(typeof program.states)[0]];
      const hash = createHash("sha256");
      for (const input of inputs) {
        const output = runProgram(program, input, undefined, states);
        hash.update(states.subarray(offset, offset + bytes)).update(output as Int8Array);
      }
      expect(hash.digest("hex").slice(0, 16)).toBe(expected);
    }
  });

  it("is two layers: what its filters remember, a state, and what its units make of that", () => {
    const { layers, states, tensors } = importModel("an SVDF of 16 bits");
    expect(layers.map(({ kind, name }) => [kind, name])).toEqual([
      ["svdfFeatures", "svdf_0_1"],
      ["svdfTime", "svdf_0"],
    ]);
    expect(states).toEqual([{ tensor: 1, reset: 0 }]);
    expect(tensors[1]).toMatchObject({ shape: [6, 5], elementType: "int16" });
    // TFLM begins with the zero point
    expect(importModel("an SVDF").states).toEqual([{ tensor: 1, reset: 5 }]);
  });

  it("begins anew after a reset", () => {
    const runner = plainRunner(planProgram(importModel("an SVDF of 16 bits")));
    const first = inputs.map((input) => runner.run(input));
    expect(inputs.map((input) => runner.run(input))).not.toEqual(first);
    runner.reset();
    expect(inputs.map((input) => runner.run(input))).toEqual(first);
  });

  it("is the same in a model file", () => {
    const path = `${temporaryDirectory()}/svdf.json`;
    for (const [name] of golden) {
      const network = importModel(name);
      writeModel(path, { network: undefined, quantized: network });
      expect(readModel(path).quantized).toEqual(network);
    }
  });

  const changed = (change: (spec: { -readonly [K in keyof ModelSpec]: ModelSpec[K] }) => void) => {
    const spec = { ...operatorModels["an SVDF of 16 bits"]!() };
    change(spec);
    return () => importSpec(spec);
  };
  const withTensor = (position: number, change: Partial<ModelSpec["tensors"][0]>) =>
    changed((spec) => {
      const index = spec.operators[0]!.inputs[position]!;
      spec.tensors = spec.tensors.with(index, { ...spec.tensors[index]!, ...change });
    });
  const withOption = (field: number, value: number) =>
    changed((spec) => {
      const [operator] = spec.operators;
      const options = operator!.options!.map((one) =>
        one[0] === field ? ([field, one[1], value] as const) : one,
      );
      spec.operators = [{ ...operator!, options }];
    });

  it.each([
    ["has 6 filters of rank 4; a multiple of 1 or more is expected", withOption(0, 4)],
    ["has the activation TANH; NONE and RELU are supported", withOption(1, 4)],
    ["needs a variable of its own, int16, as input 4", withTensor(4, { type: "int8" })],
    ["has a state of 24 values, expected 30", withTensor(4, { shape: [1, 24] })],
    ["has a state of int16 and zero point 3; 0 is supported", withTensor(4, { zeroPoints: [3] })],
    [
      "has biases of scale 0.0010000000474974513; state and weights in time have 1.1999999216527613e-8",
      withTensor(3, { scales: [0.001] }),
    ],
    ["has weights in time for 5 filters, of which there are 6", withTensor(2, { shape: [5, 6] })],
    ["has weights of zero point 2; 0 is supported", withTensor(2, { zeroPoints: [2] })],
    ["takes one row [1, 6], found [1, 2, 3]", withTensor(0, { shape: [1, 2, 3] })],
  ])("%s", (message, read) => {
    expect(read).toThrow(`operator 0 (SVDF) ${message}`);
  });

  it("whose sums are no fraction of an output step is refused by its layer", () => {
    expect(
      changed((spec) => {
        const index = spec.operators[0]!.outputs[0]!;
        spec.tensors = spec.tensors.with(index, { ...spec.tensors[index]!, scales: [1e-9] });
      }),
    ).toThrow('layer "svdf_0": a step of its sums is 12 output steps; less than 0.5 are possible');
  });
});
