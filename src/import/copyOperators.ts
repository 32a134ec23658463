import { elementCount, formatShape, type Shape } from "../base/tensor.js";
import type { QuantizedCopy } from "../network/quantizedNetwork.js";
import { contiguousStrides } from "../network/stridedView.js";
import type { Activation } from "./activation.js";
import { joined } from "./joinOperators.js";
import type { ImportedLayer, LayerSettings, OperatorContext } from "./operatorContext.js";
import { sliceAxes } from "./sliceAxes.js";
import {
  blockOptions,
  gatherOptions,
  packOptions,
  splitOptions,
  stridedSliceOptions,
  unpackOptions,
} from "./tfliteSchema.js";

/** Outputs of an operator that cuts a tensor, or inputs of one that joins some. */
export const mostParts = 256;

type View = Pick<QuantizedCopy, "start" | "sizes" | "strides">;

/** The values of a view in its order: a reshape where that is all of them as they lie. */
function copy(input: Activation, { start, sizes, strides }: View): LayerSettings {
  const natural = contiguousStrides(sizes);
  const isAll = start === 0 && elementCount(sizes) === elementCount(input.shape);
  if (isAll && sizes.every((size, axis) => size === 1 || strides[axis] === natural[axis])) {
    return { kind: "reshape" };
  }
  return { kind: "copy", start, sizes, strides };
}

/** An input whose values one output takes. */
function copying(view: (context: OperatorContext, input: Activation) => View & { readonly shape: Shape }) {
  return (context: OperatorContext): ImportedLayer => {
    const input = context.input();
    const { shape, ...taken } = view(context, input);
    context.expectOutputShape(shape);
    context.expectSameQuantization(input);
    return { settings: copy(input, taken), inputs: [input] };
  };
}

function transposeView(fileShape: Shape, order: readonly number[]): View {
  const strides = contiguousStrides(fileShape);
  return {
    start: 0,
    sizes: order.map((axis) => fileShape[axis]),
    strides: order.map((axis) => strides[axis]),
  };
}

/** The input with its axes in another order, or itself where its values lie in that order. */
export function transposed(
  context: OperatorContext,
  input: Activation,
  order: readonly number[],
): Activation {
  const view = transposeView(input.fileShape, order);
  const settings = copy(input, view);
  return settings.kind === "reshape"
    ? input
    : context.step(settings, [input], view.sizes, input.quantization);
}

export const transpose = copying((context, { fileShape }) => {
  context.expectInputs(2);
  const order = context
    .integers(1, "the order of axes", 8)
    .map((axis) => context.axis(axis, fileShape.length));
  if (order.length !== fileShape.length || new Set(order).size !== order.length) {
    context.fail(`has ${formatShape(order)} as the order of ${fileShape.length} axes`);
  }
  const view = transposeView(fileShape, order);
  return { ...view, shape: view.sizes };
});

interface Part {
  readonly start: number;
  readonly count: number;
  readonly stride: number;
}

/** Some values along each axis. */
function partView({ fileShape }: Activation, parts: readonly Part[]): View {
  const strides = contiguousStrides(fileShape);
  return {
    start: parts.reduce((sum, { start }, axis) => sum + start * strides[axis], 0),
    sizes: parts.map(({ count }) => count),
    strides: parts.map(({ stride }, axis) => stride * strides[axis]),
  };
}

/** All of an axis. */
function whole(count: number): Part {
  return { start: 0, count, stride: 1 };
}

export const slice = copying((context, input) => {
  context.expectInputs(3);
  const { fileShape } = input;
  const [begin, size] = [context.integers(1, "beginnings", 8), context.integers(2, "sizes", 8)];
  const parts = fileShape.map((all, axis) => {
    const start = begin[axis] ?? -1;
    const count = size[axis] === -1 ? all - start : (size[axis] ?? 0);
    return { start, count, stride: 1 };
  });
  if (parts.some(({ start, count }, axis) => start < 0 || count < 1 || start + count > fileShape[axis])) {
    context.fail(
      `takes ${formatShape(size)} values from ${formatShape(begin)} on of ${formatShape(fileShape)}`,
    );
  }
  return { ...partView(input, parts), shape: parts.map(({ count }) => count) };
});

