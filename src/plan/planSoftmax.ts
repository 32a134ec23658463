import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { isSoftmaxOutput, softmaxOutputText } from "../network/elementTypes.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedSoftmax } from "../network/quantizedNetwork.js";
import { softmaxExponentials } from "../quantize/exponential.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { planSoftmaxInt16 } from "./planSoftmaxInt16.js";

/** Beyond it the kernel's sum of exponentials would need a right shift over 31. */
const largestSize = 511;

/**
 * Settles a softmax over the last axis.
 *
 * @throws UserError where the row is too long, or the output is not scale 1/256, zero point −128 (int16: 1/65536, −32768)
 */
export function planSoftmax(
  layer: QuantizedSoftmax,
  { inputs: [input], output }: LayerContext,
): KernelChoice {
  const size = input.shape.at(-1) ?? 1;
  if (size > largestSize) {
    throw new UserError(
      `layer "${layer.name}": softmax takes up to ${largestSize} values, found ${size}`,
      "leave the softmax out: argmax of its input is the same class",
    );
  }
  const { scale, zeroPoint } = quantizationOf(output);
  if (!isSoftmaxOutput(input, output)) {
    const gives = softmaxOutputText(input, output);
    throw new UserError(
      `layer "${layer.name}": softmax gives ${gives}, its output has ${scale} and ${zeroPoint}`,
      "the TFLite int8 specification fixes them: convert the model again",
    );
  }
  if (input.elementType === "int16") return planSoftmaxInt16(layer, input);
  const exponentials = softmaxExponentials(layer.beta, quantizationOf(input).scale);
  const row = { size, exponentials, exponentialCount: exponentials.length };
  const values = elementCount(input.shape);
  if (output.elementType === "int16") return { kernel: "softmaxToInt16", layer: { ...row, values } };
  return values === size
    ? { kernel: "softmax", layer: row }
    : { kernel: "softmaxRows", layer: { ...row, values }, inPlace: [0] };
}
