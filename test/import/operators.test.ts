import { describe, expect, it } from "vitest";
import { importTflite } from "../../src/import/importTflite.js";
import { activationRange } from "../../src/import/operatorContext.js";
import { reluTable } from "../../src/import/reluTable.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import type { QuantizedLayer } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { buildTflite, ModelBuilder, type ModelSpec } from "./buildTflite.js";
import { everyOperator, fused, valid } from "./everyOperator.js";

const read = (spec: ModelSpec) => importTflite(buildTflite(spec), "test.tflite", "test");

/** The layer that operator `index` became. */
function layerOf(index: number, spec: ModelSpec = everyOperator()): QuantizedLayer {
  const { network, origins } = read(spec);
  return network.layers[origins.findIndex(({ operator }) => operator === index)];
}

describe("a model with every operator", () => {
  it("becomes one layer for each operator that is not at a border, named after type and index", () => {
    expect(read(everyOperator()).network.layers.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      "conv2d_1: convolution",
      "depthwise_conv2d_2: depthwiseConvolution",
      "average_pool2d_3: averagePool",
      "max_pool2d_4: maxPool",
      "add_5: add",
      "mul_6: multiply",
      "quantize_7: requantize",
      "concatenation_8: concatenation",
      "pad_9: pad",
      "relu_10: lookup",
      "relu6_11: lookup",
      "relu_n1_to_1_12: lookup",
      "mean_13: mean",
      "reshape_14: reshape",
      "fully_connected_15: fullyConnected",
      "logistic_16: lookup",
      "tanh_17: lookup",
      "softmax_18: softmax",
    ]);
  });

  it("takes and gives the int8 values beside QUANTIZE and DEQUANTIZE, and says so", () => {
    const { network, notes } = read(everyOperator());
    expect(network.tensors[onlyInput(network).tensor]).toEqual({
      name: "input",
      shape: [8, 6, 2],
      elementType: "int8",
      quantization: { scale: 0.5, zeroPoint: -3 },
    });
    expect(network.tensors[onlyOutput(network).tensor].quantization).toEqual({
      scale: 1 / 256,
      zeroPoint: -128,
    });
    expect(notes).toEqual([
      "the model takes float32; the device takes the int8 values beside operator 0 (QUANTIZE)",
      "the model gives float32; the device gives the int8 values beside operator 19 (DEQUANTIZE)",
    ]);
  });

  it("keeps the tensors' names in the file beside the layers' own", () => {
    expect(read(everyOperator()).origins.slice(0, 2)).toEqual([
      { layer: "conv2d_1", operator: 1, type: "CONV_2D", version: 3, tensor: "t2" },
      { layer: "depthwise_conv2d_2", operator: 2, type: "DEPTHWISE_CONV_2D", version: 3, tensor: "t5" },
    ]);
  });

  it("CONV_2D: 8 x 6, window 3 x 3, stride 2, SAME needs one row below and one column at the right", () => {
    expect(layerOf(1)).toEqual({
      ...{ kind: "convolution", name: "conv2d_1", inputs: [0], output: 1 },
      ...{ kernelSize: [3, 3], strides: [2, 2], dilations: [1, 1] },
      padding: { top: 0, bottom: 1, left: 0, right: 1 },
      weights: Int8Array.from({ length: 72 }, (_, i) => i - 125),
      weightScales: [0.5, 0.25, 1, 2],
      bias: Int32Array.of(1, -2, 3, -4),
      ...{ activationMin: -128, activationMax: 127 },
    });
  });

  it("DEPTHWISE_CONV_2D: two filters a channel, dilation 2 makes 3 rows reach over 5, RELU6 of scale 4 ends at step 2", () => {
    expect(layerOf(2)).toMatchObject({
      ...{ kernelSize: [3, 1], strides: [1, 1], dilations: [2, 1] },
      padding: { top: 2, bottom: 2, left: 0, right: 0 },
      weightScales: [1, 2, 3, 4, 5, 6, 7, 8],
      // 6 / 4 = 1.5 rounds away from zero
      ...{ activationMin: -100, activationMax: -98 },
    });
  });

  it("AVERAGE_POOL_2D and MAX_POOL_2D: 4 x 3 by 2 x 2 needs a column at the right", () => {
    for (const index of [3, 4]) {
      expect(layerOf(index)).toMatchObject({
        ...{ kernelSize: [2, 2], strides: [2, 2], padding: { top: 0, bottom: 0, left: 0, right: 1 } },
        ...{ activationMin: -128, activationMax: 127 },
      });
    }
  });

  it("CONCATENATION counts a negative axis from the end, and none for the batch", () => {
    expect(layerOf(8)).toMatchObject({ axis: 2, inputs: [7, 4] });
  });

  it("PAD fills with the zero point", () => {
    expect(layerOf(9)).toMatchObject({ before: [1, 1, 0], after: [0, 1, 0], value: -100 });
  });

  it("FULLY_CONNECTED without biases has zeros, and one scale for all outputs stays one", () => {
    expect(layerOf(15)).toMatchObject({ bias: new Int32Array(3), weightScales: [0.01].map(Math.fround) });
  });

  it("SOFTMAX keeps beta", () => {
    expect(layerOf(18)).toMatchObject({ beta: 1 });
  });

  it("runs: a softmax of three classes sums to 1 within its rounding", () => {
    const program = planProgram(read(everyOperator()).network);
    const output = runProgram(
      program,
      Int8Array.from({ length: 96 }, (_, i) => i * 37),
    );
    const sum = [...output].reduce((total, q) => total + (q + 128) / 256, 0);
    expect(Math.abs(sum - 1)).toBeLessThanOrEqual(2 / 256);
  });
});