export const stridedSlice = copying((context, input) => {
  context.expectInputs(4);
  const { fileShape } = input;
  const [begin, end, strides] = ["beginnings", "ends", "steps"].map((what, i) =>
    context.integers(i + 1, what, 8),
  );
  const options = context.options(stridedSliceOptions.type);
  const parts = sliceAxes(options, fileShape, begin, end, strides);
  if (parts === undefined || parts.some(({ count }) => count < 1)) {
    return context.refuse(
      `takes ${formatShape(begin)} to ${formatShape(end)} in steps of ${formatShape(strides)} of ${formatShape(fileShape)}`,
      "slices are supported that take one value and more of each axis, without new axes and without an ellipsis",
    );
  }
  return {
    ...partView(input, parts),
    shape: parts.flatMap(({ count, isShrunk }) => (isShrunk ? [] : [count])),
  };
});

/** The parts of an axis that the outputs take one after the other. */
function cut(
  context: OperatorContext,
  input: Activation,
  axis: number,
  sizes: readonly number[],
  isKept = true,
) {
  const { fileShape } = input;
  if (
    sizes.length !== context.outputs.length ||
    sizes.reduce((sum, size) => sum + size, 0) !== fileShape[axis]
  ) {
    context.fail(
      `cuts ${formatShape(fileShape)} along axis ${axis} into ${formatShape(sizes)} for ${context.outputs.length} outputs`,
    );
  }
  let start = 0;
  return context.outputs.map((output, index): ImportedLayer => {
    const parts = fileShape.map((size, i) =>
      i === axis ? { start, count: sizes[index], stride: 1 } : whole(size),
    );
    start += sizes[index];
    context.expectShape(output, isKept ? parts.map(({ count }) => count) : fileShape.toSpliced(axis, 1));
    context.expectSameQuantization(input, output);
    return { settings: copy(input, partView(input, parts)), inputs: [input], output };
  });
}

/** The axis comes first, then the input. */
export function split(context: OperatorContext): ImportedLayer[] {
  context.expectInputs(2);
  const input = context.input(1);
  const axis = context.axis(context.integers(0, "an axis", 1)[0], input.fileShape.length);
  const { length } = context.outputs;
  const asked = context.options(splitOptions.type).int32(splitOptions.count);
  if (asked !== length) context.fail(`has ${length} outputs for ${asked} parts`);
  return cut(context, input, axis, new Array<number>(length).fill(input.fileShape[axis] / length));
}

export function splitV(context: OperatorContext): ImportedLayer[] {
  context.expectInputs(3);
  const input = context.input();
  const axis = context.axis(context.integers(2, "an axis", 1)[0], input.fileShape.length);
  const given = context.integers(1, "sizes", mostParts);
  const rest = input.fileShape[axis] - given.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return cut(
    context,
    input,
    axis,
    given.map((size) => (size === -1 ? rest : size)),
  );
}

export function unpack(context: OperatorContext): ImportedLayer[] {
  context.expectInputs(1);
  const input = context.input();
  const options = context.options(unpackOptions.type);
  const [count, { length }] = [options.int32(unpackOptions.count), context.outputs];
  if (count !== length) context.fail(`has ${length} outputs for ${count} parts`);
  const axis = context.axis(options.int32(unpackOptions.axis), input.fileShape.length);
  return cut(context, input, axis, new Array<number>(context.outputs.length).fill(1), false);
}

/** Inputs behind each other along a new axis. */
export function pack(context: OperatorContext): ImportedLayer {
  context.expectInputs(1, mostParts);
  const options = context.options(packOptions.type);
  const [count, { length }] = [options.int32(packOptions.count), context.operator.inputs];
  if (count !== length) context.fail(`has ${length} inputs for ${count} parts`);
  const inputs = context.operator.inputs.map((_, position) => context.input(position));
  const axis = context.axis(options.int32(packOptions.axis), inputs[0].fileShape.length + 1);
  const withAxis = inputs.map((input) => {
    const fileShape = input.fileShape.toSpliced(axis, 0, 1);
    return { ...input, fileShape };
  });
  return joined(context, withAxis, axis);
}

