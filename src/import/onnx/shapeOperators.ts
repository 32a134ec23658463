import { elementCount, formatShape, type Shape } from "../../base/tensor.js";
import { broadcastShape, broadcastTo, reshapeConstant, transposeConstant } from "./constants.js";
import { Activation } from "./graphValues.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";
import { elementType } from "./onnxSchema.js";
import { reshapeActivation, spreadTo } from "./reshaping.js";
import { Constant } from "./tensorData.js";

const pass: OnnxOperator["apply"] = (context) => [context.value(0)];

/** Source: ONNX operators, Reshape. */
function targetShape(context: NodeContext, from: Shape): Shape {
  const asked = context.integersOf(1, "shape") ?? context.fail("has no shape");
  const isEmpty = context.integer("allowzero", 0) !== 0 && asked.includes(0);
  context.expect(!isEmpty, "has allowzero, where a 0 is a size of 0");
  const sizes = asked.map((size, axis) => (size === 0 ? (from[axis] ?? 0) : size));
  const known = elementCount(sizes.filter((size) => size !== -1));
  const isWhole = sizes.every((size) => Number.isInteger(size) && (size > 0 || size === -1));
  const open = sizes.filter((size) => size === -1).length;
  const shape = sizes.map((size) => (size === -1 ? elementCount(from) / known : size));
  if (!isWhole || open > 1 || sizes.length > 8 || elementCount(shape) !== elementCount(from)) {
    context.fail(`makes ${formatShape(asked.slice(0, 8))} of ${formatShape(from)}`);
  }
  if (shape.some((size) => !Number.isInteger(size))) {
    context.fail(`makes ${formatShape(asked)} of ${formatShape(from)}`);
  }
  return shape;
}

/** What is pending by axis is done first: afterwards its axis is another. */
function movable(context: NodeContext): Activation {
  const value = context.activation();
  const { affine, margins } = value.pending;
  const isByAxis = margins !== undefined || (affine !== undefined && affine.axis !== "none");
  return isByAxis ? context.builder.materialize(value) : value;
}

const reshaping = (
  attributes: readonly string[],
  shapeFor: (context: NodeContext, from: Shape, batch: number | undefined) => Shape,
): OnnxOperator => ({
  attributes,
  fold: (context) => {
    const constant = context.constant(0, "data");
    return [reshapeConstant(constant, shapeFor(context, constant.shape, undefined))];
  },
  apply: (context) => {
    const value = movable(context);
    return [reshapeActivation(context, value, shapeFor(context, context.shapeOf(value), value.batch))];
  },
});

function squeezed(context: NodeContext, from: Shape, batch: number | undefined): Shape {
  const given = context.integersOf(1, "axes");
  const axes =
    given?.map((axis) => context.axis(axis, from.length)) ??
    from.flatMap((size, axis) => (size === 1 && axis !== batch ? [axis] : []));
  if (axes.some((axis) => from[axis] !== 1)) context.fail(`drops axes [${axes}] of ${formatShape(from)}`);
  if (batch !== undefined && axes.includes(batch)) context.fail("drops the axis of the samples");
  return from.filter((_, axis) => !axes.includes(axis));
}

function unsqueezed(context: NodeContext, from: Shape): Shape {
  const given = context.integersOf(1, "axes") ?? context.fail("has no axes");
  const rank = from.length + given.length;
  const axes = new Set(given.map((axis) => context.axis(axis, rank)));
  context.expect(axes.size === given.length && rank <= 8, `adds the axes [${given.slice(0, 8)}]`);
  const sizes = [...from];
  return Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : sizes.shift()!));
}

function flattened(context: NodeContext, from: Shape): Shape {
  const asked = context.integer("axis", 1);
  const axis = asked === from.length ? asked : context.axis(asked, from.length);
  return [elementCount(from.slice(0, axis)), elementCount(from.slice(axis))];
}

function orderOf(context: NodeContext, rank: number): number[] {
  const order = context.integers("perm") ?? Array.from({ length: rank }, (_, k) => rank - 1 - k);
  const isRight = order.length === rank && order.every((_, axis) => order.includes(axis));
  if (!isRight) context.fail(`has the order [${order.slice(0, 8)}] for ${rank} axes`);
  return [...order];
}

