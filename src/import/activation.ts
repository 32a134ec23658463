import { UserError } from "../base/errors.js";
import { elementCount, formatShape, type Shape } from "../base/tensor.js";
import { integerRanges } from "../network/elementTypes.js";
import type { ElementType, Quantization } from "../network/quantizedNetwork.js";
import type { TfliteModel, TfliteTensor } from "./readTflite.js";
import { tensorType } from "./tfliteSchema.js";
import { isScale } from "./weights.js";

/** A tensor that flows between layers. */
export interface Activation {
  /** Number of the tensor in the file; below 0 for one that an operator has inside. */
  readonly index: number;
  /** As the file says it. */
  readonly fileShape: Shape;
  /** Without the batch axis ({@link innerShape}). */
  readonly shape: Shape;
  readonly elementType: ElementType;
  readonly quantization: Quantization;
}

/** Elements of an activation: more than any microcontroller's RAM. */
const largestActivation = 2 ** 24;

/** A shape without its first axis where that is a batch of one; what has no axes is one value. */
export function innerShape(fileShape: Shape): Shape {
  if (fileShape.length === 0) return [1];
  return fileShape.length > 1 && fileShape[0] === 1 ? fileShape.slice(1) : fileShape;
}

/** @throws UserError when it is empty or larger than any microcontroller's RAM, or has not one scale and one zero point */
export function readActivation(
  { file, tensors }: Pick<TfliteModel, "file" | "tensors">,
  index: number,
): Activation {
  const tensor = tensors[index];
  const shape = innerShape(tensor.shape);
  const elements = elementCount(shape);
  if (shape.some((size) => size < 1) || elements > largestActivation) {
    throw new UserError(
      `${file}: tensor ${index} has shape ${formatShape(tensor.shape)}; sizes of 1 and more are expected, ` +
        `${largestActivation} values at most`,
      "give the model a fixed input shape when converting it, and one that fits a microcontroller",
    );
  }
  const elementType = elementTypeOf(tensor) ?? "int8";
  const quantization = readQuantization(file, tensor, elementType);
  return { index, fileShape: tensor.shape, shape, elementType, quantization };
}

/** What the network's tensors may be; undefined for all else. */
export function elementTypeOf({ type }: Pick<TfliteTensor, "type">): ElementType | undefined {
  return (["int8", "int16", "int32"] as const).find((name) => tensorType[name] === type);
}

function readQuantization(
  file: string,
  { index, scales, zeroPoints }: TfliteTensor,
  elementType: ElementType,
): Quantization {
  const [least, most] = integerRanges[elementType];
  const [scale] = scales;
  const [zeroPoint] = zeroPoints;
  const isRight =
    scales.length === 1 &&
    zeroPoints.length === 1 &&
    isScale(scale) &&
    zeroPoint >= least &&
    zeroPoint <= most;
  if (!isRight) {
    const found = `${scales.length} scales (${scale}) and ${zeroPoints.length} zero points (${zeroPoint})`;
    throw new UserError(
      `${file}: tensor ${index} has ${found}; one scale above 0 and one zero point ${least}..${most} are expected`,
      "convert the model with full-integer quantization",
    );
  }
  return { scale, zeroPoint };
}
