import { formatShape, type Shape } from "../base/tensor.js";
import type { Activation } from "./activation.js";
import type { ImportedLayer, OperatorContext } from "./operatorContext.js";
import type { addOptions, mulOptions, subOptions } from "./tfliteSchema.js";

/** Shapes of one and two, each axis as long as the longer; undefined where neither is 1. */
function together(one: Shape, two: Shape): Shape | undefined {
  const rank = Math.max(one.length, two.length);
  const [a, b] = [one, two].map((shape) => [...new Array<number>(rank - shape.length).fill(1), ...shape]);
  const fits = a.every((size, axis) => size === b[axis] || size === 1 || b[axis] === 1);
  return fits ? a.map((size, axis) => Math.max(size, b[axis])) : undefined;
}

/** Two inputs, computed or constant, that fill the output. */
function bothOperands(context: OperatorContext): Activation[] {
  context.expectInputs(2);
  const isConstant = context.operator.inputs.every((index) => context.tensors[index]?.data !== undefined);
  const inputs = isConstant ? [context.input(0)] : [context.operand(0), context.operand(1)];
  const [a, b] = inputs.map(({ fileShape }) => fileShape);
  const shape = together(a, b);
  if (shape === undefined) {
    context.fail(
      `takes inputs of shapes ${formatShape(a)} and ${formatShape(b)}`,
      "axes are equal, or one of them is 1",
    );
  }
  context.expectOutputShape(shape);
  return inputs;
}

export function arithmetic(
  kind: "add" | "multiply" | "subtract",
  { type, activation }: typeof addOptions | typeof mulOptions | typeof subOptions,
) {
  return (context: OperatorContext): ImportedLayer => {
    const inputs = bothOperands(context);
    const number = context.optionsIfAny(type)?.int8(activation) ?? 0;
    return { settings: { kind, ...context.clamp(number) }, inputs };
  };
}

const unclamped = { activationMin: -128, activationMax: 127 };

/** TFLM compares the integers, which is right where all have one scale. */
export function selection(kind: "maximum" | "minimum") {
  return (context: OperatorContext): ImportedLayer => {
    const inputs = bothOperands(context);
    for (const input of inputs) context.expectSameQuantization(input);
    return { settings: { kind, ...unclamped }, inputs };
  };
}

export function prelu(context: OperatorContext): ImportedLayer {
  return { settings: { kind: "prelu", ...unclamped }, inputs: bothOperands(context) };
}
