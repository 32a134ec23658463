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
      Object.assign(spec.operators[relu], { type: "HARD_SWISH", version: 1 });
      Object.assign(spec.operators[tanh], { type: "HARD_SWISH", version: 1 });
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
  operators 10, 17: HARD_SWISH version 1 is not supported
  operator 16: CUSTOM "My\\nOp" version 1 is not supported
  operator 18: operator of number 178 version 2 is not supported`,
    );
    expect(hint).toBe(
      "supported are ADD to version 5, AVERAGE_POOL_2D to version 3, CONCATENATION to version 4, CONV_2D to version 8, " +
        "DEPTHWISE_CONV_2D to version 7, DEQUANTIZE to version 6, FULLY_CONNECTED to version 13, LOGISTIC to version 3, " +
        "MAX_POOL_2D to version 3, MEAN to version 3, MUL to version 7, PAD to version 5, QUANTIZE to version 4, " +
        "RELU to version 3, RELU6 to version 3, RELU_N1_TO_1, RESHAPE, SOFTMAX to version 3, TANH to version 3",
    );
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
  tensor 1 ("t1"): a constant of type float32; int8, int32 and int64 are supported
  tensor 2 ("t2"): an activation of type float32; int8 is supported`,
    );
    expect(hint).toMatch(/^convert the model with full-integer quantization: converter\.optimizations/);
  });

  it("several subgraphs, inputs and outputs, a batch, state, sparse tensors and other quantization, together", () => {
    const { message } = refuse((spec) => {
      spec.subgraphs = 2;
      spec.inputs = [0, 1];
      spec.outputs = [];
      outputOf(spec, conv).shape = [2, 4, 3, 4];
      outputOf(spec, depthwise).shape = [1, 1, 4, 3, 8];
      outputOf(spec, pool).isVariable = true;
      inputOf(spec, conv, 1).isSparse = true;
      inputOf(spec, depthwise, 1).detailsType = 2;
      inputOf(spec, depthwise, 2).externalBuffer = 1;
      outputOf(spec, add).type = "int16";
    });
    expect(message).toBe(
      `test.tflite cannot be imported:
  it has 2 subgraphs; one is supported
  it has 2 inputs; one is supported
  it has 0 outputs; one is supported
  tensor 2 ("t2"): a first axis of 2 in a model of batch 1; 1 is supported
  tensor 3 ("t3"): sparse tensors are not supported
  tensor 5 ("t5"): an activation of 5 axes; 2 to 4 are supported, the first for the batch
  tensor 6 ("t6"): only quantization by scale and zero point is supported
  tensor 7 ("t7"): data outside of the file's tables is not supported
  tensor 8 ("t8"): state that is kept between inferences is not supported
  tensor 10 ("t10"): an activation of type int16; int8 is supported
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

  it("what operators are not supported for: constants, rows, axes, with operators that are not supported at all", () => {
    const { message, hint } = refuseOne((model) => {
      const image = () => model.activation([1, 3, 3, 4]);
      const [input, sum, product, unknown] = [image(), image(), image(), image()];
      const [rows, mean] = [model.activation([9, 2]), model.activation([1, 3, 4])];
      const constant = model.weights([4], [0.5]);
      model.add({ type: "ADD", inputs: [input, constant], outputs: [sum] });
      model.add({ type: "MUL", inputs: [sum, constant], outputs: [product] });
      model.add({ type: "HARD_SWISH", inputs: [product], outputs: [unknown] });
      model.add({
        type: "FULLY_CONNECTED",
        inputs: [unknown, model.weights([2, 4], [0.5])],
        outputs: [rows],
      });
      model.add({ type: "MEAN", inputs: [unknown, model.integers([1])], outputs: [mean] });
    });
    expect(message).toBe(
      `test.tflite cannot be imported:
  operator 2: HARD_SWISH version 1 is not supported
  operator 3: FULLY_CONNECTED on each of 9 rows; one row is supported
  operator 0 (ADD) takes the constant tensor 6 as input 1; constants are supported as weights only
  operator 1 (MUL) takes the constant tensor 6 as input 1; constants are supported as weights only
  operator 4 (MEAN) takes the mean over axes [1] of [1, 3, 3, 4]; rows and columns of an image, [1, 2], are supported`,
    );
    expect(hint.split("; ").slice(1)).toEqual([
      "a Dense layer on each position is a convolution with a window of 1 x 1: use that",
      "the converter takes a bias or a normalization into the weights of a convolution right in front of it: " +
        "use Conv2D, of 1 x n for Conv1D, with the normalization before the activation function",
      "reshape a signal to [1, length, 1, channels] in front of it",
    ]);
  });

  it("what a model that is int8 already needs, which no conversion to int8 changes", () => {
    const { message, hint } = refuseOne((model) => {
      const [input, output] = [model.activation([1, 4]), model.activation([1, 4])];
      const [shape, size, packed] = [[2], [], [2]].map((axes) =>
        model.tensor({ shape: axes, type: "int32" }),
      );
      model.add({ type: "SHAPE", inputs: [input], outputs: [shape] });
      model.add({ type: "STRIDED_SLICE", inputs: [shape], outputs: [size] });
      model.add({ type: "PACK", inputs: [size], outputs: [packed] });
      model.add({ type: "RESHAPE", inputs: [input, packed], outputs: [output] });
    });
    expect(message).toBe(
      `test.tflite cannot be imported:
  operator 0: SHAPE version 1 is not supported
  operator 1: STRIDED_SLICE version 1 is not supported
  operator 2: PACK version 1 is not supported`,
    );
    expect(hint).toMatch(
      /^supported are [^;]*; SHAPE computes a shape from the size of the batch: give the model's input a batch size of 1 and convert it again$/,
    );
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
