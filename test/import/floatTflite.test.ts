import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { importFloatTflite, isFloatTflite } from "../../src/import/floatTflite/importFloatTflite.js";
import { importTflite } from "../../src/import/importTflite.js";
import { readTflite } from "../../src/import/readTflite.js";
import { toUserOrder } from "../../src/network/axisOrder.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type { ActivationData } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { buildTflite, ModelBuilder, type ModelSpec } from "./buildTflite.js";
import { asFloats, asFloatsOfIntegers } from "./floatTflite/asFloats.js";
import { operatorModels } from "./operatorModels.js";
import { complaintBy } from "./refuse.js";

const read = (spec: ModelSpec) => readTflite(buildTflite(spec), "model.tflite");

const differentNearest =
  /^model\.tflite: operator 0 \(RESIZE_NEAREST_NEIGHBOR\): makes .* of .*; each value several times, without align_corners, is imported$/;
const noLayer = /^model\.tflite: operator 0: RESIZE_BILINEAR version 1 is not supported$/;
const channelBound =
  /^model\.tflite: operator 0 \(M..IMUM\): takes a constant of shape .*; a function takes a single number$/;

const noMemory =
  /^model\.tflite.* operator 0: (UNIDIRECTIONAL_SEQUENCE_LSTM version 1|SVDF version 3) is not supported/s;

/** What no float layer does. */
const refused: Readonly<Record<string, RegExp>> = {
  "the nearest of fewer places": differentNearest,
  "the nearest of aligned corners": differentNearest,
  "a long short-term memory": noMemory,
  "a long short-term memory of one step, clipped": noMemory,
  "a long short-term memory with a fine cell": noMemory,
  "an SVDF": noMemory,
  "an SVDF whose memory wraps": noMemory,
  "an SVDF of 16 bits": noMemory,
  "an SVDF whose sums wrap": noMemory,
  "between places": noLayer,
  "between the centres of places": noLayer,
  "between places of aligned corners": noLayer,
  "the larger of two": channelBound,
  "the smaller of two": channelBound,
  "places that are gathered":
    /^model\.tflite: operator 0 \(GATHER\): takes the indices \[.*\], which lie at no regular distance$/,
  "other values around": /^model\.tflite: operator 0 \(PADV2\): pads with 4\.[12].*; zeros are padded$/,
};

/** Where an int8 model rounds in between: half a step of 0.1, times inputs of up to 6.7, is 3.4 steps of the output. */
const steps: Readonly<Record<string, number>> = { "a product of rows and columns": 4 };

/** An int8 model's inputs and outputs as the real values that they are, and what one step of the output is. */
function integersOf(spec: ModelSpec) {
  const { network } = importTflite(buildTflite(spec), "model.tflite", "model");
  const program = planProgram(network);
  const random = new Random(11);
  const input = Int8Array.from({ length: onlyInput(program).bytes }, () => random.integer(256) - 128);
  const real = (values: ActivationData, tensor: number) => {
    const { scale, zeroPoint } = quantizationOf(network.tensors[tensor]!);
    return Float32Array.from(values, (value) => scale * (value - zeroPoint));
  };
  const to = quantizationOf(network.tensors[onlyOutput(network).tensor]!);
  return {
    input: real(input, onlyInput(network).tensor),
    output: real(runProgram(program, input), onlyOutput(network).tensor),
    step: to.scale,
    range: [-128, 127].map((value) => to.scale * (value - to.zeroPoint)),
  };
}

/** Of the file's order of axes. */
function run(spec: ModelSpec, input: Float32Array): ArrayLike<number> {
  const { network, input: from, output } = importFloatTflite(read(spec), "model");
  expect(from.axes).toBeUndefined();
  const given = network.forward(new Tensor([1, ...network.inputShape], input)).data as Float32Array;
  return toUserOrder(given, network.outputShape, output.axes);
}

