import { describe, expect, it } from "vitest";
import { buildTflite } from "./buildTflite.js";
import {
  add,
  complaintOf,
  conv,
  depthwise,
  inputOf,
  logistic,
  outputOf,
  pool,
  refuse,
  refuseOne,
  relu,
  softmax,
  tanh,
} from "./refuse.js";

describe("what stands in the way of an import is told all at once, before anything else", () => {
  it("unsupported operators with indices, type and version, and what is supported", () => {
    const { message, hint } = refuse((spec) => {
      spec.operators[conv].version = 9;
      Object.assign(spec.operators[relu], { type: "HARD_SWISH", version: 2 });
      Object.assign(spec.operators[tanh], { type: "HARD_SWISH", version: 2 });
      Object.assign(spec.operators[logistic], { type: "CUSTOM:My\nOp", version: 1 });
      Object.assign(spec.operators[softmax], { type: 178, version: 2 });
      spec.operators[add].version = 0;
      // what would be complained of next, were it looked at
      spec.tensors[2].shape = [1, 0, 0, 0];
    });
    expect(message).toBe(
      `test.tflite cannot be imported:
  operator 1: CONV_2D version 9 is not supported
  operator 5: ADD version 0 is not supported
  operators 10, 17: HARD_SWISH version 2 is not supported
  operator 16: CUSTOM "My\\nOp" version 1 is not supported
  operator 18: operator of number 178 version 2 is not supported`,
    );
    const [first, ...others] = hint.split(", ");
    expect([first, others.at(-1)]).toEqual(["supported are ABS", "UNPACK to version 4"]);
    expect(others).toContain("RESHAPE");
  });

  it("a float model, with how to convert it", () => {
    const { message, hint } = refuseOne((model) => {
      const real = (shape: number[], data?: Float32Array) =>
        model.tensor({ shape, type: "float32", ...(data && { data }) });
      const input = real([1, 4]);
      const weights = real([2, 4], new Float32Array(8));
      const between = real([1, 2]);
      model.add({ type: "FULLY_CONNECTED", inputs: [input, weights], outputs: [between] });
      model.add({ type: "RELU", inputs: [between], outputs: [real([1, 2])] });
    });
    expect(message).toBe(
      `test.tflite cannot be imported:
  tensor 1 ("t1"): a constant of type float32; int8, int16, int32 and int64 are supported
  tensor 2 ("t2"): an activation of type float32; int8 is supported`,
    );
    expect(hint).toMatch(/^convert the model with full-integer quantization: converter\.optimizations/);
  });

  it("several subgraphs, no output, a batch, state, sparse tensors and other quantization, together", () => {
    const { message } = refuse((spec) => {
      spec.subgraphs = 2;
      spec.outputs = [];
      outputOf(spec, conv).shape = [2, 4, 3, 4];
      outputOf(spec, depthwise).shape = [1, 1, 1, 1, 4, 3, 8];
      outputOf(spec, pool).isVariable = true;
      inputOf(spec, conv, 1).isSparse = true;
      inputOf(spec, depthwise, 1).detailsType = 2;
      inputOf(spec, depthwise, 2).externalBuffer = 1;
      outputOf(spec, add).type = "int32";
    });
    expect(message).toBe(
      `test.tflite cannot be imported:
  it has 2 subgraphs; one is supported
  it has 0 outputs; 1 to 255 are supported
  tensor 3 ("t3"): sparse tensors are not supported
  tensor 5 ("t5"): an activation of 7 axes; up to 6 are supported
  tensor 6 ("t6"): only quantization by scale and zero point is supported
  tensor 7 ("t7"): data outside of the file's tables is not supported
  tensor 8 ("t8"): state that is kept between inferences is not supported
  tensor 10 ("t10"): an activation of type int32; int8 is supported
  tensor 28 ("probabilities"): an activation of type float32; int8 is supported`,
    );
  });

  it("a batch, which goes through the whole model", () => {
    const { message, hint } = refuseOne((model) => {
      const [input, output] = [model.activation([4, 3]), model.activation([4, 3])];
      model.add({ type: "RELU", inputs: [input], outputs: [output] });
    });
    expect(message).toBe(
      `test.tflite cannot be imported:
  tensors 0, 1 ("t0", …): a batch of 4; 1 is supported`,
    );
    expect(hint).toBe("export the model for one inference at a time, int8, without state");
  });

  it("what operators are not supported for, with operators that are not supported at all", () => {
    const { message, hint } = refuseOne((model) => {
      const image = () => model.activation([1, 3, 3, 4]);
      const [, product, unknown] = [image(), image(), image()];
      const cut = model.activation([1, 3, 3, 2]);
      const constant = model.weights([4], [0.5]);
      model.add({ type: "RELU", inputs: [constant], outputs: [product] });
      model.add({ type: "ARG_MAX", inputs: [product], outputs: [unknown] });
      const [whole, half] = [
        [0, 0, 0, 0],
        [1, 3, 3, 2],
      ].map((sizes) => model.integers(sizes));
      model.add({
        ...{ type: "STRIDED_SLICE", inputs: [unknown, whole, half, model.integers([1, 1, 1, 1])] },
        ...{ outputs: [cut], optionsType: 32, options: [[2, "int32", 1]] },
      });
    });
    expect(message).toBe(
      `test.tflite cannot be imported:
  operator 1: ARG_MAX version 1 is not supported
  operator 0 (RELU) takes the constant tensor 4 as input 0, which should be computed
  operator 2 (STRIDED_SLICE) takes [0, 0, 0, 0] to [1, 3, 3, 2] in steps of [1, 1, 1, 1] of [1, 3, 3, 4]`,
    );
    expect(hint.split("; ").slice(1)).toEqual([
      "what is made of constants alone is a constant too: convert the model again, which folds it",
      "slices are supported that take one value and more of each axis, without new axes and without an ellipsis",
    ]);
  });

  it("what a model that is int8 already needs, which no conversion to int8 changes", () => {
    const { message, hint } = refuseOne((model) => {
      const [input, output] = [model.activation([1, 4]), model.activation([1, 4])];
      const [shape, size] = [
        model.tensor({ shape: [2], type: "int32" }),
        model.tensor({ shape: [2], type: "int32" }),
      ];
      model.add({ type: "SHAPE", inputs: [input], outputs: [shape] });
      model.add({ type: "FLOOR_DIV", inputs: [shape, model.integers([1, 1])], outputs: [size] });
      model.add({ type: "RESHAPE", inputs: [input, size], outputs: [output] });
    });
    expect(message).toBe(
      `test.tflite cannot be imported:
  operator 1: FLOOR_DIV version 1 is not supported`,
    );
    expect(hint).toMatch(/^supported are [^;]*$/);
  });

  it.each([
    [
      "VAR_HANDLE",
      "resource",
      "a variable is supported that holds the newest rows of a signal, as microWakeWord's streaming layers do: " +
        "READ_VARIABLE, CONCATENATION with the new rows, STRIDED_SLICE of the last rows, ASSIGN_VARIABLE, with CALL_ONCE for its first values",
    ],
    [
      "CUSTOM:ethos-u",
      "uint8",
      "Vela has compiled the model for an Ethos-U: import the .tflite file that Vela was given",
    ],
  ])("%s, with what helps", (type, tensorType, expected) => {
    const { hint } = refuseOne((model) => {
      const [input, output] = [model.activation([1, 4]), model.activation([1, 4])];
      const made = model.tensor({ shape: [], type: tensorType });
      model.add({ type, inputs: [], outputs: [made] });
      model.add({ type: "RELU", inputs: [input], outputs: [output] });
    });
    expect(hint.replace(/^supported are [^;]*; /, "")).toBe(expected);
  });

  it("data behind the tables, as models over 2 GB have it", () => {
    const { message } = refuse((spec) => {
      spec.bufferOffset = 4096n;
    });
    expect(message).toContain("data outside of the file's tables is not supported");
  });

  it("not more lines than a terminal shows", () => {
    const { message } = refuseOne((model) => {
      const input = model.activation([1, 1]);
      for (let i = 0; i < 500; i++) {
        model.add({ type: `CUSTOM:${i}`, inputs: [input], outputs: [model.activation([1, 1])] });
      }
      for (let i = 0; i < 500; i++) model.add({ type: "CUSTOM:0", inputs: [input], outputs: [1] });
    });
    expect(message.split("\n")).toHaveLength(14);
    expect(message).toContain(
      'operators 0, 500, 501, 502, 503, 504, 505, 506 and 493 more: CUSTOM "0" version 1 is not supported',
    );
    expect(message).toMatch(/and 488 more$/);
  });

  it("a model without operators", () => {
    const spec = {
      tensors: [{ shape: [1, 2], scales: [1], zeroPoints: [0] }],
      operators: [],
      inputs: [0],
      outputs: [0],
    };
    expect(complaintOf(buildTflite(spec)).message).toContain("it has no operators");
  });
});
