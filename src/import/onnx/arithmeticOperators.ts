import { elementCount, formatShape, isSameShape } from "../../base/tensor.js";
import { Add, Multiply } from "../../train/layers/merge.js";
import { broadcastShape, broadcastTo, combine, mapConstant } from "./constants.js";
import { transposeHint, withExpression } from "./graphBuilder.js";
import { Activation, type Affine, isConstant, type Value } from "./graphValues.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";
import type { Constant } from "./tensorData.js";

type Symbol = "+" | "-" | "*" | "/" | "^" | "max" | "min";

const functions: Readonly<Record<Symbol, (x: number, y: number, isInteger: boolean) => number>> = {
  "+": (x, y) => x + y,
  "-": (x, y) => x - y,
  "*": (x, y) => x * y,
  "/": (x, y, isInteger) => (isInteger ? Math.trunc(x / y) : x / y),
  "^": (x, y) => x ** y,
  max: (x, y) => Math.max(x, y),
  min: (x, y) => Math.min(x, y),
};

/** A float32 in the fewest digits that give it back. */
const literal = (value: number): string => String(Number(value.toPrecision(9)));

/** c with x: `factor · x + offset` for each value of the constant; undefined where it is none. */
function affineOf(symbol: Symbol, c: number, isReversed: boolean): readonly [number, number] | undefined {
  switch (symbol) {
    case "+":
      return [1, c];
    case "-":
      return isReversed ? [-1, c] : [1, -c];
    case "*":
      return [c, 0];
    case "/":
      return isReversed ? undefined : [1 / c, 0];
    default:
      return undefined;
  }
}

/** Along which axis of the activation a constant varies. */
function placeOf(context: NodeContext, constant: Constant, value: Activation): Affine["axis"] {
  const { shape } = value;
  const result = broadcastShape(constant.shape, shape);
  if (!isSameShape(result, shape)) {
    const of = `${formatShape(constant.shape)} and ${formatShape(context.shapeOf(value))}`;
    context.fail(`makes ${formatShape(result)} of ${of}: it repeats values, which no layer does`);
  }
  const missing = shape.length - constant.shape.length;
  const varying = constant.shape.flatMap((size, k) => (size === 1 ? [] : [k + missing]));
  return varying.length === 0 ? "none" : varying.length === 1 ? varying[0] : "all";
}

/** The constant's values by what the axis says. */
function valuesOf(constant: Constant, axis: Affine["axis"], { shape }: Activation): ArrayLike<number> {
  return axis === "all" ? broadcastTo(constant, shape).values : constant.values;
}

/** What comes after `first`; undefined where both vary along axes that do not go together. */
function compose(first: Affine | undefined, second: Affine): Affine | undefined {
  if (first === undefined) return second;
  const axis = first.axis === "none" ? second.axis : first.axis;
  if (second.axis !== "none" && second.axis !== axis) return undefined;
  const count = Math.max(first.factors.length, second.factors.length);
  const at = (values: Float64Array, k: number) => values[values.length === 1 ? 0 : k];
  const indices = Array.from({ length: count }, (_, k) => k);
  return {
    axis,
    factors: Float64Array.from(indices, (k) => at(first.factors, k) * at(second.factors, k)),
    offsets: Float64Array.from(
      indices,
      (k) => at(first.offsets, k) * at(second.factors, k) + at(second.offsets, k),
    ),
  };
}

/** factor · x + offset behind what is pending. */
export function applyAffine(context: NodeContext, value: Activation, affine: Affine): Activation {
  const { pending } = value;
  if (pending.margins !== undefined) return applyAffine(context, context.builder.materialize(value), affine);
  if (pending.expression !== undefined) {
    if (affine.axis === "none") {
      const [factor, offset] = [affine.factors[0], affine.offsets[0]];
      const scaled = factor === 1 ? "" : ` ${literal(factor)} *`;
      return withExpression(
        value,
        context.node,
        (inner) => `${inner}${scaled}${offset === 0 ? "" : ` ${literal(offset)} +`}`,
      );
    }
    return applyAffine(context, context.builder.materialize(value), affine);
  }
  const joined = compose(pending.affine, affine);
  if (joined === undefined) return applyAffine(context, context.builder.materialize(value), affine);
  return value.with({ affine: joined, by: context.node });
}

