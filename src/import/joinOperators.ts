import { formatShape, isSameShape, type Shape } from "../base/tensor.js";
import type { Activation } from "./activation.js";
import type { ImportedLayer, OperatorContext } from "./operatorContext.js";

/** Axes that the output has in the file but not in the network: 1 for the batch's. */
function missingAxes({ output }: OperatorContext): number {
  return output.fileShape.length - output.shape.length;
}

/** The input with as many axes as the output. */
function withAxesOfOutput(context: OperatorContext, input: Activation): Activation {
  return context.reshaped(input, input.fileShape.slice(missingAxes(context)));
}

/** Inputs of as many axes as the output behind each other, along an axis that they have in the file. */
export function joined(context: OperatorContext, inputs: readonly Activation[], axis: number): ImportedLayer {
  const [{ fileShape }] = inputs;
  const rest = (shape: Shape) => shape.toSpliced(axis, 1, 0);
  for (const input of inputs) {
    if (!isSameShape(rest(input.fileShape), rest(fileShape))) {
      context.fail(
        `joins shapes ${formatShape(fileShape)} and ${formatShape(input.fileShape)} along axis ${axis}`,
      );
    }
    context.expectSameQuantization(input);
  }
  context.expectOutputShape(
    fileShape.with(
      axis,
      inputs.reduce((sum, input) => sum + input.fileShape[axis], 0),
    ),
  );
  const inner = axis - missingAxes(context);
  // one input whose batch is joined to nothing
  if (inner < 0) return { settings: { kind: "reshape" }, inputs };
  return {
    settings: { kind: "concatenation", axis: inner },
    inputs: inputs.map((input) => withAxesOfOutput(context, input)),
  };
}

/** As many zeros as PAD says: the output's zero point is real 0. PADV2 has a value of its own. */
export function pad(context: OperatorContext): ImportedLayer {
  context.expectInputs(2, 3);
  const input = context.input();
  const rank = input.fileShape.length;
  const amounts = context.integers(1, "paddings", 16);
  const isRight = amounts.length === 2 * rank && amounts.every((amount) => amount >= 0 && amount <= 65535);
  if (!isRight) {
    context.fail(
      `has paddings ${formatShape(amounts)} for ${rank} axes; 0 to 65535 before and after each are supported`,
    );
  }
  const before = input.fileShape.map((_, axis) => amounts[2 * axis]);
  const after = input.fileShape.map((_, axis) => amounts[2 * axis + 1]);
  context.expectOutputShape(input.fileShape.map((size, axis) => before[axis] + size + after[axis]));
  context.expectSameQuantization(input);
  const given = context.operator.inputs.length === 3 ? context.constant(2, "value", "int8") : undefined;
  const value = given?.data ? new Int8Array(given.data)[0] : context.output.quantization.zeroPoint;
  const missing = missingAxes(context);
  return {
    settings: { kind: "pad", before: before.slice(missing), after: after.slice(missing), value },
    inputs: [withAxesOfOutput(context, input)],
  };
}
