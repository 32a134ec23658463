import { formatShape, isSameShape } from "../../base/tensor.js";
import { Concatenate } from "../../train/layers/merge.js";
import { concatConstants, gatherConstant, sliceIndices } from "./constants.js";
import { Activation } from "./graphValues.js";
import { Layout } from "./layout.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";
import { reshapeActivation } from "./reshaping.js";
import { Constant } from "./tensorData.js";

/** Activations side by side along an axis: whatever lies inside of it moves with it. */
function concatenated(context: NodeContext): Activation {
  const { builder } = context;
  const given = context.inputs.map((_, k) => context.computed(k));
  const [axis] = context.axes([context.integer("axis", Number.NaN)], given[0]);
  if (given.length === 1) return given[0];
  const widest = given.find(({ shape }) => shape[axis] > 1) ?? given[0];
  const isOrdered = widest.layout.axisIndices(axis).every((index, at) => index === at);
  const isWhole = isOrdered && widest.layout.place([axis]) !== undefined;
  const pattern = isWhole ? widest.layout : Layout.of(widest.layout.shape);
  const rest = pattern.replace(new Map([[axis, 1]]));
  const values = given.map((value) => {
    const isAlike = isSameShape(value.shape.with(axis, 1), widest.shape.with(axis, 1));
    if (!isAlike || value.batch !== widest.batch) {
      context.fail(`joins ${formatShape(widest.shape)} and ${formatShape(value.shape)}`);
    }
    const own = pattern.replace(new Map([[axis, value.shape[axis]]]));
    return value.shape[axis] === 1 && value.layout.isSameAs(rest) ? value : builder.arrange(value, own);
  });
  const outer = widest.shape[axis] > 1 ? pattern.place([axis])!.outer : rest.elements;
  const inner = rest.elements / outer;
  const inputs = values.map(({ number, shape }) => {
    const width = shape[axis] * inner;
    return builder.view(number, outer === 1 ? [width] : [outer, width]);
  });
  const shapes = inputs.map((number) => builder.shapeOf(number));
  const number = builder.put(new Concatenate(builder.name(), shapes), inputs);
  const total = values.reduce((sum, { shape }) => sum + shape[axis], 0);
  return new Activation(number, pattern.replace(new Map([[axis, total]])), widest.batch);
}

/** Some indices of an axis, which must lie at one distance from each other. */
function taken(
  context: NodeContext,
  value: Activation,
  axis: number,
  indices: readonly number[],
): Activation {
  const [first, second = first + 1] = indices;
  const step = second - first;
  context.expect(indices.length > 0, "takes nothing of its input");
  context.expect(
    indices.every((index, k) => index === first + k * step),
    `takes the indices [${indices.slice(0, 8)}], which lie at no regular distance`,
  );
  context.axes([axis], value);
  const isWhole = indices.length === value.shape[axis] && first === 0 && step === 1;
  return isWhole ? value : context.builder.slice(value, axis, first, indices.length, step);
}

function gathered(context: NodeContext): Activation {
  const value = context.computed();
  const { shape } = value;
  const axis = context.axis(context.integer("axis", 0), shape.length);
  const indices = context.constant(1, "indices");
  const places = Array.from(indices.values, (index) => context.axis(index, shape[axis]));
  const result = taken(context, value, axis, places);
  const sizes = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
  if (result.batch === undefined) return reshapeActivation(context, result, sizes);
  const batched = result.batch < axis ? result.batch : result.batch - 1 + indices.shape.length;
  return reshapeActivation(context, result, sizes.with(batched, context.settings.batchSize));
}

function slicedActivation(context: NodeContext): Activation {
  let value = context.computed();
  for (const { axis: given, start, end, step } of slices(context)) {
    const axis = context.axis(given, value.shape.length);
    const size = context.shapeOf(value)[axis];
    const indices = sliceIndices(size, start, end, step);
    const isWhole = indices.length === size && step === 1;
    if (!isWhole) value = taken(context, value, axis, indices);
  }
  return value;
}

function split(context: NodeContext): Activation[] {
  const value = context.computed();
  const axis = context.axis(context.integer("axis", 0), value.shape.length);
  const parts = context.node.outputs.length;
  const size = value.shape[axis];
  const even = Math.ceil(size / parts);
  const given = context.integersOf(1, "split");
  const sizes = given ?? Array.from({ length: parts }, (_, k) => Math.min(even, size - k * even));
  const total = sizes.reduce((sum, part) => sum + part, 0);
  const isRight = sizes.length === parts && total === size && sizes.every((part) => part >= 1);
  context.expect(isRight, `splits ${size} into [${sizes.slice(0, 8)}]`);
  let start = 0;
  return sizes.map((count) => {
    const indices = Array.from({ length: count }, (_, k) => start + k);
    start += count;
    return taken(context, value, axis, indices);
  });
}

interface AxisSlice {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

function slices(context: NodeContext): AxisSlice[] {
  const starts = context.integersOf(1, "starts") ?? [];
  const ends = context.integersOf(2, "ends") ?? [];
  const axes = context.integersOf(3, "axes") ?? starts.map((_, axis) => axis);
  const steps = context.has(4) ? Array.from(context.constant(4, "steps").values) : starts.map(() => 1);
  const isEven =
    ends.length === starts.length && axes.length === starts.length && steps.length === starts.length;
  context.expect(isEven, "has lists of unequal length");
  return axes.map((axis, k) => ({ axis, start: starts[k], end: ends[k], step: steps[k] }));
}

function sliced(context: NodeContext): Constant {
  return slices(context).reduce(
    (constant, { axis: given, start, end, step }) => {
      const axis = context.axis(given, constant.shape.length);
      const indices = sliceIndices(constant.shape[axis], start, end, step);
      return gatherConstant(constant, Constant.integers(indices), axis);
    },
    context.constant(0, "data"),
  );
}

/** Operators that join activations, or take parts of one. */
export const selectOperators: Readonly<Record<string, OnnxOperator>> = {
  Concat: {
    attributes: ["axis"],
    fold: (context) => {
      const { shape } = context.constant(0, "data");
      const constants = context.inputs.map((_, k) => context.constant(k, "data"));
      return [concatConstants(constants, context.axis(context.integer("axis", 0), shape.length))];
    },
    apply: (context) => [concatenated(context)],
  },
  Gather: {
    attributes: ["axis"],
    fold: (context) => {
      const constant = context.constant(0, "data");
      const axis = context.axis(context.integer("axis", 0), constant.shape.length);
      return [gatherConstant(constant, context.constant(1, "indices"), axis)];
    },
    apply: (context) => [gathered(context)],
  },
  Slice: {
    attributes: ["starts", "ends", "axes"],
    fold: (context) => [sliced(context)],
    apply: (context) => [slicedActivation(context)],
  },
  Split: { attributes: ["axis", "split", "num_outputs"], apply: split },
};
