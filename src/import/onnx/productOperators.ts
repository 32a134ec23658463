import { formatShape, Tensor } from "../../base/tensor.js";
import { BatchNorm } from "../../train/layers/batchNorm.js";
import { Convolution } from "../../train/layers/convolution.js";
import { Dense } from "../../train/layers/dense.js";
import { seriesWindows } from "../../train/layers/window.js";
import { applyAffine } from "./arithmeticOperators.js";
import { broadcastShape, broadcastTo, reshapeConstant, transposeConstant } from "./constants.js";
import { Activation, isConstant } from "./graphValues.js";
import { Layout } from "./layout.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";
import { Constant } from "./tensorData.js";

const attention = "multiplies two values that the network computes, as attention does";
const noAttention = "no layer of this pinfer does: there is no way to run attention on the device";

/**
 * The last axis times weights. One row is a dense layer, several are a convolution of size 1 over them.
 *
 * @param weights [outFeatures, inFeatures]
 */
function product(
  context: NodeContext,
  given: Activation,
  weights: Constant,
  bias: ArrayLike<number> | undefined,
): Activation {
  const { builder } = context;
  const axis = given.shape.length - 1;
  context.axes([axis], given);
  const isRow = given.layout.place([axis])?.inner === 1;
  const value = isRow ? given : builder.arrange(given, Layout.of(given.layout.shape));
  const { layout, batch } = value;
  const [outFeatures, inFeatures] = weights.shape;
  if (value.shape[axis] !== inFeatures) {
    const [given, taken] = [context.shapeOf(value), [inFeatures, outFeatures]].map(formatShape);
    context.fail(`multiplies ${given} by weights ${taken}`);
  }
  const order = layout.axisIndices(axis);
  const data = new Float32Array(outFeatures * inFeatures);
  for (let o = 0; o < outFeatures; o++) {
    for (let i = 0; i < inFeatures; i++) data[o * inFeatures + i] = weights.values[o * inFeatures + order[i]];
  }
  const biases = bias && new Tensor([outFeatures], Float32Array.from(bias));
  const rows = layout.elements / inFeatures;
  const name = builder.name();
  const shape = rows === 1 ? [inFeatures] : [rows, inFeatures];
  const window = { size: 1, stride: 1, dilation: 1, padding: "valid" } as const;
  const layer =
    rows === 1
      ? new Dense(name, new Tensor([outFeatures, inFeatures], data), biases)
      : new Convolution(
          "conv1d",
          name,
          shape,
          seriesWindows(name, shape, window),
          outFeatures,
          new Tensor([outFeatures, 1, inFeatures], data),
          biases,
        );
  const number = builder.put(layer, [builder.view(value.number, shape)]);
  return new Activation(number, layout.replace(new Map([[axis, outFeatures]])), batch);
}

const scaled = (constant: Constant, factor: number): Constant =>
  factor === 1
    ? constant
    : new Constant(constant.shape, constant.values.map((value) => value * factor) as Float32Array, false);

function gemm(context: NodeContext): Activation {
  if (!isConstant(context.value(1))) context.fail(attention, noAttention);
  context.expect(context.integer("transA", 0) === 0, "has transA: it multiplies columns of its input");
  const value = context.computed();
  context.expect(
    value.shape.length === 2,
    `takes ${formatShape(context.shapeOf(value))}; two axes are expected`,
  );
  const given = context.constant(1, "weights");
  context.expect(given.shape.length === 2, `has weights of shape ${formatShape(given.shape)}`);
  const turned = context.integer("transB", 0) === 1 ? given : transposeConstant(given, [1, 0]);
  const weights = scaled(turned, context.float("alpha", 1));
  const [outFeatures] = weights.shape;
  if (!context.has(2)) return product(context, value, weights, undefined);
  const c = context.constant(2, "biases");
  const isRow = c.shape.slice(0, -1).every((size) => size === 1);
  const beta = context.float("beta", 1);
  if (isRow || value.shape[0] === 1) {
    const row = isRow ? [outFeatures] : [1, outFeatures];
    broadcastShape(c.shape, row);
    const bias = broadcastTo(isRow ? reshapeConstant(c, c.shape.slice(-1)) : c, row);
    context.expect(bias.values.length === outFeatures, `has biases of shape ${formatShape(c.shape)}`);
    return product(context, value, weights, scaled(bias, beta).values);
  }
  return context.fail(`has biases of shape ${formatShape(c.shape)}; one for each output is expected`);
}

