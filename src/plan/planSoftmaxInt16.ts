import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedSoftmax, QuantizedTensor } from "../network/quantizedNetwork.js";
import { int16Exponentials, int16Reciprocals } from "../quantize/int16Tables.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import type { KernelChoice } from "./kernelChoice.js";

/** Steps of the exponentials' argument for 1: 65535 are 10. */
const argumentSteps = 10 / 65535;

/** Up to this, differences of 65535 stay in int32 where they are shifted left. */
const largestFactor = 2 ** 14;

/**
 * Settles a softmax of int16 values.
 *
 * @throws UserError where an input step is over 2^14 steps of the exponentials' argument
 * Source: TFLM softmax_common.cc CalculateSoftmaxParams
 */
export function planSoftmaxInt16({ name, beta }: QuantizedSoftmax, input: QuantizedTensor): KernelChoice {
  const factor = (quantizationOf(input).scale * beta) / argumentSteps;
  if (factor > largestFactor) {
    throw new UserError(
      `layer "${name}": one input step is ${factor} steps of the exponentials, at most ${largestFactor} are possible`,
      "leave the softmax out: argmax of its input is the same class",
    );
  }
  return {
    kernel: "softmaxInt16",
    layer: {
      size: input.shape.at(-1) ?? 1,
      values: elementCount(input.shape),
      ...quantizeMultiplier(factor),
      exponentials: int16Exponentials(),
      reciprocals: int16Reciprocals(),
    },
    inPlace: [0],
  };
}
