import { UserError } from "../../base/errors.js";
import { elementCount, formatShape, isSameShape, type Shape } from "../../base/tensor.js";
import { Concatenate } from "../../train/layers/merge.js";
import {
  broadcastShape,
  broadcastTo,
  concatConstants,
  gatherConstant,
  reshapeConstant,
  sliceIndices,
  transposeConstant,
} from "./constants.js";
import { transposeHint } from "./graphBuilder.js";
import { Activation } from "./graphValues.js";
import type { Layout } from "./layout.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";
import { elementType } from "./onnxSchema.js";
import { Constant } from "./tensorData.js";

const pass: OnnxOperator["apply"] = (context) => [context.value(0)];

/** Source: ONNX operators, Reshape. */
function targetShape(context: NodeContext, from: Shape): Shape {
  context.expect(context.integer("allowzero", 0) === 0, "has allowzero, where a 0 is a size of 0");
  const asked = context.integersOf(1, "shape") ?? context.fail("has no shape");
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

/** A reshape that keeps the samples apart. */
export function reshapeActivation(context: NodeContext, value: Activation, shape: Shape): Activation {
  const { batchSize } = context.settings;
  const { batch } = value;
  let newBatch: number | undefined;
  if (batch !== undefined) {
    const before = elementCount(value.shape.slice(0, batch));
    newBatch = shape.findIndex(
      (size, axis) => size === batchSize && elementCount(shape.slice(0, axis)) === before,
    );
    if (newBatch < 0) {
      context.fail(
        `makes ${formatShape(shape)} of ${formatShape(context.shapeOf(value))}, which joins the axis of the samples to another`,
        "export the model for one sample: dummy input of batch 1, without dynamic_axes",
      );
    }
  }
  const own = newBatch === undefined ? shape : shape.with(newBatch, 1);
  const layout = value.layout.reshape(own);
  if (layout === undefined) {
    context.fail(`makes ${formatShape(shape)} of ${formatShape(context.shapeOf(value))}`, transposeHint);
  }
  return new Activation(value.number, layout as Layout, newBatch, value.pending);
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

/** Activations side by side along an axis: whatever lies inside of it moves with it. */
function concatenated(context: NodeContext): Activation {
  const values = context.inputs.map((_, k) => context.computed(k));
  const [first] = values;
  const [axis] = context.axes([context.integer("axis", Number.NaN)], first);
  if (values.length === 1) return first;
  const rest = ({ layout }: Activation) => layout.replace(new Map([[axis, 1]]));
  for (const value of values) {
    const isAlike = isSameShape(value.shape.with(axis, 1), first.shape.with(axis, 1));
    context.expect(isAlike, `joins ${formatShape(first.shape)} and ${formatShape(value.shape)}`);
    const isInOrder = value.layout.axisIndices(axis).every((index, at) => index === at);
    const isSame = rest(value).isSameAs(rest(first)) && value.batch === first.batch;
    context.expect(isSame && isInOrder, "joins values whose axes lie in different orders", transposeHint);
  }
  const widest = values.find(({ shape }) => shape[axis] > 1) ?? first;
  const place = widest.layout.place([axis]);
  if (place === undefined) return context.fail("joins an axis that does not lie side by side", transposeHint);
  const outer = widest.shape[axis] > 1 ? place.outer : rest(first).elements;
  const inner = rest(first).elements / outer;
  const inputs = values.map((value) => {
    const width = value.shape[axis] * inner;
    return context.builder.view(value.number, outer === 1 ? [width] : [outer, width]);
  });
  const shapes = inputs.map((number) => context.builder.shapeOf(number));
  const number = context.builder.put(new Concatenate(context.builder.name(), shapes), inputs);
  const total = values.reduce((sum, { shape }) => sum + shape[axis], 0);
  return new Activation(number, widest.layout.replace(new Map([[axis, total]])), first.batch);
}

/** An activation that is no more than spread over axes of size 1 stays as it is. */
function expanded(context: NodeContext): Activation {
  const value = context.activation();
  const target = Array.from(context.constant(1, "its shape").values);
  const from = context.shapeOf(value);
  const isSame = isSameShape(broadcastShape(from, target), from);
  return isSame ? value : context.fail("repeats values along an axis, which no layer does");
}

function sliced(context: NodeContext): Constant {
  let constant = context.constant(0, "data");
  const starts = context.integersOf(1, "starts") ?? [];
  const ends = context.integersOf(2, "ends") ?? [];
  const axes = context.integersOf(3, "axes") ?? starts.map((_, axis) => axis);
  const steps = context.has(4) ? Array.from(context.constant(4, "steps").values) : starts.map(() => 1);
  context.expect(
    ends.length === starts.length && axes.length === starts.length,
    "has lists of unequal length",
  );
  axes.forEach((given, k) => {
    const axis = context.axis(given, constant.shape.length);
    const indices = sliceIndices(constant.shape[axis], starts[k], ends[k], steps[k]);
    constant = gatherConstant(constant, Constant.integers(indices), axis);
  });
  return constant;
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
  Concat: {
    attributes: ["axis"],
    fold: (context) => {
      const constants = context.inputs.map((_, k) => context.constant(k, "data"));
      return [
        concatConstants(constants, context.axis(context.integer("axis", 0), constants[0].shape.length)),
      ];
    },
    apply: (context) => [concatenated(context)],
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
  Gather: {
    attributes: ["axis"],
    fold: (context) => {
      const constant = context.constant(0, "data");
      const axis = context.axis(context.integer("axis", 0), constant.shape.length);
      return [gatherConstant(constant, context.constant(1, "indices"), axis)];
    },
  },
  Slice: { attributes: ["starts", "ends", "axes"], fold: (context) => [sliced(context)] },
};

function shapeConstant(context: NodeContext, shape: Shape): Constant {
  const end = context.attribute("end")?.integer ?? shape.length;
  return Constant.integers(shape.slice(context.integer("start", 0), end));
}

/** @throws UserError unless it is a single number */
export function scalarOf(context: NodeContext, input: number, what: string): number {
  const { values } = context.constant(input, what);
  if (values.length !== 1) throw new UserError(`takes ${what} of ${values.length} values; one is taken`);
  return values[0];
}
