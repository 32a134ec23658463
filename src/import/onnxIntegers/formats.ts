import type { Activation } from "../onnx/graphValues.js";
import type { NodeContext } from "../onnx/nodeContext.js";
import { elementType, elementTypeName } from "../onnx/onnxSchema.js";
import { isScale } from "../weights.js";
import type { IntegerBuilder } from "./integerBuilder.js";
import type { IntegerFormat } from "./integerLayer.js";

export function integerBuilder({ builder }: NodeContext): IntegerBuilder {
  return builder as IntegerBuilder;
}

function scalar(context: NodeContext, input: number, what: string): number {
  const { values } = context.constant(input, what);
  context.expect(values.length === 1, `has ${values.length} values as ${what}; one is imported`);
  return values[0];
}

/** Scale and zero point as two inputs say them. @throws UserError unless they are those of uint8 or int8 */
export function readFormat(context: NodeContext, input: number): IntegerFormat {
  const scale = scalar(context, input, "its scale");
  context.expect(isScale(scale), `has a scale of ${scale}; scales are above 0`);
  if (!context.has(input + 1)) return { quantization: { scale, zeroPoint: -128 }, isUnsigned: true };
  const { type = 0 } = context.constant(input + 1, "its zero point");
  const isUnsigned = type === elementType.uint8;
  context.expect(
    isUnsigned || type === elementType.int8,
    `has a zero point of ${elementTypeName(type)}; uint8 and int8 are imported`,
    "quantize the model to 8 bits",
  );
  const zeroPoint = scalar(context, input + 1, "its zero point") - (isUnsigned ? 128 : 0);
  return { quantization: { scale, zeroPoint }, isUnsigned };
}

/** Integers that are computed, with scale and zero point in the two inputs behind. */
export function takeIntegers(context: NodeContext, input = 0): Activation {
  const format = readFormat(context, input + 1);
  const value = context.computed(input);
  integerBuilder(context).expectFormat(value.number, format);
  return value;
}
