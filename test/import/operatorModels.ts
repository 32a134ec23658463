import type { ModelSpec } from "./buildTflite.js";
import { fused, same, valid } from "./everyOperator.js";
import {
  axisOptions,
  binary,
  cut,
  dilated,
  dilatedSeries,
  image,
  lstm,
  model,
  numbers,
  one,
  reduce,
  resize,
  steps,
  svdf,
  transposed,
} from "./operatorBuilders.js";

/** Small models, one for each way of an operator, which TensorFlow Lite Micro runs too. */
export const operatorModels: Readonly<Record<string, () => ModelSpec>> = {
  "softmax of each place": one("SOFTMAX", [1, 3, 4, 5], [1, 3, 4, 5], {
    ...{ type: 9, fields: [[0, "float32", 1]], to: [1 / 256, -128] },
  }),
  "dense on each place, one scale": one("FULLY_CONNECTED", [1, 3, 3, 8], [9, 4], {
    inputs: (builder) => [builder.weights([4, 8], [0.0123]), builder.bias([1, -200, 300, 4])],
    ...{ type: 8, fields: [[0, "int8", fused.relu]], to: [0.31, -100] },
  }),
  "dense on each row, a scale for each output": one("FULLY_CONNECTED", [1, 6, 8], [1, 6, 4], {
    inputs: (builder) => [builder.weights([4, 8], [0.01, 0.02, 0.03, 0.007])],
    ...{ type: 8, fields: [[2, "int8", 1]], to: [0.71, 5] },
  }),
  "a shape that is computed": model([1, 3, 4], (builder, input) => {
    const [shape, batch, packed] = [[3], [], [2]].map((axes) =>
      builder.tensor({ shape: axes, type: "int32" }),
    );
    const slice = [[0], [1], [1]].map((list) => builder.integers(list));
    builder.add({ type: "SHAPE", inputs: [input], outputs: [shape!] });
    builder.add({
      ...{ type: "STRIDED_SLICE", inputs: [shape!, ...slice], outputs: [batch!] },
      ...{ optionsType: 32, options: [[4, "int32", 1]] },
    });
    builder.add({
      ...{ type: "PACK", inputs: [batch!, builder.integers([12], [])], outputs: [packed!] },
      ...{ optionsType: 59, options: [[0, "int32", 2]] },
    });
    builder.add({
      type: "RESHAPE",
      inputs: [input, packed!],
      outputs: [builder.activation([1, 12], ...steps)],
    });
  }),
  "a sum with a value for each channel": binary("ADD", image, [6], {
    type: 11,
    fields: [[0, "int8", fused.relu]],
    to: [0.06, -30],
  }),
  "a difference from values for each channel": binary("SUB", image, [1, 1, 6], {
    first: true,
    type: 28,
    fields: [[0, "int8", fused.none]],
    to: [0.083, 9],
  }),
  "a difference of less than all": binary("SUB", [1, 7, 6], [1, 7, 1], {
    type: 28,
    fields: [[0, "int8", fused.relu6]],
    to: [0.031, -120],
    constantSteps: [0.07, 3],
  }),
  "a product with one value": binary("MUL", image, [], {
    type: 21,
    fields: [[0, "int8", fused.none]],
    to: [0.11, 4],
  }),
  "a product with values for each place": binary("MUL", image, [1, 4, 5, 1], {
    type: 21,
    fields: [[0, "int8", fused.relu]],
    to: [0.07, -90],
  }),
  "a product of rows and columns": model([1, 5, 6], (builder, input) => {
    const [row, product] = [
      [1, 1, 6],
      [1, 5, 6],
    ].map((shape) => builder.activation(shape, 0.1, 2));
    builder.add({
      ...{ type: "MEAN", inputs: [input, builder.integers([1])], outputs: [row!] },
      optionsType: 27,
      options: [[0, "int8", 1]],
    });
    builder.add({ type: "MUL", inputs: [row!, input], outputs: [product!], optionsType: 21, options: [] });
  }),
  "the larger of two": binary("MAXIMUM", image, [6], { constantSteps: steps }),
  "the smaller of two": binary("MINIMUM", image, [1, 4, 1, 6], { constantSteps: steps, first: true }),
  "PReLU with a value for each channel": binary("PRELU", image, [1, 1, 6], {
    to: [0.043, 17],
    constantSteps: [0.0078, -20],
  }),
  "leaky ReLU": one("LEAKY_RELU", image, image, { type: 75, fields: [[0, "float32", 0.1]], to: [0.031, 19] }),
  "leaky ReLU that grows below 0": one("LEAKY_RELU", image, image, {
    type: 75,
    fields: [[0, "float32", 1.7]],
    to: [0.061, -19],
  }),
  magnitudes: one("ABS", image, image, { to: [0.029, -128] }),
  "inverse roots": one("RSQRT", image, image, { from: [0.031, -128], to: [0.04, -128] }),
  "inverse roots of coarse steps": one("RSQRT", image, image, { from: [1.7, -128], to: [0.0041, -3] }),
  "hard swish": one("HARD_SWISH", image, image, { to: [0.052, -121] }),
  "hard swish of fine steps": one("HARD_SWISH", image, image, { from: [0.0021, 40], to: [0.0018, 3] }),
  "the mean of a series": reduce("MEAN", [1, 7, 6], [1], [1, 6], false, [0.02, 3]),
  "the mean of each place": reduce("MEAN", image, [3], [1, 4, 5, 1], true, [0.03, -3]),
  "the mean of rows": reduce("MEAN", image, [1], [1, 5, 6], false, [0.03, -3]),
  "the mean of everything": reduce("MEAN", image, [-1, 1, 2], [1], false, [0.01, 3]),
  "sums of columns": reduce("SUM", image, [2], [1, 4, 6], false, [0.19, -30]),
  "sums of channels": reduce("SUM", [1, 7, 6], [2], [1, 7, 1], true, [0.21, 30]),
  "the largest of each channel": reduce("REDUCE_MAX", image, [1, 2], [1, 6]),
  "the largest of each place": reduce("REDUCE_MAX", image, [3], [1, 4, 5, 1], true),
  "axes in another order": one("TRANSPOSE", image, [1, 6, 4, 5], { inputs: numbers(0, 3, 1, 2) }),
  "a slice": one("SLICE", image, [1, 2, 3, 6], {
    inputs: (builder) => [builder.integers([0, 1, 2, 0]), builder.integers([1, 2, -1, 6])],
  }),
  "a slice that goes back": one("STRIDED_SLICE", image, [1, 2, 5, 2], {
    inputs: (builder) =>
      [
        [0, 3, -1, 1],
        [1, 0, 0, 6],
        [1, -2, -1, 3],
      ].map((list) => builder.integers(list)),
    ...{ type: 32, fields: [[1, "int32", 4]] },
  }),
  "a slice without its axis": one("STRIDED_SLICE", image, [1, 5, 3], {
    inputs: (builder) =>
      [
        [0, -2, 0, 3],
        [1, 9, 9, 6],
        [1, 1e6, 1, 1],
      ].map((list) => builder.integers(list)),
    ...{
      type: 32,
      fields: [
        [0, "int32", 5],
        [1, "int32", 5],
        [4, "int32", 2],
      ],
    },
  }),
  "equal parts in another order": cut("SPLIT", image, Array(3).fill([1, 4, 5, 2]), 3, {
    ...{ before: (builder) => [builder.integers([3], [])], type: 35, fields: [[0, "int32", 3]] },
  }),
  "parts in another order": cut(
    "SPLIT_V",
    image,
    [
      [1, 1, 5, 6],
      [1, 3, 5, 6],
    ],
    1,
    {
      inputs: (builder) => [builder.integers([1, -1]), builder.integers([1], [])],
      ...{ type: 79, fields: [[0, "int32", 2]] },
    },
  ),
  "rows taken apart and packed along another axis": cut("UNPACK", image, Array(4).fill([1, 5, 6]), 1, {
    ...{
      type: 64,
      fields: [
        [0, "int32", 4],
        [1, "int32", 1],
      ],
    },
  }),
  "places that are gathered": one("GATHER", image, [1, 4, 7, 6], {
    inputs: numbers(0, 2, 4, 4, 3, 2, 0),
    ...axisOptions(2),
  }),
  "channels to places": one("DEPTH_TO_SPACE", [1, 3, 2, 12], [1, 6, 4, 3], {
    type: 94,
    fields: [[0, "int32", 2]],
  }),
  "places to channels": one("SPACE_TO_DEPTH", [1, 4, 6, 3], [1, 2, 3, 12], {
    type: 19,
    fields: [[0, "int32", 2]],
  }),
  "each row and column twice": resize("RESIZE_NEAREST_NEIGHBOR", image, [1, 8, 10, 6]),
  "the nearest of fewer places": resize("RESIZE_NEAREST_NEIGHBOR", [1, 9, 7, 2], [1, 5, 6, 2], [false, true]),
  "the nearest of aligned corners": resize("RESIZE_NEAREST_NEIGHBOR", image, [1, 7, 11, 6], [true, false]),
  "between places": resize("RESIZE_BILINEAR", image, [1, 8, 10, 6]),
  "between the centres of places": resize("RESIZE_BILINEAR", image, [1, 7, 13, 6], [false, true]),
  "between places of aligned corners": resize("RESIZE_BILINEAR", image, [1, 9, 3, 6], [true, false]),
  "a transposed convolution": transposed([1, 4, 3, 5], [1, 8, 6, 3], [3, 3], [2, 2], same),
  "a transposed convolution with overlap on both sides": transposed(
    [1, 4, 3, 5],
    [1, 8, 9, 3],
    [4, 5],
    [2, 3],
    same,
    false,
  ),
  "a transposed convolution that grows": transposed([1, 3, 4, 5], [1, 7, 10, 2], [3, 4], [2, 2], valid),
  "axes of one put in and taken out": model([1, 5, 6], (builder, input) => {
    const [wide, narrow] = [
      [1, 1, 5, 6],
      [1, 5, 6],
    ].map((shape) => builder.activation(shape, ...steps));
    builder.add({ type: "EXPAND_DIMS", inputs: [input, builder.integers([1], [])], outputs: [wide!] });
    builder.add({
      ...{ type: "SQUEEZE", inputs: [wide!], outputs: [narrow!] },
      optionsType: 30,
      options: [[0, "int32s", [1]]],
    });
  }),
  "other values around": one("PADV2", [1, 3, 4], [1, 5, 7], {
    inputs: (builder) => [
      builder.integers([0, 0, 1, 1, 0, 3], [3, 2]),
      builder.tensor({ shape: [], data: Int8Array.of(77), scales: [steps[0]], zeroPoints: [steps[1]] }),
    ],
    ...{ type: 60, fields: [] },
  }),
  "a long short-term memory": lstm(5, 3, [0.0078, 0], 2 ** -12, 0),
  "a long short-term memory of one step, clipped": lstm(1, 5, [0.009, 11], 2 ** -11, 0.8),
  "a long short-term memory with a fine cell": lstm(4, 2, [0.0071, -9], 2 ** -14, 1.5),
  "an SVDF": svdf({
    ...{ type: "int8", filters: 6, memory: 4, rank: 2, state: [0.09, 5], output: [0.4, -11] },
    ...{ features: 0.011, time: 0.008 },
  }),
  "an SVDF whose memory wraps": svdf({
    ...{ type: "int8", filters: 5, memory: 3, rank: 1, state: [0.02, 60], output: [0.3, -128] },
    ...{ features: 0.011, time: 0.008 },
  }),
  "an SVDF of 16 bits": svdf({
    ...{ type: "int16", filters: 6, memory: 5, rank: 3, state: [0.0004, 0], output: [0.2, 3] },
    ...{ features: 0.011, time: 0.00003 },
  }),
  "an SVDF whose sums wrap": svdf({
    ...{ type: "int16", filters: 4, memory: 9, rank: 2, state: [0.0001, 0], output: [0.15, -4] },
    ...{ features: 0.011, time: 0.0003 },
  }),
  "a dilated convolution": dilated("CONV_2D", [2, 3], [2, 3, 0, 0], [0, 1, 0, 0]),
  "a dilated depthwise convolution": dilated("DEPTHWISE_CONV_2D", [2, 2], [2, 3, 1, 2], [0, 1, 0, 1]),
  "a dilated convolution over a series": dilatedSeries(),
};
