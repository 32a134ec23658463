import { Expression } from "../../train/layers/expression.js";
import { applyAffine, applyFunction, withActivation, withConstant } from "./arithmeticOperators.js";
import { mapConstant } from "./constants.js";
import type { Activation } from "./graphValues.js";
import type { NodeContext, OnnxOperator } from "./nodeContext.js";
import { scalarOf } from "./reshaping.js";

/** A function in words, of what stands before it. */
type Words = (context: NodeContext, inner: string) => string;

/** @param words with "x" only where `inner` is put once or more */
function unary(attributes: readonly string[], words: Words): OnnxOperator {
  return {
    attributes,
    fold: (context) => {
      const expression = new Expression(words(context, "x"));
      return [mapConstant(context.constant(0, "data"), (x) => expression.at(x)[0])];
    },
    apply: (context) => [applyFunction(context, context.activation(), (inner) => words(context, inner))],
  };
}

const named = (name: string): OnnxOperator => unary([], (_, inner) => `${inner} ${name}`);

function clipped(context: NodeContext, inner: string): string {
  const bound = (input: number, name: string): number | undefined => {
    if (context.has(input)) return scalarOf(context, input, `the bound ${name}`);
    return context.attribute(name)?.float;
  };
  // what float32 cannot hold bounds nothing
  const isBound = (value: number | undefined): value is number =>
    value !== undefined && Math.abs(value) < 3e38;
  const [least, most] = [bound(1, "min"), bound(2, "max")];
  const afterRelu = inner.endsWith(" relu") ? inner.slice(0, -" relu".length) : undefined;
  if (most === 6 && afterRelu !== undefined && !(isBound(least) && least > 0)) return `${afterRelu} relu6`;
  if (most === 6 && least === 0) return `${inner} relu6`;
  if (least === 0 && !isBound(most)) return `${inner} relu`;
  const low = isBound(least) ? ` ${least} max` : "";
  return `${inner}${low}${isBound(most) ? ` ${most} min` : ""}`;
}

/** below 0: factor · (exp(x) − 1), else x. */
const elu = (inner: string, factor: number) => `${inner} relu ${inner} 0 min exp 1 - ${factor} * +`;

function hardSigmoid(context: NodeContext, inner: string): string {
  const [slope, offset] = [context.float("alpha", 0.2), context.float("beta", 0.5)];
  if (Math.abs(slope - 1 / 6) < 1e-6 && offset === 0.5) return `${inner} hardSigmoid`;
  return `${inner} ${slope} * ${offset} + 0 max 1 min`;
}

function gelu(context: NodeContext, inner: string): string {
  if (context.text("approximate", "none") === "none")
    return `${inner} 0.5 * ${inner} ${Math.SQRT1_2} * erf 1 + *`;
  const cubic = `${inner} ${inner} ${inner} * ${inner} * 0.044715 * + ${Math.sqrt(2 / Math.PI)} *`;
  return `${inner} 0.5 * ${cubic} tanh 1 + *`;
}

/** Where the slopes of channels differ: what is above 0 and what is below, as two. */
function prelu(context: NodeContext): Activation {
  const slopes = context.constant(1, "slopes");
  const [slope] = slopes.values;
  if (slopes.values.every((value) => value === slope)) {
    return applyFunction(context, context.activation(), (inner) => `${inner} ${slope} leakyRelu`);
  }
  const value = context.computed();
  const above = applyFunction(context, value, (inner) => `${inner} relu`);
  const below = applyFunction(context, value, (inner) => `${inner} 0 min`);
  const scaled = withConstant(context, "*", below, slopes, false);
  return withActivation(
    context,
    "+",
    context.builder.materialize(above),
    context.builder.materialize(scaled),
  );
}

/** Functions of one value. */
export const functionOperators: Readonly<Record<string, OnnxOperator>> = {
  Abs: named("abs"),
  Cos: named("cos"),
  Elu: unary(["alpha"], (context, inner) => elu(inner, context.float("alpha", 1))),
  Erf: named("erf"),
  Exp: named("exp"),
  Gelu: unary(["approximate"], gelu),
  HardSigmoid: unary(["alpha", "beta"], hardSigmoid),
  HardSwish: unary([], (_, inner) => `${inner} ${inner} hardSigmoid *`),
  LeakyRelu: unary(["alpha"], (context, inner) => `${inner} ${context.float("alpha", 0.01)} leakyRelu`),
  Log: named("log"),
  Mish: unary([], (_, inner) => `${inner} ${inner} softplus tanh *`),
  Clip: unary(["min", "max"], clipped),
  Neg: {
    ...named("neg"),
    apply: (context) => {
      const affine = { axis: "none", factors: Float64Array.of(-1), offsets: Float64Array.of(0) } as const;
      return [applyAffine(context, context.activation(), affine)];
    },
  },
  PRelu: { attributes: [], apply: (context) => [prelu(context)] },
  Reciprocal: unary([], (_, inner) => `1 ${inner} /`),
  Relu: named("relu"),
  Selu: unary(["alpha", "gamma"], (context, inner) => {
    const factor = context.float("alpha", 1.6732632423543772);
    return `${elu(inner, factor)} ${context.float("gamma", 1.0507009873554805)} *`;
  }),
  Sigmoid: named("sigmoid"),
  Sin: named("sin"),
  Softplus: named("softplus"),
  Softsign: unary([], (_, inner) => `${inner} ${inner} abs 1 + /`),
  Sqrt: named("sqrt"),
  Swish: unary(["alpha"], (context, inner) => `${inner} ${inner} ${context.float("alpha", 1)} * sigmoid *`),
  Tanh: named("tanh"),
};