describe("a float32 .tflite model", () => {
  const names = Object.keys(operatorModels);

  it.each(names.filter((name) => !(name in refused)))(
    "gives what its int8 model gives, to what rounding is: %s",
    (name) => {
      const spec = operatorModels[name]!();
      const { input, output, step, range } = integersOf(spec);
      const [least, most] = range as [number, number];
      const found = run(asFloats(spec), input);
      const worst = Math.max(
        ...Array.from(found, (value, i) => Math.abs(Math.min(most, Math.max(least, value)) - output[i]!)),
      );
      expect(found).toHaveLength(output.length);
      // halves round to either side, and TFLM's own arithmetic differs by one now and then
      expect(worst / step).toBeLessThan(steps[name] ?? 1.6);
    },
  );

  it.each(Object.keys(refused))("is refused where no float layer does the same: %s", (name) => {
    const spec = asFloats(operatorModels[name]!());
    expect(complaintBy(() => importFloatTflite(read(spec), "model")).message).toMatch(refused[name]!);
  });

  it("may have int8 weights, which are the float32 that they stand for", () => {
    const spec = operatorModels["dense on each row, a scale for each output"]!();
    const { input } = integersOf(spec);
    const integers = asFloatsOfIntegers(spec);
    expect(run(integers, input)).toEqual(run(asFloats(spec), input));
    expect(importFloatTflite(read(integers), "model").notes).toEqual([
      "its int8 weights are taken as the float32 that they stand for; activations are not rounded",
    ]);
  });

  it("may have float16 weights behind a DEQUANTIZE", () => {
    const model = new ModelBuilder();
    const input = model.tensor({ shape: [1, 2], type: "float32" });
    const [weights, output] = [
      [1, 2],
      [1, 1],
    ].map((shape) => model.tensor({ shape, type: "float32" }));
    // 1.5 and −2 in float16
    const halves = model.tensor({ shape: [1, 2], type: "float16", data: Uint16Array.of(0x3e00, 0xc000) });
    model.add({ type: "DEQUANTIZE", inputs: [halves], outputs: [weights!] });
    model.add({ type: "FULLY_CONNECTED", inputs: [input, weights!, -1], outputs: [output!], optionsType: 8 });
    const spec = model.spec();
    expect(isFloatTflite(read(spec))).toBe(true);
    expect(run(spec, Float32Array.of(3, 4))).toEqual(Float32Array.of(3 * 1.5 - 4 * 2));
  });

  it("is told from others by what it computes", () => {
    const spec = operatorModels["a transposed convolution"]!();
    expect([spec, asFloats(spec), asFloatsOfIntegers(spec)].map((one) => isFloatTflite(read(one)))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("is refused with all that stands in the way, each with its operator", () => {
    const model = new ModelBuilder();
    const shape = [1, 4, 4, 2];
    const [input, middle, other, output] = Array.from({ length: 4 }, () =>
      model.tensor({ shape, type: "float32" }),
    );
    const state = model.tensor({ shape, type: "float32", isVariable: true });
    model.add({ type: "CUMSUM", inputs: [input!, model.integers([1])], outputs: [middle!] });
    model.add({ type: "ADD", inputs: [input!, state], outputs: [other!], optionsType: 11 });
    model.add({ type: "TRANSPOSE", inputs: [input!, model.integers([0, 4, 1, 2])], outputs: [output!] });
    expect(complaintBy(() => importFloatTflite(read(model.spec()), "model")).message).toBe(
      [
        "model.tflite cannot be imported:",
        "  operator 0: CUMSUM version 1 is not supported",
        "  operator 1 (ADD): keeps state between inferences, which no float layer does",
        "  operator 1 (ADD): takes tensor 4, which no operator before it fills",
        "  operator 2 (TRANSPOSE): has axis 4 of 4 axes",
      ].join("\n"),
    );
  });

  it("is refused where an operator names an axis twice, or gives nothing", () => {
    const model = new ModelBuilder();
    const [input, mean] = [[1, 4, 4, 2], [1]].map((shape) => model.tensor({ shape, type: "float32" }));
    const axes = model.integers([2, 1, -2]);
    model.add({ type: "MEAN", inputs: [input!, axes], outputs: [mean!], optionsType: 27 });
    const spec = model.spec();
    expect(complaintBy(() => importFloatTflite(read(spec), "model")).message).toBe(
      "model.tflite: operator 0 (MEAN): names an axis twice",
    );
    const [operator] = spec.operators;
    const without = { ...spec, operators: [{ ...operator!, outputs: [] }] };
    expect(complaintBy(() => importFloatTflite(read(without), "model")).message).toBe(
      "model.tflite: operator 0 (MEAN): has no outputs",
    );
  });

  it("is refused where the file says that an operator gives another shape", () => {
    const model = new ModelBuilder();
    const [input, output] = [
      [1, 4, 4, 2],
      [1, 3, 3, 2],
    ].map((shape) => model.tensor({ shape, type: "float32" }));
    model.add({ type: "RELU", inputs: [input!], outputs: [output!] });
    const { message, hint } = complaintBy(() => importFloatTflite(read(model.spec()), "model"));
    expect(message).toBe(
      "model.tflite: operator 0 (RELU): gives [1, 4, 4, 2]; its output has the shape [1, 3, 3, 2]",
    );
    expect(hint).toBe("the model contradicts itself: convert it again");
  });
});