/** A vector has no second axis; ONNX gives it one and takes it away again. */
function matMul(context: NodeContext): Activation {
  const [a, b] = [context.value(0), context.value(1)];
  if (!isConstant(a) && !isConstant(b)) return context.fail(attention, noAttention);
  if (isConstant(a)) {
    // W · x = (xᵀ · Wᵀ)ᵀ, and transposing costs nothing
    const value = context.computed(1);
    const rank = value.shape.length;
    if (a.shape.length !== 2 || rank < 2) {
      context.fail(`multiplies a constant ${formatShape(a.shape)} by ${formatShape(context.shapeOf(value))}`);
    }
    const order = [...value.shape.keys()].with(rank - 1, rank - 2).with(rank - 2, rank - 1);
    const turn = ({ number, layout, batch }: Activation) =>
      new Activation(number, layout.transpose(order), batch === undefined ? batch : order.indexOf(batch));
    return turn(product(context, turn(value), a, undefined));
  }
  const constant = b as Constant;
  const matrix = constant.shape.slice(-2);
  const isMatrix = constant.shape.length >= 2 && constant.shape.slice(0, -2).every((size) => size === 1);
  const value = context.computed();
  if (!isMatrix || value.shape.length < Math.max(2, constant.shape.length)) {
    const shapes = `${formatShape(context.shapeOf(value))} by ${formatShape(constant.shape)}`;
    context.fail(`multiplies ${shapes}; weights [inputs, outputs] are expected`);
  }
  return product(context, value, transposeConstant(reshapeConstant(constant, matrix), [1, 0]), undefined);
}

/**
 * Normalization by stored statistics. Where the channels lie last it is the layer that training has; elsewhere what it
 * comes to.
 */
function batchNormalization(context: NodeContext): Activation {
  const { builder } = context;
  context.expect(
    context.integer("training_mode", 0) === 0,
    "is in training mode",
    "export after model.eval()",
  );
  context.expect(context.integer("spatial", 1) === 1, "has statistics for each pixel");
  context.expect(context.node.outputs.filter((name) => name !== "").length === 1, "also gives statistics");
  const value = context.activation();
  const [axis] = context.axes([1], value);
  const channels = value.shape[axis];
  const what = ["scale", "bias", "mean", "variance"];
  const [gamma, beta, mean, variance] = what.map((name, k) => context.constant(k + 1, name).values);
  const counts = [gamma, beta, mean, variance].map(({ length }) => length);
  context.expect(
    counts.every((count) => count === channels),
    `has [${counts}] numbers for ${channels} channels`,
  );
  const epsilon = context.float("epsilon", 1e-5);
  const isRight = epsilon > 0 && variance.every((v) => v + epsilon > 0);
  context.expect(isRight, `has an epsilon of ${epsilon}, with which a variance is not above 0`);
  const momentum = context.float("momentum", 0.9);
  const isChannelLast = value.layout.place([axis])?.inner === 1;
  const isMade = value.number > 0 && value.pending.margins === undefined;
  if (!(isChannelLast && isMade && momentum >= 0 && momentum < 1)) {
    const factors = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c] + epsilon));
    const offsets = factors.map((factor, c) => beta[c] - mean[c] * factor);
    return applyAffine(context, value, { axis, factors, offsets });
  }
  const { number, layout, batch } = builder.materialize(value);
  const order = layout.axisIndices(axis);
  const tensor = (values: ArrayLike<number>) =>
    new Tensor(
      [channels],
      Float32Array.from(order, (channel) => values[channel]),
    );
  const shape = builder.shapeOf(number);
  const rows = layout.elements / channels;
  const from =
    shape.at(-1) === channels ? number : builder.view(number, rows === 1 ? [channels] : [rows, channels]);
  const parts = [gamma, beta, mean, variance].map(tensor);
  const constants = { epsilon, momentum };
  const [g, b, m, v] = parts;
  const layer = new BatchNorm(builder.name(), builder.shapeOf(from), constants, g, b, m, v);
  return new Activation(builder.put(layer, [from]), layout, batch);
}

/** Layers with weights that see every value of a row, and normalization. */
export const productOperators: Readonly<Record<string, OnnxOperator>> = {
  Gemm: { attributes: ["alpha", "beta", "transA", "transB"], apply: (context) => [gemm(context)] },
  MatMul: { attributes: [], apply: (context) => [matMul(context)] },
  BatchNormalization: {
    attributes: ["epsilon", "momentum", "spatial", "training_mode"],
    apply: (context) => [batchNormalization(context)],
  },
};
