import { ModelBuilder, type ModelSpec } from "./buildTflite.js";

/** ActivationFunctionType */
export const fused = { none: 0, relu: 1, reluN1To1: 2, relu6: 3, tanh: 4 } as const;
/** Padding */
export const same = 0;
export const valid = 1;

const logistic = [1 / 256, -128] as const;

/** A model of one input that has every supported operator at least once, and every way of a border. */
export function everyOperator(): ModelSpec {
  const model = new ModelBuilder();
  const outside = model.tensor({ name: "image", shape: [1, 8, 6, 2], type: "float32" });
  const input = model.activation([1, 8, 6, 2], 0.5, -3);
  model.add({ type: "QUANTIZE", version: 1, inputs: [outside], outputs: [input] });

  const convolved = model.activation([1, 4, 3, 4], 2, -128);
  model.add({
    type: "CONV_2D",
    version: 3,
    inputs: [input, model.weights([4, 3, 3, 2], [0.5, 0.25, 1, 2]), model.bias([1, -2, 3, -4])],
    outputs: [convolved],
    optionsType: 1,
    options: [
      [0, "int8", same],
      [1, "int32", 2],
      [2, "int32", 2],
      [3, "int8", fused.relu],
    ],
  });
  const deep = model.activation([1, 4, 3, 8], 4, -100);
  model.add({
    type: "DEPTHWISE_CONV_2D",
    version: 3,
    inputs: [
      convolved,
      model.weights([1, 3, 1, 8], [1, 2, 3, 4, 5, 6, 7, 8], 3),
      model.bias(Array(8).fill(7)),
    ],
    outputs: [deep],
    optionsType: 2,
    options: [
      [0, "int8", same],
      [1, "int32", 1],
      [2, "int32", 1],
      [3, "int32", 2],
      [4, "int8", fused.relu6],
      [6, "int32", 2],
    ],
  });
  const pool = (type: string) => {
    const pooled = model.activation([1, 2, 2, 8], 4, -100);
    model.add({
      type,
      version: 2,
      inputs: [deep],
      outputs: [pooled],
      optionsType: 5,
      options: [
        [0, "int8", same],
        [1, "int32", 2],
        [2, "int32", 2],
        [3, "int32", 2],
        [4, "int32", 2],
      ],
    });
    return pooled;
  };
  const [average, largest] = [pool("AVERAGE_POOL_2D"), pool("MAX_POOL_2D")];
  const sum = model.activation([1, 2, 2, 8], 6, -90);
  model.add({
    type: "ADD",
    version: 2,
    inputs: [average, largest],
    outputs: [sum],
    optionsType: 11,
    options: [],
  });
  const product = model.activation([1, 2, 2, 8], 30, -90);
  model.add({
    type: "MUL",
    version: 2,
    inputs: [sum, average],
    outputs: [product],
    optionsType: 21,
    options: [],
  });
  const rescaled = model.activation([1, 2, 2, 8], 4, -100);
  model.add({ type: "QUANTIZE", inputs: [product], outputs: [rescaled] });
  const joined = model.activation([1, 2, 2, 16], 4, -100);
  model.add({
    type: "CONCATENATION",
    version: 2,
    inputs: [rescaled, largest],
    outputs: [joined],
    optionsType: 10,
    options: [[0, "int32", -1]],
  });
  const padded = model.activation([1, 3, 4, 16], 4, -100);
  model.add({
    type: "PAD",
    version: 2,
    inputs: [joined, model.integers([0, 0, 1, 0, 1, 1, 0, 0], [4, 2])],
    outputs: [padded],
    optionsType: 22,
    options: [],
  });
  const clipped = model.activation([1, 3, 4, 16], 4, -100);
  model.add({ type: "RELU", version: 2, inputs: [padded], outputs: [clipped] });
  const clippedAgain = model.activation([1, 3, 4, 16], 0.02, -128);
  model.add({ type: "RELU6", version: 2, inputs: [clipped], outputs: [clippedAgain] });
  const around = model.activation([1, 3, 4, 16], 0.01, 0);
  model.add({ type: "RELU_N1_TO_1", inputs: [clippedAgain], outputs: [around] });
  const averaged = model.activation([1, 16], 0.01, 5);
  model.add({
    type: "MEAN",
    version: 2,
    inputs: [around, model.integers([1, 2])],
    outputs: [averaged],
    optionsType: 27,
    options: [],
  });
  const folded = model.activation([1, 4, 4], 0.01, 5);
  model.add({
    type: "RESHAPE",
    inputs: [averaged, model.integers([-1, 4, 4])],
    outputs: [folded],
    optionsType: 17,
    options: [],
  });
  const dense = model.activation([1, 3], 0.1, 10);
  model.add({
    type: "FULLY_CONNECTED",
    version: 4,
    inputs: [folded, model.weights([3, 16], [0.01]), -1],
    outputs: [dense],
    optionsType: 8,
    options: [],
  });
  const sigmoid = model.activation([1, 3], ...logistic);
  model.add({ type: "LOGISTIC", version: 2, inputs: [dense], outputs: [sigmoid] });
  const tanh = model.activation([1, 3], 1 / 128, 0);
  model.add({ type: "TANH", version: 2, inputs: [sigmoid], outputs: [tanh] });
  const classes = model.activation([1, 3], ...logistic);
  model.add({
    type: "SOFTMAX",
    version: 2,
    inputs: [tanh],
    outputs: [classes],
    optionsType: 9,
    options: [[0, "float32", 1]],
  });
  const real = model.tensor({ name: "probabilities", shape: [1, 3], type: "float32" });
  model.add({ type: "DEQUANTIZE", version: 2, inputs: [classes], outputs: [real] });
  return model.spec();
}
