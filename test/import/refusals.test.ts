import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.js";
import { importTflite } from "../../src/import/importTflite.js";
import {
  buildTflite,
  ModelBuilder,
  type ModelSpec,
  type OperatorSpec,
  type TensorSpec,
} from "./buildTflite.js";
import { everyOperator } from "./everyOperator.js";

interface Complaint {
  readonly message: string;
  readonly hint: string;
}

function complaintOf(bytes: Uint8Array): Complaint {
  try {
    importTflite(bytes, "test.tflite", "test");
  } catch (error) {
    if (error instanceof UserError) return { message: error.message, hint: error.hint ?? "" };
    throw error;
  }
  throw new Error("the model was imported");
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Editable extends Mutable<ModelSpec> {
  tensors: Mutable<TensorSpec>[];
  operators: Mutable<OperatorSpec>[];
}

/** What is said of the model with every operator after a change. */
function refuse(change: (spec: Editable) => void): Complaint {
  const spec = structuredClone(everyOperator()) as Editable;
  change(spec);
  return complaintOf(buildTflite(spec));
}

/** What is said of a model of one operator. */
function refuseOne(build: (model: ModelBuilder) => void): Complaint {
  const model = new ModelBuilder();
  build(model);
  return complaintOf(buildTflite(model.spec()));
}

/** Operators' indices in the model with every operator, and the tensors that they give. */
const [conv, depthwise, pool, add, quantize, concatenation, pad, relu, mean, reshape, dense] = [
  ...[1, 2, 3, 5, 7, 8, 9, 10, 13, 14, 15],
];
const [logistic, tanh, softmax] = [16, 17, 18];
const outputOf = (spec: Editable, operator: number) => spec.tensors[spec.operators[operator].outputs[0]];
const inputOf = (spec: Editable, operator: number, position = 0) =>
  spec.tensors[spec.operators[operator].inputs[position]];

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
  tensor 2 ("t2"): a batch of 2; 1 is supported
  tensor 3 ("t3"): sparse tensors are not supported
  tensor 5 ("t5"): an activation of 5 axes; 2 to 4 are supported, the first for the batch
  tensor 6 ("t6"): only quantization by scale and zero point is supported
  tensor 7 ("t7"): data outside of the file's tables is not supported
  tensor 8 ("t8"): state that is kept between inferences is not supported
  tensor 10 ("t10"): an activation of type int16; int8 is supported
  tensor 28 ("probabilities"): an activation of type float32; int8 is supported`,
    );
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

describe("an operator that contradicts itself or has no integer form is named", () => {
  it.each<[string, (spec: Editable) => void, string]>([
    [
      "declared shape of a convolution",
      (spec) => {
        outputOf(spec, conv).shape = [1, 5, 3, 4];
      },
      "operator 1 (CONV_2D) gives [4, 3, 4]; its output tensor 2 has shape [5, 3, 4]",
    ],
    [
      "weights of another size than their tensor",
      (spec) => {
        inputOf(spec, conv, 1).data = new Int8Array(71);
      },
      "operator 1 (CONV_2D) has weights of shape [4, 3, 3, 2] in 71 B, expected 72 B",
    ],
    [
      "weights whose sizes' product is absurd",
      (spec) => {
        inputOf(spec, conv, 1).shape = [2 ** 30, 2 ** 30, 2 ** 30, 2 ** 30];
      },
      "operator 1 (CONV_2D) has weights of shape [1073741824, 1073741824, 1073741824, 1073741824] in 72 B, " +
        "expected 1.329227995784916e+36 B",
    ],
    [
      "weights that are computed",
      (spec) => {
        delete inputOf(spec, dense, 1).data;
        inputOf(spec, dense, 1).shape = [1, 48];
      },
      "operator 15 (FULLY_CONNECTED) takes its weights from tensor 24, which is computed",
    ],
    [
      "weights left out",
      (spec) => {
        spec.operators[conv].inputs = [1, -1];
      },
      "operator 1 (CONV_2D) has no weights",
    ],
    [
      "an image left out",
      (spec) => {
        spec.operators[conv].inputs = [-1, 3, 4];
      },
      "operator 1 (CONV_2D) needs input 0, which is left out",
    ],
    [
      "too few inputs",
      (spec) => {
        spec.operators[conv].inputs = [1];
      },
      "operator 1 (CONV_2D) should have 2 to 3 inputs, found 1",
    ],
    [
      "biases of another type",
      (spec) => {
        inputOf(spec, conv, 2).type = "int64";
        inputOf(spec, conv, 2).data = new BigInt64Array(4);
      },
      "operator 1 (CONV_2D) has biases of type int64; int32 is supported",
    ],
    [
      "too few biases",
      (spec) => {
        inputOf(spec, conv, 2).data = new Int32Array(3);
        inputOf(spec, conv, 2).shape = [3];
      },
      "operator 1 (CONV_2D) has 3 biases for 4 output channels",
    ],
    [
      "weights that are not symmetric",
      (spec) => {
        inputOf(spec, conv, 1).zeroPoints = [0, 0, 1, 0];
      },
      "operator 1 (CONV_2D) has weights of zero point 1; 0 is supported",
    ],
    [
      "weight scales along the wrong axis",
      (spec) => {
        inputOf(spec, depthwise, 1).quantizedDimension = 0;
      },
      "operator 2 (DEPTHWISE_CONV_2D) has 8 weight scales along axis 0; 1, or 8 along axis 3 are supported",
    ],
    [
      "a weight scale of 0",
      (spec) => {
        inputOf(spec, conv, 1).scales = [1, 1, 0, 1];
      },
      "operator 1 (CONV_2D) has a weight scale of 0; scales are above 0",
    ],
    [
      "a scale that is no number",
      (spec) => {
        inputOf(spec, conv, 1).scales = [1, Number.NaN, 1, 1];
      },
      "operator 1 (CONV_2D) has a weight scale of NaN; scales are above 0",
    ],
    [
      "grouped convolution",
      (spec) => {
        inputOf(spec, conv, 1).shape = [4, 3, 6, 1];
      },
      "operator 1 (CONV_2D) has filters of 1 channels and an image of 2; grouped convolutions are not supported",
    ],
    [
      "depth multiplier that is not the filters'",
      (spec) => {
        spec.operators[depthwise].options = [
          [1, "int32", 1],
          [2, "int32", 1],
          [3, "int32", 3],
        ];
      },
      "operator 2 (DEPTHWISE_CONV_2D) has filters of shape [1, 3, 1, 8] and depth multiplier 3 for an image of 4 channels",
    ],
    [
      "options of another operator",
      (spec) => {
        spec.operators[conv].optionsType = 5;
      },
      "operator 1 (CONV_2D) has options of kind 5, expected 1",
    ],
    [
      "no options",
      (spec) => {
        spec.operators[conv].optionsType = 0;
      },
      "operator 1 (CONV_2D) has no options",
    ],
    [
      "strides of 0",
      (spec) => {
        spec.operators[conv].options = [[2, "int32", 1]];
      },
      "operator 1 (CONV_2D) has strides 1 x 0; 1 to 65535 are possible",
    ],
    [
      "dilation beyond all reason",
      (spec) => {
        spec.operators[conv].options = [
          [1, "int32", 1],
          [2, "int32", 1],
          [4, "int32", 2 ** 31 - 1],
        ];
      },
      "operator 1 (CONV_2D) has dilations 1 x 2147483647; 1 to 65535 are possible",
    ],
    [
      "an unknown padding",
      (spec) => {
        spec.operators[pool].options = [...spec.operators[pool].options!.slice(1), [0, "int8", 2]];
      },
      "operator 3 (AVERAGE_POOL_2D) has padding of number 2; SAME and VALID are supported",
    ],
    [
      "a fused function that is no clamp",
      (spec) => {
        spec.operators[add].options = [[0, "int8", 4]];
      },
      "operator 5 (ADD) has the fused activation TANH; supported are NONE, RELU, RELU_N1_TO_1 and RELU6",
    ],
    [
      "pooling that rescales",
      (spec) => {
        outputOf(spec, pool).scales = [5];
      },
      "operator 3 (AVERAGE_POOL_2D) has an input of scale 4, zero point -100 and an output of 5, -100; they should be equal",
    ],
    [
      "addition of different shapes",
      (spec) => {
        spec.operators[add].inputs = [5, 8];
      },
      "operator 5 (ADD) takes inputs of shapes [1, 4, 3, 8] and [1, 2, 2, 8]; equal shapes are supported",
    ],
    [
      "addition of a constant",
      (spec) => {
        spec.operators[add].inputs = [8, spec.operators[conv].inputs[1]];
      },
      "operator 5 (ADD) takes the constant tensor 3 as input 1; constants are supported as weights only",
    ],
    [
      "joining along the batch",
      (spec) => {
        spec.operators[concatenation].options = [[0, "int32", 0]];
      },
      "operator 8 (CONCATENATION) joins along axis 0 of 4; all but the batch's are supported",
    ],
    [
      "joining of what does not fit",
      (spec) => {
        spec.operators[concatenation].inputs = [12, 5];
      },
      "operator 8 (CONCATENATION) joins shapes [1, 2, 2, 8] and [1, 4, 3, 8] along axis 3",
    ],
    [
      "joining with a fused activation",
      (spec) => {
        spec.operators[concatenation].options = [
          [0, "int32", 3],
          [1, "int8", 1],
        ];
      },
      "operator 8 (CONCATENATION) has a fused activation",
    ],
    [
      "padding of the batch",
      (spec) => {
        inputOf(spec, pad, 1).data = Int32Array.of(1, 0, 0, 0, 0, 0, 0, 0);
      },
      "operator 9 (PAD) has paddings [1, 0, 0, 0, 0, 0, 0, 0] for 4 axes; " +
        "0 to 65535 before and after each but the batch's are supported",
    ],
    [
      "padding of other axes than the image has",
      (spec) => {
        inputOf(spec, pad, 1).data = new Int32Array(6);
        inputOf(spec, pad, 1).shape = [3, 2];
      },
      "operator 9 (PAD) has paddings [0, 0, 0, 0, 0, 0] for 4 axes; " +
        "0 to 65535 before and after each but the batch's are supported",
    ],
    [
      "a mean over channels",
      (spec) => {
        inputOf(spec, mean, 1).data = Int32Array.of(1, 3);
      },
      "operator 13 (MEAN) takes the mean over axes [1, 3] of [1, 3, 4, 16]; rows and columns of an image, [1, 2], are supported",
    ],
    [
      "a shape that does not hold the values",
      (spec) => {
        outputOf(spec, reshape).shape = [1, 4, 5];
      },
      "operator 14 (RESHAPE) makes [1, 4, 5] of 16 values, which it cannot hold",
    ],
    [
      "another shape than the declared one",
      (spec) => {
        inputOf(spec, reshape, 1).data = Int32Array.of(1, 2, 8);
      },
      "operator 14 (RESHAPE) should make [1, 2, 8]; its output has shape [1, 4, 4]",
    ],
    [
      "a shape of thousands of axes",
      (spec) => {
        inputOf(spec, reshape, 1).data = new Int32Array(4000);
        inputOf(spec, reshape, 1).shape = [4000];
      },
      "operator 14 (RESHAPE) has 4000 values of the new shape; at most 8 are possible",
    ],
    [
      "weights for another number of features",
      (spec) => {
        spec.operators[dense].inputs = [2, ...spec.operators[dense].inputs.slice(1)];
      },
      "operator 15 (FULLY_CONNECTED) has weights for 16 features and an input of shape [1, 4, 3, 4]",
    ],
    [
      "weights in another order",
      (spec) => {
        spec.operators[dense].options = [[1, "int8", 1]];
      },
      "operator 15 (FULLY_CONNECTED) has weights in format 1; 0, the plain one, is supported",
    ],
    [
      "a sigmoid with an output of its own",
      (spec) => {
        outputOf(spec, logistic).scales = [1 / 128];
      },
      "operator 16 (LOGISTIC) should give scale 0.00390625 and zero point -128, found 0.0078125 and -128",
    ],
    [
      "a softmax with an output of its own",
      (spec) => {
        outputOf(spec, softmax).zeroPoints = [0];
      },
      "operator 18 (SOFTMAX) should give scale 0.00390625 and zero point -128, found 0.00390625 and 0",
    ],
    [
      "beta that is no number",
      (spec) => {
        spec.operators[softmax].options = [[0, "float32", Number.NaN]];
      },
      "operator 18 (SOFTMAX) has beta NaN; a number above 0 is expected",
    ],
    [
      "steps too coarse for a sigmoid",
      (spec) => {
        outputOf(spec, dense).scales = [16];
      },
      "operator 16 (LOGISTIC) has an input of scale 16; below 16 is possible",
    ],
    [
      "rescaling beyond int32",
      (spec) => {
        outputOf(spec, relu).scales = [2 ** -30];
      },
      "operator 10 (RELU) rescales by 4294967296; less than 4194304 is possible",
    ],
    [
      "an input that is filled later: a cycle",
      (spec) => {
        spec.operators[conv].inputs = [10, 3, 4];
      },
      "operator 1 (CONV_2D) takes tensor 10, which no operator before it fills",
    ],
    [
      "a tensor that is filled twice",
      (spec) => {
        spec.operators[relu].outputs = [2];
      },
      "operator 10 (RELU) writes tensor 2, which is filled before",
    ],
    [
      "two outputs",
      (spec) => {
        spec.operators[relu].outputs = [16, 16];
      },
      "operator 10 (RELU) has 2 outputs, expected 1",
    ],
    [
      "DEQUANTIZE inside of the network",
      (spec) => {
        Object.assign(spec.operators[quantize], { type: "DEQUANTIZE" });
      },
      "operator 7 (DEQUANTIZE) stands inside of the network",
    ],
    [
      "an empty activation",
      (spec) => {
        outputOf(spec, conv).shape = [1, 0, 3, 4];
      },
      "tensor 2 has shape [1, 0, 3, 4]; sizes of 1 and more are expected, 16777216 values at most",
    ],
    [
      "an activation beyond all reason",
      (spec) => {
        outputOf(spec, conv).shape = [1, 2 ** 30, 2 ** 30, 2 ** 30];
      },
      "tensor 2 has shape [1, 1073741824, 1073741824, 1073741824]; sizes of 1 and more are expected, 16777216 values at most",
    ],
    [
      "an activation without a scale",
      (spec) => {
        delete outputOf(spec, conv).scales;
      },
      "tensor 2 has 0 scales (undefined) and 0 zero points (undefined); " +
        "one scale above 0 and one zero point -128..127 are expected",
    ],
    [
      "a zero point outside of int8",
      (spec) => {
        outputOf(spec, conv).zeroPoints = [128];
      },
      "tensor 2 has 1 scales (2) and 1 zero points (128); one scale above 0 and one zero point -128..127 are expected",
    ],
    [
      "a scale without end",
      (spec) => {
        outputOf(spec, conv).scales = [Number.POSITIVE_INFINITY];
      },
      "tensor 2 has 1 scales (Infinity) and 1 zero points (-128); " +
        "one scale above 0 and one zero point -128..127 are expected",
    ],
    [
      "float32 that goes elsewhere than into one QUANTIZE",
      (spec) => {
        spec.operators[relu].inputs = [0];
      },
      "the input, tensor 0, is float32; one QUANTIZE should make int8 of it, " +
        "found operator 0 (QUANTIZE), operator 10 (RELU)",
    ],
    [
      "a float32 output that nothing fills",
      (spec) => {
        spec.operators.pop();
      },
      "the output, tensor 28, is float32; one DEQUANTIZE should make it of int8, found nothing that fills it",
    ],
    [
      "QUANTIZE that changes the shape",
      (spec) => {
        spec.tensors[0].shape = [1, 8, 12];
      },
      "operator 0 (QUANTIZE) has tensors of shapes [1,8,12] and [1,8,6,2]; equal ones are expected",
    ],
    [
      "uint8 in other steps than the network's",
      (spec) => {
        Object.assign(spec.tensors[0], { type: "uint8", scales: [1], zeroPoints: [125] });
      },
      "operator 0 (QUANTIZE) rescales uint8; only a zero point that differs by 128 can be left out",
    ],
    [
      "an output that nothing fills",
      (spec) => {
        spec.operators.pop();
        spec.outputs = [spec.tensors.length - 1];
        Object.assign(spec.tensors.at(-1)!, { type: "int8", scales: [1], zeroPoints: [0] });
      },
      "no operator fills the model's output, tensor 28",
    ],
  ])("%s", (_, change, expected) => {
    expect(refuse(change).message).toBe(`test.tflite: ${expected}`);
  });

  it("an image where the operator needs one", () => {
    const { message, hint } = refuseOne((model) => {
      const input = model.activation([1, 5, 4]);
      model.add({
        type: "CONV_2D",
        inputs: [input, model.weights([1, 1, 1, 4], [1])],
        outputs: [model.activation([1, 5, 1])],
        optionsType: 1,
        options: [],
      });
    });
    expect(message).toBe(
      "test.tflite: operator 0 (CONV_2D) takes images [1, height, width, channels]; tensor 0 has shape [1, 5, 4]",
    );
    expect(hint).toBe("reshape a signal to [1, length, 1, channels] in front of it");
  });
});