/** A function of one value behind what is pending, but for margins. */
export function applyFunction(
  context: NodeContext,
  value: Activation,
  append: (inner: string) => string,
): Activation {
  const { margins } = value.pending;
  return withExpression(
    margins === undefined ? value : context.builder.materialize(value),
    context.node,
    append,
  );
}

function withConstant(
  context: NodeContext,
  symbol: Symbol,
  value: Activation,
  constant: Constant,
  isReversed: boolean,
): Activation {
  const axis = placeOf(context, constant, value);
  const values = valuesOf(constant, axis, value);
  if (Array.from(values).some((c) => !Number.isFinite(c)))
    context.fail("has a constant that is no finite number");
  const pairs = Array.from(values, (c) => affineOf(symbol, c, isReversed));
  if (pairs.every((pair) => pair !== undefined)) {
    context.expect(
      pairs.every(([factor]) => Number.isFinite(factor)),
      "divides by 0",
    );
    const factors = Float64Array.from(pairs, ([factor]) => factor);
    const offsets = Float64Array.from(pairs, ([, offset]) => offset);
    return applyAffine(context, value, { axis, factors, offsets });
  }
  if (axis !== "none") {
    const shape = formatShape(constant.shape);
    context.fail(`takes a constant of shape ${shape}; a function takes a single number`);
  }
  const c = literal(values[0]);
  if (symbol === "max" && values[0] === 0) return applyFunction(context, value, (inner) => `${inner} relu`);
  return applyFunction(context, value, (inner) =>
    isReversed ? `${c} ${inner} ${symbol}` : `${inner} ${c} ${symbol}`,
  );
}

/** Both as functions of one and the same value; undefined where they are of different ones. */
function asFunctionsOfOne(a: Activation, b: Activation): readonly [Activation, Activation] | undefined {
  const isSameSource =
    a.number === b.number &&
    isSameShape(a.shape, b.shape) &&
    a.batch === b.batch &&
    a.layout.isSameAs(b.layout) &&
    (a.pending.margins ?? b.pending.margins) === undefined;
  if (!isSameSource) return undefined;
  if (a.pending.affine === b.pending.affine) return [a, b];
  const inlined = [a, b].map(
    ({ pending: { affine } }) => affine?.axis === undefined || affine.axis === "none",
  );
  return inlined.every((isScalar) => isScalar) ? [inline(a), inline(b)] : undefined;
}

/** The single factor and offset as words of the function. */
function inline(value: Activation): Activation {
  const { affine, expression = "x" } = value.pending;
  if (affine === undefined) return value;
  const inner = `x ${literal(affine.factors[0])} * ${literal(affine.offsets[0])} +`;
  const words = expression.split(" ").map((word) => (word === "x" ? inner : word));
  return value.with({ expression: words.join(" ") });
}

function withActivation(context: NodeContext, symbol: Symbol, a: Activation, b: Activation): Activation {
  const pair = asFunctionsOfOne(a, b);
  if (pair !== undefined) {
    const [left, right] = pair.map(({ pending }) => pending.expression ?? "x");
    return pair[0].with({ ...pair[0].pending, expression: `${left} ${right} ${symbol}`, by: context.node });
  }
  const negated = (value: Activation) =>
    applyAffine(context, value, { axis: "none", factors: Float64Array.of(-1), offsets: Float64Array.of(0) });
  switch (symbol) {
    case "+":
      return sum(context, a, b);
    case "-":
      return sum(context, a, negated(b));
    case "*":
      return product(context, a, b);
    default:
      return context.fail(
        "takes two values that the network computes, which no layer does",
        "one of them must be a constant",
      );
  }
}

function sum(context: NodeContext, a: Activation, b: Activation): Activation {
  const [left, right] = [a, b].map((value) => context.builder.materialize(value));
  if (!isSameShape(left.shape, right.shape)) {
    const shapes = `${formatShape(context.shapeOf(left))} and ${formatShape(context.shapeOf(right))}`;
    context.fail(`adds ${shapes}; both must be of one shape`);
  }
  const isSame = left.layout.isSameAs(right.layout) && left.batch === right.batch;
  context.expect(isSame, "adds values whose axes lie in different orders", transposeHint);
  const shape = context.builder.shapeOf(left.number);
  const inputs = [left.number, context.builder.view(right.number, shape)];
  const number = context.builder.put(new Add(context.builder.name(), [shape, shape]), inputs);
  return new Activation(number, left.layout, left.batch);
}

