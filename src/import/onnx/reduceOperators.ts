import { elementCount, formatShape } from "../../base/tensor.js";
import { Pooling } from "../../train/layers/pooling.js";
import { Softmax } from "../../train/layers/softmax.js";
import { imageWindows, seriesWindows } from "../../train/layers/window.js";
import { applyAffine, applyFunction, withActivation, withConstant } from "./arithmeticOperators.js";
import { Activation, type Margins } from "./graphValues.js";
import { Layout } from "./layout.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";
import { reshapeActivation, scalarOf } from "./reshaping.js";
import { Constant } from "./tensorData.js";

/** The mean or the largest along axes: pooling over all of their values, which lie side by side. */
export function reduced(
  context: NodeContext,
  given: Activation,
  what: "mean" | "max",
  list: readonly number[],
  keeps: boolean,
): Activation {
  const { builder } = context;
  const axes = context.axes(list, given);
  const rest = [...given.shape.keys()].filter((axis) => !axes.includes(axis));
  const isWhole = given.layout.place(axes) !== undefined;
  const value = isWhole ? given : builder.arrange(given, Layout.of(given.layout.shape, [...axes, ...rest]));
  const { layout, batch, shape } = value;
  const count = elementCount(axes.map((axis) => shape[axis]));
  const sizes = new Map(axes.map((axis) => [axis, 1]));
  const number = count === 1 ? value.number : poolAll(context, value, what, axes, count);
  const result = new Activation(number, layout.replace(sizes), batch);
  if (keeps) return result;
  return reshapeActivation(
    context,
    result,
    context.shapeOf(result).filter((_, axis) => !axes.includes(axis)),
  );
}

function poolAll(
  { builder }: NodeContext,
  { number, layout }: Activation,
  what: "mean" | "max",
  axes: readonly number[],
  count: number,
): number {
  const { outer, inner } = layout.place(axes)!;
  const name = builder.name();
  const window = { stride: 1, dilation: 1, padding: "valid" } as const;
  if (outer === 1) {
    const series = [count, inner];
    const kind = what === "mean" ? "globalAveragePool1d" : "maxPool1d";
    const windows = seriesWindows(name, series, { ...window, size: count });
    return builder.put(new Pooling(kind, name, series, windows), [builder.view(number, series)]);
  }
  const image = [outer, count, inner];
  const kind = what === "mean" ? "averagePool2d" : "maxPool2d";
  const windows = imageWindows(name, image, { ...window, size: [1, count] });
  return builder.put(new Pooling(kind, name, image, windows), [builder.view(number, image)]);
}

function reduction(what: "mean" | "max" | "sum"): OnnxOperator {
  return {
    attributes: ["axes", "keepdims", "noop_with_empty_axes"],
    apply: (context) => {
      const { shape } = context.activation();
      const given = context.integersOf(1, "axes") ?? [];
      if (given.length === 0 && context.integer("noop_with_empty_axes", 0) === 1) return [context.value(0)];
      const axes = given.length === 0 ? [...shape.keys()] : given;
      const kind = what === "max" ? "max" : "mean";
      const result = reduced(context, context.computed(), kind, axes, context.integer("keepdims", 1) === 1);
      if (what !== "sum") return [result];
      const count = elementCount(axes.map((axis) => shape[context.axis(axis, shape.length)]));
      const affine = { axis: "none", factors: Float64Array.of(count), offsets: Float64Array.of(0) } as const;
      return [applyAffine(context, result, affine)];
    },
  };
}

const globalPooling = (what: "mean" | "max"): OnnxOperator => ({
  attributes: [],
  apply: (context) => {
    const { shape } = context.activation();
    context.expect(shape.length >= 3, `takes ${formatShape(shape)}; [batch, channels, …] is expected`);
    return [reduced(context, context.computed(), what, [...shape.keys()].slice(2), true)];
  },
});

/** Before operator set 13 all axes from `axis` on are one. */
function softmax(context: NodeContext): Activation {
  const given = context.computed();
  const { shape } = given;
  const isOld = context.opset < 13;
  const first = context.axis(context.integer("axis", isOld ? 1 : -1), shape.length);
  const axes = context.axes(isOld ? [...shape.keys()].slice(first) : [first], given);
  const count = elementCount(axes.map((axis) => shape[axis]));
  const rest = [...shape.keys()].filter((axis) => !axes.includes(axis));
  const isRow = given.layout.place(axes)?.inner === 1;
  const value = isRow
    ? given
    : context.builder.arrange(given, Layout.of(given.layout.shape, [...rest, ...axes]));
  const { layout, batch } = value;
  const { builder } = context;
  const rows = layout.elements / count;
  const from = builder.view(value.number, rows === 1 ? [count] : [rows, count]);
  const number = builder.put(new Softmax(builder.name(), builder.shapeOf(from)), [from]);
  return new Activation(number, layout, batch);
}