const mostPlaces = 4096;

/** Constant places along one axis, in runs of equal steps. */
export function gather(context: OperatorContext): ImportedLayer {
  context.expectInputs(2);
  const input = context.input();
  const options = context.options(gatherOptions.type);
  const axis = context.axis(options.int32(gatherOptions.axis), input.fileShape.length);
  const places = context.integers(1, "places", mostPlaces);
  const size = input.fileShape[axis];
  if (options.int32(gatherOptions.batchAxes) !== 0)
    context.refuse("gathers for each of a batch; 0 batch axes are supported");
  const wrong = places.find((place) => place < 0 || place >= size);
  if (wrong !== undefined) context.fail(`takes place ${wrong} of an axis of ${size}`);
  context.expectSameQuantization(input);
  const shape = context.constantShape(1);
  context.expectOutputShape(input.fileShape.toSpliced(axis, 1, ...shape));
  return gathered(context, input, axis, places);
}

/** Runs of more are not joined in few calls. */
const mostRuns = 64;

/** Places along an axis: one copy for each run of equal steps, joined where there are several. */
export function gathered(
  context: OperatorContext,
  input: Activation,
  axis: number,
  places: readonly number[],
): ImportedLayer {
  const runs: { start: number; count: number; stride: number }[] = [];
  for (const place of places) {
    const run = runs.at(-1);
    const step = run && place - (run.start + (run.count - 1) * run.stride);
    if (run && (run.count === 1 || step === run.stride)) {
      run.stride = step!;
      run.count++;
    } else runs.push({ start: place, count: 1, stride: 1 });
  }
  if (runs.length > mostRuns) {
    context.refuse(
      `takes ${places.length} places in ${runs.length} runs of equal steps; ${mostRuns} are supported`,
      "take places that lie in fewer runs",
    );
  }
  const { fileShape, quantization } = input;
  const outer = elementCount(fileShape.slice(0, axis));
  const inner = elementCount(fileShape.slice(axis + 1));
  const size = fileShape[axis];
  const viewOf = ({ start, count, stride }: Part): View => ({
    start: start * inner,
    sizes: [outer, count, inner],
    strides: [size * inner, stride * inner, 1],
  });
  if (runs.length === 1) return { settings: copy(input, viewOf(runs[0])), inputs: [input] };
  const parts = runs.map((run) => {
    const view = viewOf(run);
    return context.step(copy(input, view), [input], view.sizes, quantization);
  });
  const all = context.step(
    { kind: "concatenation", axis: 1 },
    parts,
    [outer, places.length, inner],
    quantization,
  );
  return { settings: { kind: "reshape" }, inputs: [all] };
}

/** Channels in blocks become places of an image, or the other way. */
export function moveBlocks(toSpace: boolean) {
  return copying((context, { fileShape }) => {
    context.expectInputs(1);
    const options = context.options(toSpace ? blockOptions.toSpace : blockOptions.toDepth);
    const block = options.int32(blockOptions.size);
    const [batch, height, width, channels] = fileShape;
    const fits = toSpace ? channels % block ** 2 === 0 : height % block === 0 && width % block === 0;
    if (fileShape.length !== 4 || block < 1 || !fits) {
      context.fail(`has blocks of ${block} x ${block} for ${formatShape(fileShape)}`);
    }
    if (toSpace) {
      const inner = channels / block ** 2;
      return {
        ...transposeView([batch * height, width, block, block, inner], [0, 2, 1, 3, 4]),
        shape: [batch, height * block, width * block, inner],
      };
    }
    const [rows, columns] = [height / block, width / block];
    return {
      ...transposeView([batch * rows, block, columns, block, channels], [0, 2, 1, 3, 4]),
      shape: [batch, rows, columns, channels * block ** 2],
    };
  });
}