/** Value by value, or a channel by its gate. */
function product(context: NodeContext, a: Activation, b: Activation): Activation {
  const [x, y] = [a, b].map((value) => context.builder.materialize(value));
  const [large, small] = elementCount(x.shape) >= elementCount(y.shape) ? [x, y] : [y, x];
  const { builder } = context;
  if (isSameShape(large.shape, small.shape)) {
    const isSame = large.layout.isSameAs(small.layout) && large.batch === small.batch;
    context.expect(isSame, "multiplies values whose axes lie in different orders", transposeHint);
    const shape = builder.shapeOf(large.number);
    const inputs = [large.number, builder.view(small.number, shape)];
    const number = builder.put(new Multiply(builder.name(), [shape, shape]), inputs);
    return new Activation(number, large.layout, large.batch);
  }
  const shape = broadcastShape(large.shape, small.shape);
  const rank = large.shape.length;
  const channels = small.shape.flatMap((size, k) => (size === 1 ? [] : [k + rank - small.shape.length]));
  const isGate =
    isSameShape(shape, large.shape) &&
    channels.length === 1 &&
    large.layout.place(channels)?.inner === 1 &&
    (small.batch === undefined || small.batch + rank - small.shape.length === large.batch);
  if (!isGate) {
    const shapes = `${formatShape(context.shapeOf(x))} and ${formatShape(context.shapeOf(y))}`;
    context.fail(`multiplies ${shapes}; both must be of one shape, or one must be a number for each channel`);
  }
  const count = elementCount(small.shape);
  const isSameOrder = large.layout
    .axisIndices(channels[0])
    .every((k, at) => k === small.layout.logicalIndices()[at]);
  context.expect(isSameOrder, "multiplies values whose axes lie in different orders", transposeHint);
  const rows = large.layout.elements / count;
  const image = builder.shapeOf(large.number);
  const inputs = [
    image.at(-1) === count ? large.number : builder.view(large.number, [rows, count]),
    builder.view(small.number, [count]),
  ];
  const shapes = inputs.map((number) => builder.shapeOf(number));
  const number = builder.put(new Multiply(builder.name(), shapes), inputs);
  return new Activation(number, large.layout, large.batch);
}

function binary(symbol: Symbol): OnnxOperator {
  return {
    attributes: [],
    fold: (context) => [combine(context.constant(0, "data"), context.constant(1, "data"), functions[symbol])],
    apply: (context) => {
      let result: Value = context.value(0);
      for (const [k] of context.inputs.entries()) {
        if (k === 0) continue;
        const next = context.value(k);
        if (isConstant(result)) {
          result = isConstant(next)
            ? combine(result, next, functions[symbol])
            : withConstant(context, symbol, next, result, true);
        } else {
          result = isConstant(next)
            ? withConstant(context, symbol, result, next, false)
            : withActivation(context, symbol, result, next);
        }
      }
      return [result];
    },
  };
}

const several = (symbol: Symbol): OnnxOperator => ({
  ...binary(symbol),
  fold: (context) => [
    context.inputs
      .map((_, k) => context.constant(k, "data"))
      .reduce((total, next) => combine(total, next, functions[symbol])),
  ],
});

const compare = (f: (x: number, y: number) => boolean): OnnxOperator => ({
  attributes: [],
  fold: (context) => {
    const results = combine(context.constant(0, "data"), context.constant(1, "data"), (x, y) =>
      Number(f(x, y)),
    );
    return [results];
  },
});

/** Sums, products and the like, of constants, of a constant and an activation, and of two activations. */
export const arithmeticOperators: Readonly<Record<string, OnnxOperator>> = {
  Add: binary("+"),
  Sub: binary("-"),
  Mul: binary("*"),
  Div: binary("/"),
  Pow: binary("^"),
  Max: several("max"),
  Min: several("min"),
  Sum: several("+"),
  Equal: compare((x, y) => x === y),
  Floor: { attributes: [], fold: (context) => [mapConstant(context.constant(0, "data"), Math.floor)] },
  Ceil: { attributes: [], fold: (context) => [mapConstant(context.constant(0, "data"), Math.ceil)] },
};
