import { formatShape } from "../../base/tensor.js";
import type { Pair } from "../../network/quantizedNetwork.js";
import { samePadding } from "../../network/windowGeometry.js";
import type { FlatTable } from "../flatTable.js";
import {
  conv2dOptions,
  depthwiseConv2dOptions,
  paddingNames,
  pool2dOptions,
  resizeOptions,
  transposeConvOptions,
} from "../tfliteSchema.js";
import type { FloatContext, FloatOperator } from "./floatContext.js";

/** Rows and columns around an image, as ONNX lists them. */
function pads(context: FloatContext, number: number, ...geometry: Parameters<typeof samePadding>): number[] {
  const name = paddingNames[number] ?? context.fail(`has padding of number ${number}`);
  if (name === "VALID") return [0, 0, 0, 0];
  const { top, left, bottom, right } = samePadding(...geometry);
  return [top, left, bottom, right];
}

/** Larger windows and steps than any image that fits a microcontroller. */
const largest = 65535;

function pair(context: FloatContext, what: string, vertical: number, horizontal: number): Pair {
  if ([vertical, horizontal].every((value) => value >= 1 && value <= largest)) return [vertical, horizontal];
  return context.fail(`has ${what} ${vertical} x ${horizontal}; 1 to ${largest} are possible`);
}

/** How a convolution moves over the image. */
function movement(
  context: FloatContext,
  options: FlatTable,
  fields: typeof conv2dOptions | typeof depthwiseConv2dOptions,
  window: Pair,
) {
  const [, height, width] = context.shape();
  const strides = pair(context, "strides", options.int32(fields.strideH), options.int32(fields.strideW));
  const { window: given } = context.operator;
  const [vertical, horizontal] = given?.dilations ?? [
    options.int32(fields.dilationH, 1),
    options.int32(fields.dilationW, 1),
  ];
  const dilations = pair(context, "dilations", vertical, horizontal);
  pair(context, "a window of", ...window);
  return {
    ...{ strides, dilations },
    pads: given
      ? [given.padding.top, given.padding.left, given.padding.bottom, given.padding.right]
      : pads(context, options.int8(fields.padding), [height, width], window, strides, dilations),
  };
}

/** @param order of the filters' axes: output channels, input channels, height, width */
function convolution(
  fields: typeof conv2dOptions | typeof depthwiseConv2dOptions,
  order: readonly number[],
): FloatOperator {
  return (context) => {
    const options = context.options(fields.type) ?? context.fail("has no options");
    const { shape } = context.constant(1, "weights");
    if (shape.length !== 4) context.fail(`has weights of shape ${formatShape(shape)}`);
    const [, perGroup, height, width] = order.map((axis) => shape[axis]);
    const channels = context.shape()[3] ?? 0;
    const settings = movement(context, options, fields, [height, width]);
    const group = channels / perGroup;
    if (!Number.isInteger(group) || group < 1) {
      context.fail(`has weights of shape ${formatShape(shape)} for ${channels} channels`);
    }
    const value = context.asImage((image) => {
      const inputs = [image, context.transposed(context.value(1), order)];
      if (context.has(2)) inputs.push(context.value(2));
      return context.put("Conv", inputs, { ...settings, group });
    });
    return context.activated(value, options.int8(fields.activation));
  };
}

const pooling =
  (operator: string): FloatOperator =>
  (context) => {
    const options = context.options(pool2dOptions.type) ?? context.fail("has no options");
    const [, height, width] = context.shape();
    const { filterHeight, filterWidth, strideH, strideW, padding, activation } = pool2dOptions;
    const window = pair(context, "a window of", options.int32(filterHeight), options.int32(filterWidth));
    const strides = pair(context, "strides", options.int32(strideH), options.int32(strideW));
    const around = pads(context, options.int8(padding), [height, width], window, strides);
    const value = context.asImage((image) =>
      context.put(operator, [image], { kernel_shape: window, strides, pads: around }),
    );
    return context.activated(value, options.int8(activation));
  };

/** Input 0 is the output's shape, 1 the weights [outputs, height, width, inputs], 2 the image, 3 the biases. */
const transposeConv: FloatOperator = (context) => {
  const options = context.options(transposeConvOptions.type) ?? context.fail("has no options");
  const { shape: weights } = context.constant(1, "weights");
  const [image, made] = [context.shape(2), context.outputShape];
  if (image.length !== 4 || weights.length !== 4 || made.length !== 4) {
    context.fail(`makes ${formatShape(made)} of ${formatShape(image)} with weights ${formatShape(weights)}`);
  }
  const { strideH, strideW, activation } = transposeConvOptions;
  const strides = pair(context, "strides", options.int32(strideH), options.int32(strideW));
  const isSame = paddingNames[options.int8(transposeConvOptions.padding)] === "SAME";
  const sides = strides.map((stride, axis) => {
    const whole = (image[axis + 1] - 1) * stride + weights[axis + 1];
    const more = whole - made[axis + 1];
    const before = isSame ? Math.max(0, Math.floor(more / 2)) : 0;
    return { before, after: Math.max(0, more - before), beyond: Math.max(0, -more) };
  });
  const inputs = [
    context.transposed(context.value(2), [0, 3, 1, 2]),
    context.transposed(context.value(1), [3, 0, 1, 2]),
  ];
  if (context.has(3)) inputs.push(context.value(3));
  const value = context.put("ConvTranspose", inputs, {
    strides,
    pads: [...sides.map(({ before }) => before), ...sides.map(({ after }) => after)],
    output_padding: sides.map(({ beyond }) => beyond),
  });
  return context.activated(context.transposed(value, [0, 2, 3, 1]), options.int8(activation));
};

const resizeNearest: FloatOperator = (context) => {
  const { type, alignCorners } = resizeOptions.nearest;
  const [from, to] = [context.shape(), context.outputShape];
  const factors = to.map((size, axis) => size / from[axis]);
  if (!factors.every((factor) => Number.isInteger(factor)) || context.options(type)?.boolean(alignCorners)) {
    context.fail(
      `makes ${formatShape(to)} of ${formatShape(from)}; each value several times, without align_corners, is imported`,
    );
  }
  const scales = context.graph.floats([1, 1, factors[1], factors[2]]);
  return context.asImage((image) =>
    context.put("Resize", [image, "", scales], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    }),
  );
};

/** Operators whose windows move over images. */
export const windowOperators: Readonly<Record<string, FloatOperator>> = {
  AVERAGE_POOL_2D: pooling("AveragePool"),
  CONV_2D: convolution(conv2dOptions, [0, 3, 1, 2]),
  DEPTHWISE_CONV_2D: convolution(depthwiseConv2dOptions, [3, 0, 1, 2]),
  MAX_POOL_2D: pooling("MaxPool"),
  RESIZE_NEAREST_NEIGHBOR: resizeNearest,
  TRANSPOSE_CONV: transposeConv,
};
