import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { importTflite } from "../../src/import/importTflite.js";
import { onlyInput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { runInC, runOracle } from "../codegen/runNetwork.js";
import { packageKernels as kernels } from "../support/packageKernels.js";
import { buildTflite } from "./buildTflite.js";
import { operatorModels } from "./operatorModels.js";
import { survive } from "./survive.js";

/** SHA-256, cut, of what TFLM's reference kernels (tensorflow/tflite-micro 90b983c) make of the inputs. */
const golden: Readonly<Record<string, string>> = {
  "softmax of each place": "b87fb6973f76ec9e",
  "dense on each place, one scale": "124c0d20dac59502",
  "dense on each row, a scale for each output": "84594fb264a9af02",
  "a shape that is computed": "50a4d3868093b4ff",
  "a sum with a value for each channel": "4b85f16defaeaba4",
  "a difference from values for each channel": "1cc7e6ef2dbef8f4",
  "a difference of less than all": "8b0c6ddbe3ea5ef0",
  "a product with one value": "c3c9f735cf7ca95f",
  "a product with values for each place": "b798b3a68247a3df",
  "a product of rows and columns": "20d4ed810b3d4f54",
  "the larger of two": "7953be883098a8aa",
  "the smaller of two": "a2a59d1e32750096",
  "PReLU with a value for each channel": "566c4749c51bc469",
  "leaky ReLU": "845f25524686882a",
  "leaky ReLU that grows below 0": "389c1e4b143a04b4",
  magnitudes: "e601ad9f033512ff",
  "inverse roots": "deeedbfb8c675574",
  "inverse roots of coarse steps": "087cb46cf404a64e",
  "hard swish": "6c4f95f932e53a59",
  "hard swish of fine steps": "766b6ff0db9dffe7",
  "the mean of a series": "948a8df4f0862768",
  "the mean of each place": "37088b2d41d00155",
  "the mean of rows": "114b99896118e320",
  "the mean of everything": "d213696d1fefba78",
  "sums of columns": "383174b0ecce85f3",
  "sums of channels": "1d24ac3bb5f221d7",
  "the largest of each channel": "26c6d0d8bc0e2c78",
  "the largest of each place": "cea6cc11940c497f",
  "axes in another order": "e865a188c595a4d8",
  "a slice": "ccfd8d8ed467ba4c",
  "a slice that goes back": "6754129b3d6ecb9a",
  "a slice without its axis": "73f4d053060adbe3",
  "equal parts in another order": "f0da87d9e2a7c8e6",
  "parts in another order": "c8666737f57e1bad",
  "rows taken apart and packed along another axis": "49f30f9b32652216",
  "places that are gathered": "07ef613329b48dd9",
  "channels to places": "614314c1b785bd83",
  "places to channels": "aeffd580ad83ffc4",
  "each row and column twice": "30f4419390cd0d3c",
  "the nearest of fewer places": "49cef0cd2c53e9ea",
  "the nearest of aligned corners": "4d059a30969207df",
  "between places": "510255fb0c1d3e57",
  "between the centres of places": "a0726b0e1702d227",
  "between places of aligned corners": "ed4227f92d5e5cce",
  "a transposed convolution": "3c8021145ca53e22",
  "a transposed convolution with overlap on both sides": "669c951321c1b58e",
  "a transposed convolution that grows": "8531cfcae1d1c3f9",
  "axes of one put in and taken out": "aec8d9ef7513e54c",
  "other values around": "a85287cbb2b6ad42",
  "a long short-term memory": "9e08c8efa828d3cb",
  "a long short-term memory of one step, clipped": "c000034ad059230e",
  "a long short-term memory with a fine cell": "0b1b64608e82bb6a",
  "an SVDF": "1d0810bec61af21e",
  "an SVDF whose memory wraps": "82b9e5b31b95b763",
  "an SVDF of 16 bits": "9aa0b5afbec9dcd5",
  "an SVDF whose sums wrap": "7627e0433f81654f",
  "a dilated convolution": "88b6b495eb8c1393",
  "a dilated depthwise convolution": "9c1fa4aa2d5cc249",
  "a dilated convolution over a series": "f462796cab74c172",
};

function read(name: string) {
  const { network } = importTflite(buildTflite(operatorModels[name]!()), "model.tflite", "model");
  const { tensor } = onlyInput(network);
  const random = new Random(7);
  const size = onlyInput(planProgram(network)).bytes;
  const ends = [-128, 127, quantizationOf(network.tensors[tensor]!).zeroPoint];
  const inputs = Array.from({ length: 20 }, (_, k) =>
    Int8Array.from({ length: size }, () => ends[k] ?? random.integer(256) - 128),
  );
  return { network, inputs };
}

describe("operators give TensorFlow Lite Micro's bytes", () => {
  it.each(Object.entries(golden))("%s", (name, expected) => {
    const { network, inputs } = read(name);
    for (const optimize of ["speed", "ram"] as const) {
      const program = planProgram(network, { optimize });
      const outputs = inputs.map((input) => runProgram(program, input));
      const hash = createHash("sha256");
      for (const output of outputs) hash.update(output);
      expect([optimize, hash.digest("hex").slice(0, 16)]).toEqual([optimize, expected]);
    }
  });

  it.each(Object.keys(golden))("%s is a network that a model file takes", (name) => {
    expect(survive(buildTflite(operatorModels[name]!()))).toBeUndefined();
  });

  it("all models have golden bytes", () => {
    expect(Object.keys(golden)).toEqual(Object.keys(operatorModels));
  });

  it("parts that an operator counts otherwise than it has them are refused", () => {
    const refusal = (index: number) => {
      const spec = operatorModels["rows taken apart and packed along another axis"]!();
      const operators = spec.operators.map((operator, i) =>
        i === index
          ? { ...operator, options: [[0, "int32", 3] as const, ...operator.options!.slice(1)] }
          : operator,
      );
      return () => importTflite(buildTflite({ ...spec, operators }), "model.tflite", "model");
    };
    expect(refusal(0)).toThrow("operator 0 (UNPACK) has 4 outputs for 3 parts");
    expect(refusal(1)).toThrow("operator 1 (PACK) has 4 inputs for 3 parts");
  });

  it("the inverse root of 0 and of what is below is the largest output", () => {
    const spec = operatorModels["inverse roots"]!();
    const tensors = spec.tensors.with(0, { ...spec.tensors[0]!, zeroPoints: [-3] });
    const { network } = importTflite(buildTflite({ ...spec, tensors }), "model.tflite", "model");
    const [{ table }] = network.layers as unknown as [{ table: Int8Array }];
    expect(table.subarray(0, 126).every((value) => value === 127)).toBe(true);
    // 1 / √0.031 is 5.6797, 142 steps of 0.04; 1 / √0.062 is 4.0161, 100 of them
    expect([...table.subarray(126, 128)]).toEqual([142 - 128, 100 - 128]);
  });

  it("dilations are one layer, and what is none is refused by the operators' names", () => {
    const { network } = read("a dilated convolution over a series");
    expect(network.layers.map(({ kind }) => kind)).toEqual(["reshape", "convolution", "reshape"]);
    expect(network.layers[1]).toMatchObject({
      dilations: [1, 3],
      padding: { top: 0, bottom: 0, left: 2, right: 0 },
    });
    const spec = operatorModels["a dilated convolution"]!();
    const [, convolution] = spec.operators;
    const options = convolution!.options!.map((field) =>
      field[0] === 1 ? ([1, "int32", 2] as const) : field,
    );
    const operators = spec.operators.with(1, { ...convolution!, options });
    expect(() => importTflite(buildTflite({ ...spec, operators }), "model.tflite", "model")).toThrow(
      /operator 0: SPACE_TO_BATCH_ND version 1 is not supported\n {2}operator 2: BATCH_TO_SPACE_ND version 1 is not supported/,
    );
    const [first] = spec.operators;
    const withoutInput = spec.operators.with(0, { ...first!, inputs: first!.inputs.with(0, -1) });
    expect(survive(buildTflite({ ...spec, operators: withoutInput }))).toContain("SPACE_TO_BATCH_ND");
  });

  it.each([
    "PReLU with a value for each channel",
    "a difference of less than all",
    "between the centres of places",
    "a long short-term memory of one step, clipped",
    "an SVDF whose memory wraps",
    "an SVDF whose sums wrap",
  ])("%s: in C", (name) => {
    const { network, inputs } = read(name);
    const program = planProgram(network);
    expect(runInC(program, kernels, inputs)).toEqual(runOracle(program, inputs));
  });
});