/**
 * (x − mean) / √(variance + epsilon) · scale + bias along the last axes, of layers that do a part each.
 *
 * Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450, eq. 4.
 */
function layerNormalization(context: NodeContext): Activation {
  const value = context.computed();
  const rank = value.shape.length;
  const first = context.axis(context.integer("axis", -1), rank);
  const axes = Array.from({ length: rank - first }, (_, k) => first + k);
  context.expect(context.node.outputs.filter((name) => name !== "").length === 1, "also gives statistics");
  const mean = reduced(context, value, "mean", axes, true);
  const centred = context.builder.materialize(withActivation(context, "-", value, mean));
  const squares = applyFunction(context, centred, (inner) => `${inner} ${inner} *`);
  const variance = reduced(context, context.builder.materialize(squares), "mean", axes, true);
  const epsilon = context.float("epsilon", 1e-5);
  const factor = applyFunction(context, variance, (inner) => `1 ${inner} ${epsilon} + sqrt /`);
  const normalized = withActivation(context, "*", centred, factor);
  const scaled = withConstant(context, "*", normalized, context.constant(1, "scale"), false);
  return context.has(2) ? withConstant(context, "+", scaled, context.constant(2, "bias"), false) : scaled;
}

const softmaxOperator = (hasLayer: boolean): OnnxOperator => ({
  attributes: ["axis"],
  apply: (context) => {
    if (context.isOutput && context.settings.withoutSoftmax) return [context.value(0)];
    if (hasLayer) return [softmax(context)];
    return context.fail(
      "is a logarithm of probabilities, which no layer gives",
      "--without-softmax leaves it out: the largest output stays the largest",
    );
  },
});

/** Zeros around the values; what takes them may pad by itself. Source: ONNX operators, Pad. */
function padded(context: NodeContext): Activation {
  context.expect(context.text("mode", "constant") === "constant", "repeats or mirrors values at the edges");
  const value = context.activation();
  const { shape } = value;
  const pads = context.integersOf(1, "pads") ?? context.fail("has no pads");
  const fill = context.has(2) ? scalarOf(context, 2, "its value") : context.float("value", 0);
  const given = context.has(3) ? Array.from(context.constant(3, "axes").values) : [...shape.keys()];
  const isRight =
    pads.length === 2 * given.length &&
    pads.every((pad) => Number.isInteger(pad) && pad >= 0 && pad <= 2 ** 16);
  context.expect(isRight, `has pads [${pads.slice(0, 16)}] for ${given.length} axes`);
  const used = given.flatMap((axis, k) => (pads[k] + pads[k + given.length] > 0 ? [[axis, k]] : []));
  if (used.length === 0) return value;
  context.expect(fill === 0, `pads with ${fill}; zeros are padded`);
  const axes = context.axes(
    used.map(([axis]) => axis),
    value,
  );
  const margins: Margins = new Map(
    axes.map((axis, at) => {
      const [, k] = used[at];
      return [axis, { before: pads[k], after: pads[k + given.length] }];
    }),
  );
  const inside = context.builder.materialize(value);
  return inside.with({ margins });
}

/** Layers that make one of many values, and what stands around them. */
export const reduceOperators: Readonly<Record<string, OnnxOperator>> = {
  LayerNormalization: {
    attributes: ["axis", "epsilon", "stash_type"],
    apply: (context) => [layerNormalization(context)],
  },
  ReduceMean: reduction("mean"),
  ReduceMax: reduction("max"),
  ReduceSum: reduction("sum"),
  GlobalAveragePool: globalPooling("mean"),
  GlobalMaxPool: globalPooling("max"),
  Softmax: softmaxOperator(true),
  LogSoftmax: softmaxOperator(false),
  Pad: { attributes: ["mode", "pads", "value"], apply: (context) => [padded(context)] },
  ReduceProd: {
    attributes: ["axes", "keepdims"],
    fold: (context) => {
      const { shape, values, isInteger } = context.constant(0, "data");
      const axes = context.integersOf(1, "axes") ?? [0];
      context.expect(shape.length <= 1 && axes.length <= 1, "multiplies along one of several axes");
      const result = Array.from(values).reduce((total, value) => total * value, 1);
      const kept = context.integer("keepdims", 1) === 1 ? [1] : [];
      return [new Constant(kept, Float64Array.of(result), isInteger)];
    },
  },
};
