import { formatShape, isSameShape } from "../../base/tensor.js";
import { Add, Multiply } from "../../train/layers/merge.js";
import { broadcastShape, broadcastTo, combine, mapConstant } from "./constants.js";
import { inlineScale, withExpression } from "./graphBuilder.js";
import { Activation, type Affine, isConstant, type Value } from "./graphValues.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";
import { spreadTo } from "./reshaping.js";
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

/** Along which axis of the activation a constant varies that has no more values. */
function placeOf(constant: Constant, { shape }: Activation): Affine["axis"] {
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

export function withConstant(
  context: NodeContext,
  symbol: Symbol,
  given: Activation,
  constant: Constant,
  isReversed: boolean,
): Activation {
  const ofSamples =
    given.batch === undefined ? 1 : (constant.shape.at(given.batch - given.shape.length) ?? 1);
  const isOfAll = constant.shape.length <= given.shape.length && ofSamples === 1;
  if (given.batch !== undefined && !isOfAll) {
    context.fail(
      `takes a constant of shape ${formatShape(constant.shape)}, which differs between samples`,
      "export the model for one sample: dummy input of batch 1, without dynamic_axes",
    );
  }
  const shape = broadcastShape(constant.shape, given.shape);
  const value = isSameShape(shape, given.shape)
    ? given
    : spreadTo(
        context,
        context.builder.materialize(given),
        broadcastShape(constant.shape, context.shapeOf(given)),
      );
  const axis = placeOf(constant, value);
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
    context.fail(
      `takes a constant of shape ${formatShape(constant.shape)}; a function takes a single number`,
    );
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
  return affine === undefined ? value : value.with({ expression: inlineScale(affine, expression) });
}

export function withActivation(
  context: NodeContext,
  symbol: Symbol,
  a: Activation,
  b: Activation,
): Activation {
  const pair = asFunctionsOfOne(a, b);
  if (pair !== undefined) {
    const [left, right] = pair.map(({ pending }) => pending.expression ?? "x");
    return pair[0].with({ ...pair[0].pending, expression: `${left} ${right} ${symbol}`, by: context.node });
  }
  switch (symbol) {
    case "+":
      return joined(context, "sum", a, b);
    case "-": {
      const negative = { axis: "none", factors: Float64Array.of(-1), offsets: Float64Array.of(0) } as const;
      return joined(context, "sum", a, applyAffine(context, b, negative));
    }
    case "*":
      return joined(context, "product", a, b);
    case "/":
      return joined(
        context,
        "product",
        a,
        applyFunction(context, b, (inner) => `1 ${inner} /`),
      );
    default:
      return context.fail(
        "takes two values that the network computes, which no layer does",
        "one of them must be a constant",
      );
  }
}

/** Both in one shape and one order of memory: that of the larger. */
function alike(context: NodeContext, a: Activation, b: Activation): readonly [Activation, Activation] {
  const [left, right] = [a, b].map((value) => context.builder.materialize(value));
  const shape = broadcastShape(context.shapeOf(left), context.shapeOf(right));
  const batchOf = ({ batch, shape: own }: Activation) =>
    batch === undefined ? undefined : batch + shape.length - own.length;
  if (batchOf(left) !== batchOf(right)) {
    const shapes = `${formatShape(context.shapeOf(left))} and ${formatShape(context.shapeOf(right))}`;
    context.fail(`takes ${shapes}, of which one has an axis of samples where the other has none`);
  }
  const isLeft = isSameShape(context.shapeOf(left), shape);
  const pattern = isLeft
    ? left
    : isSameShape(context.shapeOf(right), shape)
      ? right
      : spreadTo(context, left, shape);
  const both = [left, right].map((value) => context.builder.arrange(value, pattern.layout));
  return [both[0], both[1]];
}

function joined(context: NodeContext, kind: "sum" | "product", a: Activation, b: Activation): Activation {
  const { builder } = context;
  const [left, right] = alike(context, a, b);
  const shape = builder.shapeOf(left.number);
  const inputs = [left.number, builder.view(right.number, shape)];
  const name = builder.name();
  const layer = kind === "sum" ? new Add(name, [shape, shape]) : new Multiply(name, [shape, shape]);
  return new Activation(builder.put(layer, inputs), left.layout, left.batch);
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
      .slice(1)
      .reduce<Constant>(
        (total, _, k) => combine(total, context.constant(k + 1, "data"), functions[symbol]),
        context.constant(0, "data"),
      ),
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