function transposed(context: NodeContext): Activation {
  const value = movable(context);
  const order = orderOf(context, value.shape.length);
  const batch = value.batch === undefined ? undefined : order.indexOf(value.batch);
  return new Activation(value.number, value.layout.transpose(order), batch, value.pending);
}

/** Repeats values along axes of size 1. */
function expanded(context: NodeContext): Activation {
  const value = context.computed();
  const target = Array.from(context.constant(1, "its shape").values);
  const shape = broadcastShape(context.shapeOf(value), target);
  return spreadTo(context, value, shape);
}

function cast(constant: Constant, type: number): Constant {
  switch (type) {
    case elementType.float:
    case elementType.float16:
    case elementType.bfloat16:
    case elementType.double:
      return new Constant(constant.shape, Float32Array.from(constant.values), false);
    case elementType.bool:
      return new Constant(
        constant.shape,
        Float64Array.from(constant.values, (v) => Number(v !== 0)),
        true,
      );
    default:
      return new Constant(constant.shape, Float64Array.from(constant.values, Math.trunc), true);
  }
}

/** Operators that move, join or cut values, or tell of their shapes. */
export const shapeOperators: Readonly<Record<string, OnnxOperator>> = {
  Identity: { attributes: [], fold: (context) => [context.constant(0, "data")], apply: pass },
  Dropout: {
    attributes: ["ratio", "seed", "is_test"],
    apply: (context) => {
      const isTraining = context.has(2) && context.constant(2, "training_mode").values[0] !== 0;
      context.expect(!isTraining, "is in training mode", "export the model after model.eval()");
      return [context.value(0)];
    },
  },
  Cast: {
    attributes: ["to", "saturate"],
    fold: (context) => [cast(context.constant(0, "data"), context.integer("to", 0))],
    apply: (context) => {
      const type = context.integer("to", 0);
      context.expect(
        type === elementType.float,
        "makes another type of what the network computes",
        "keep it float32",
      );
      return [context.value(0)];
    },
  },
  Constant: {
    attributes: ["value", "value_float", "value_floats", "value_int", "value_ints"],
    fold: (context) => {
      const tensor = context.tensor("value");
      if (tensor !== undefined) return [tensor];
      const floats = context.attribute("value_floats")?.floats ?? undefined;
      const integers = context.integers("value_ints");
      if (floats !== undefined) return [new Constant([floats.length], Float32Array.from(floats), false)];
      if (integers !== undefined) return [Constant.integers(integers)];
      const float = context.attribute("value_float");
      if (float !== undefined) return [new Constant([], Float32Array.of(float.float), false)];
      const integer = context.attribute("value_int") ?? context.fail("has no value of numbers");
      return [Constant.integers([integer.integer], [])];
    },
  },
  ConstantOfShape: {
    attributes: ["value"],
    fold: (context) => {
      const shape = Array.from(context.constant(0, "its shape").values);
      const value = context.tensor("value") ?? new Constant([1], Float32Array.of(0), false);
      return [broadcastTo(reshapeConstant(value, [1]), shape.length === 0 ? [1] : shape)];
    },
  },
  Shape: {
    attributes: ["start", "end"],
    fold: (context) => [shapeConstant(context, context.constant(0, "data").shape)],
    apply: (context) => [shapeConstant(context, context.shapeOf(context.activation()))],
  },
  Reshape: reshaping(["allowzero", "shape"], targetShape),
  Squeeze: reshaping(["axes"], squeezed),
  Unsqueeze: reshaping(["axes"], unsqueezed),
  Flatten: reshaping(["axis"], flattened),
  Transpose: {
    attributes: ["perm"],
    fold: (context) => {
      const constant = context.constant(0, "data");
      return [transposeConstant(constant, orderOf(context, constant.shape.length))];
    },
    apply: (context) => [transposed(context)],
  },
  Expand: {
    attributes: [],
    fold: (context) => {
      const constant = context.constant(0, "data");
      const target = Array.from(context.constant(1, "its shape").values);
      return [broadcastTo(constant, broadcastShape(constant.shape, target))];
    },
    apply: (context) => [expanded(context)],
  },
};

function shapeConstant(context: NodeContext, shape: Shape): Constant {
  const end = context.attribute("end")?.integer ?? shape.length;
  return Constant.integers(shape.slice(context.integer("start", 0), end));
}