describe("clamps of fused activations", () => {
  it("are in steps of the output: real / scale as float32, halves away from zero", () => {
    const quantization = { scale: Math.fround(0.4), zeroPoint: 10 };
    expect(activationRange("NONE", quantization)).toEqual({ activationMin: -128, activationMax: 127 });
    expect(activationRange("RELU", quantization)).toEqual({ activationMin: 10, activationMax: 127 });
    // 1 / 0.4 = 2.5 as float32: 3 steps
    expect(activationRange("RELU_N1_TO_1", quantization)).toEqual({ activationMin: 7, activationMax: 13 });
    expect(activationRange("RELU6", quantization)).toEqual({ activationMin: 10, activationMax: 25 });
  });

  it("end where int8 ends", () => {
    const quantization = { scale: 0.001, zeroPoint: -128 };
    expect(activationRange("RELU_N1_TO_1", quantization)).toEqual({
      activationMin: -128,
      activationMax: 127,
    });
  });

  it("are not made of functions that curve", () => {
    expect(activationRange("TANH", { scale: 1, zeroPoint: 0 })).toBeUndefined();
  });
});

describe("tables of RELU", () => {
  it("are the clamp alone where nothing is rescaled", () => {
    const quantization = { scale: 0.1, zeroPoint: -20 };
    const expected = Int8Array.from({ length: 256 }, (_, i) => Math.max(-20, i - 128));
    expect(reluTable("RELU", quantization, quantization)).toEqual(expected);
  });

  it("rescale, with ties away from zero in both roundings, and clamp", () => {
    const table = reluTable("RELU6", { scale: 0.5, zeroPoint: 0 }, { scale: 1, zeroPoint: -128 });
    // −1 → −0.5 → clamped to 0; 1 → 0.5 → 1; 2 → 1; 3 → 1.5 → 2; 127 → 63.5 → 64 → clamped to 6
    expect([-128, -1, 0, 1, 2, 3, 127].map((q) => table[q + 128] + 128)).toEqual([0, 0, 0, 1, 1, 2, 6]);
  });
});

describe("what an operator may leave out or write in another way", () => {
  const dense = (change: (model: ModelBuilder) => void) => {
    const model = new ModelBuilder();
    change(model);
    return model.spec();
  };

  it("CONV_2D without biases, with one weight scale for all channels and VALID padding", () => {
    const spec = dense((model) => {
      const input = model.activation([1, 5, 5, 1]);
      const weights = model.weights([2, 2, 2, 1], [0.25]);
      const output = model.activation([1, 2, 2, 2]);
      model.add({
        type: "CONV_2D",
        inputs: [input, weights],
        outputs: [output],
        optionsType: 1,
        options: [
          [0, "int8", valid],
          [1, "int32", 2],
          [2, "int32", 2],
          [3, "int8", fused.none],
        ],
      });
    });
    expect(layerOf(0, spec)).toMatchObject({
      ...{ padding: { top: 0, bottom: 0, left: 0, right: 0 }, strides: [2, 2], dilations: [1, 1] },
      ...{ weightScales: [0.25, 0.25], bias: new Int32Array(2) },
    });
  });

  it("FULLY_CONNECTED that keeps the input's axes, without options", () => {
    const spec = dense((model) => {
      const input = model.activation([1, 1, 1, 4]);
      model.add({
        type: "FULLY_CONNECTED",
        version: 5,
        inputs: [input, model.weights([2, 4], [0.5, 0.25])],
        outputs: [model.activation([1, 1, 1, 2])],
      });
    });
    expect(layerOf(0, spec)).toMatchObject({ weightScales: [0.5, 0.25], activationMin: -128 });
  });

  it("MEAN that keeps its axes, over negative int64 axes, one of which has one column only", () => {
    const spec = dense((model) => {
      const input = model.activation([1, 6, 1, 4]);
      const axes = model.tensor({ shape: [1], type: "int64", data: BigInt64Array.of(-3n) });
      model.add({
        type: "MEAN",
        inputs: [input, axes],
        outputs: [model.activation([1, 1, 1, 4])],
        optionsType: 27,
        options: [[0, "int8", 1]],
      });
    });
    expect(layerOf(0, spec)).toMatchObject({ kind: "mean" });
  });

  it("RESHAPE with its shape in the options, or nowhere but in the output", () => {
    for (const options of [[[0, "int32s", [1, 4]]], []] as const) {
      const spec = dense((model) => {
        const input = model.activation([1, 2, 2]);
        model.add({
          type: "RESHAPE",
          inputs: [input],
          outputs: [model.activation([1, 4])],
          ...(options.length > 0 && { optionsType: 17, options }),
        });
      });
      expect(layerOf(0, spec)).toMatchObject({ kind: "reshape" });
    }
  });

  it("uint8 at the borders, whose values less 128 are the device's int8", () => {
    const spec = dense((model) => {
      const outside = model.tensor({ shape: [1, 4], type: "uint8", scales: [0.5], zeroPoints: [131] });
      const input = model.activation([1, 4]);
      model.add({ type: "QUANTIZE", inputs: [outside], outputs: [input] });
      const clipped = model.activation([1, 4]);
      model.add({ type: "RELU", inputs: [input], outputs: [clipped] });
      const out = model.tensor({ shape: [1, 4], type: "uint8", scales: [0.5], zeroPoints: [131] });
      model.add({ type: "QUANTIZE", inputs: [clipped], outputs: [out] });
    });
    const { network, notes } = read(spec);
    expect(network.layers.map(({ name }) => name)).toEqual(["relu_1"]);
    expect(notes).toEqual([
      "the model takes uint8; the device takes int8: each value less 128",
      "the model gives uint8; the device gives int8: each value less 128",
    ]);
  });
});
