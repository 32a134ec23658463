import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedSoftmax } from "../network/quantizedNetwork.js";
import { softmaxExponentials } from "../quantize/exponential.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";

/** Beyond it the kernel's sum of exponentials would need a right shift over 31. */
const largestSize = 511;

/**
 * Settles a softmax over the last axis of a tensor with one row.
 *
 * @throws UserError where the row is too long, or the output is not scale 1/256, zero point −128
 */
export function planSoftmax(
  layer: QuantizedSoftmax,
  { inputs: [input], output }: LayerContext,
): KernelChoice {
  const size = input.shape.at(-1) ?? 1;
  if (elementCount(input.shape) !== size) {
    throw new UserError(
      `layer "${layer.name}": softmax takes one row, found shape [${input.shape.join(", ")}]`,
      "leave the softmax out: the largest value of a row is the same without it",
    );
  }
  if (size > largestSize) {
    throw new UserError(
      `layer "${layer.name}": softmax takes up to ${largestSize} values, found ${size}`,
      "leave the softmax out: argmax of its input is the same class",
    );
  }
  const { scale, zeroPoint } = quantizationOf(output);
  if (scale !== 1 / 256 || zeroPoint !== -128) {
    throw new UserError(
      `layer "${layer.name}": softmax gives scale 1/256 and zero point -128, its output has ${scale} and ${zeroPoint}`,
      "the TFLite int8 specification fixes them: convert the model again",
    );
  }
  const exponentials = softmaxExponentials(layer.beta, quantizationOf(input).scale);
  return { kernel: "softmax", layer: { size, exponentials, exponentialCount: exponentials.length } };
}
