import { formatShape } from "../../base/tensor.js";
import { sliceAxes } from "../sliceAxes.js";
import {
  blockOptions,
  gatherOptions,
  packOptions,
  splitOptions,
  stridedSliceOptions,
  unpackOptions,
} from "../tfliteSchema.js";
import type { FloatContext, FloatOperator } from "./floatContext.js";

/** The same values in the shape that the file declares. */
const reshape: FloatOperator = (context) =>
  context.put("Reshape", [context.value(), context.graph.integers([...context.outputShape])]);

/** Some values of each axis. */
function sliced(
  context: FloatContext,
  parts: readonly { readonly start: number; readonly count: number; readonly stride: number }[],
): string {
  const lists = [
    parts.map(({ start }) => start),
    // beyond the first value, going back
    parts.map(({ start, count, stride }) => {
      const end = start + count * stride;
      return end < 0 ? -(2 ** 31) : end;
    }),
    parts.map((_, axis) => axis),
    parts.map(({ stride }) => stride),
  ];
  return context.put("Slice", [context.value(), ...lists.map((list) => context.graph.integers(list))]);
}

const slice: FloatOperator = (context) => {
  const shape = context.shape();
  const [begin, size] = [context.integers(1, "beginnings", 8), context.integers(2, "sizes", 8)];
  const parts = shape.map((all, axis) => {
    const start = begin[axis] ?? -1;
    return { start, count: size[axis] === -1 ? all - start : (size[axis] ?? 0), stride: 1 };
  });
  if (parts.some(({ start, count }, axis) => start < 0 || count < 1 || start + count > shape[axis])) {
    context.fail(`takes ${formatShape(size)} values from ${formatShape(begin)} on of ${formatShape(shape)}`);
  }
  return sliced(context, parts);
};

const stridedSlice: FloatOperator = (context) => {
  const [begin, end, strides] = ["beginnings", "ends", "steps"].map((what, i) =>
    context.integers(i + 1, what, 8),
  );
  const options = context.options(stridedSliceOptions.type) ?? context.fail("has no options");
  const parts = sliceAxes(options, context.shape(), begin, end, strides);
  if (parts === undefined || parts.some(({ count }) => count < 1)) {
    return context.fail(
      "takes a slice with new axes, an ellipsis or no value",
      "slices are imported that take one value and more of each axis",
    );
  }
  const shape = parts.map(({ count }) => count);
  return context.reshaped(sliced(context, parts), shape, context.outputShape);
};

const pad: FloatOperator = (context) => {
  const amounts = context.integers(1, "paddings", 16);
  const rank = context.shape().length;
  if (amounts.length !== 2 * rank) context.fail(`has ${amounts.length} paddings for ${rank} axes`);
  const side = (which: number) => context.shape().map((_, axis) => amounts[2 * axis + which]);
  const inputs = [context.value(), context.graph.integers([...side(0), ...side(1)])];
  if (context.has(2)) inputs.push(context.value(2));
  return context.put("Pad", inputs);
};

const transpose: FloatOperator = (context) => {
  const rank = context.shape().length;
  return context.transposed(
    context.value(),
    context.integers(1, "an order of axes", 8).map((axis) => context.axis(axis, rank)),
  );
};

function parts(context: FloatContext, input: number, axis: number, sizes: readonly number[]): string[] {
  const { length } = context.operator.outputs;
  if (sizes.length !== length) context.fail(`has ${length} outputs for ${sizes.length} parts`);
  return context.parts("Split", [context.value(input), context.graph.integers(sizes)], { axis }, length);
}

const equalParts = (count: number, whole: number): number[] => new Array<number>(count).fill(whole / count);

/** The axis comes first, then the input. */
const split: FloatOperator = (context) => {
  const shape = context.shape(1);
  const axis = context.axis(context.integers(0, "an axis", 1)[0], shape.length);
  const count = context.options(splitOptions.type)?.int32(splitOptions.count) ?? 0;
  if (count < 1 || count > 256) context.fail(`makes ${count} parts`);
  return parts(context, 1, axis, equalParts(count, shape[axis]));
};

const splitV: FloatOperator = (context) => {
  const shape = context.shape();
  const axis = context.axis(context.integers(2, "an axis", 1)[0], shape.length);
  const given = context.integers(1, "sizes", 256);
  const rest = shape[axis] - given.reduce((sum, size) => sum + Math.max(size, 0), 0);
  const sizes = given.map((size) => (size === -1 ? rest : size));
  return parts(context, 0, axis, sizes);
};

const unpack: FloatOperator = (context) => {
  const shape = context.shape();
  const options = context.options(unpackOptions.type);
  const axis = context.axis(options?.int32(unpackOptions.axis) ?? 0, shape.length);
  const taken = parts(context, 0, axis, equalParts(context.operator.outputs.length, shape[axis]));
  return taken.map((value) => context.reshaped(value, shape.with(axis, 1), shape.toSpliced(axis, 1)));
};

const pack: FloatOperator = (context) => {
  const shape = context.shape();
  const options = context.options(packOptions.type);
  const axis = context.axis(options?.int32(packOptions.axis) ?? 0, shape.length + 1);
  const inputs = context.operator.inputs.map((_, position) =>
    context.reshaped(context.value(position), context.shape(position), shape.toSpliced(axis, 0, 1)),
  );
  return context.put("Concat", inputs, { axis });
};

const gather: FloatOperator = (context) => {
  const options = context.options(gatherOptions.type);
  if ((options?.int32(gatherOptions.batchAxes) ?? 0) !== 0) context.fail("gathers for each of a batch");
  const axis = context.axis(options?.int32(gatherOptions.axis) ?? 0, context.shape().length);
  context.constant(1, "places");
  return context.put("Gather", [context.value(), context.value(1)], { axis });
};

/** Channels in blocks become places of an image, or the other way. */
const moveBlocks =
  (toSpace: boolean): FloatOperator =>
  (context) => {
    const { toSpace: spaceType, toDepth: depthType, size } = blockOptions;
    const block = context.options(toSpace ? spaceType : depthType)?.int32(size) ?? 0;
    const shape = context.shape();
    if (shape.length !== 4 || block < 1) context.fail(`has blocks of ${block} for ${formatShape(shape)}`);
    const [batch, height, width, channels] = shape;
    const blocks = toSpace
      ? [batch, height, width, block, block, channels / block ** 2]
      : [batch, height / block, block, width / block, block, channels];
    if (!blocks.every(Number.isInteger)) context.fail(`has blocks of ${block} for ${formatShape(shape)}`);
    const apart = context.reshaped(context.value(), shape, blocks);
    const turned = context.transposed(apart, [0, 1, 3, 2, 4, 5]);
    return context.put("Reshape", [turned, context.graph.integers([...context.outputShape])]);
  };

/** Operators that put the same values elsewhere. */
export const moveOperators: Readonly<Record<string, FloatOperator>> = {
  DEPTH_TO_SPACE: moveBlocks(true),
  EXPAND_DIMS: reshape,
  GATHER: gather,
  PACK: pack,
  PAD: pad,
  PADV2: pad,
  RESHAPE: reshape,
  SLICE: slice,
  SPACE_TO_DEPTH: moveBlocks(false),
  SPLIT: split,
  SPLIT_V: splitV,
  SQUEEZE: reshape,
  STRIDED_SLICE: stridedSlice,
  TRANSPOSE: transpose,
  UNPACK: unpack,
};
