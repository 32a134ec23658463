import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { rescale, shiftLeft } from "../kernels/int.js";
import { quantizationOf } from "../network/quantization.js";
import type { ElementType, QuantizedRequantize } from "../network/quantizedNetwork.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";

/** Up to this, the largest difference from the zero point stays in int32: 255 · 2 · 2^22 + 128 < 2^31, 65535 · 2 · 2^14. */
const largestFactors: Readonly<Record<ElementType, number>> = { int8: 2 ** 22, int16: 2 ** 14, int32: 0 };

/** Of int32: with results of up to 2^30, sums stay in int32. */
const largestZeroPoint = 2 ** 30 - 1;

/** By the element types of input and output; between two of int8 a table is faster, and about as large. */
const kernelNames: Readonly<Record<string, string>> = {
  "int8 int16": "requantizeToInt16",
  "int16 int8": "requantizeToInt8",
  "int16 int16": "requantizeInt16",
  "int16 int32": "requantizeToInt32",
};

/**
 * Settles a change of scale and of element type: between two of int8 as the table of its 256 results.
 *
 * @throws UserError where one input step is over 2^22 output steps (2^14 of int16), or a zero point is too far
 * Source: TFLM reference_ops::Requantize (reference/requantize.h)
 */
export function planRequantize(
  layer: QuantizedRequantize,
  { inputs: [input], output }: LayerContext,
): KernelChoice {
  const [from, to] = [quantizationOf(input!), quantizationOf(output)];
  const factor = from.scale / to.scale;
  const largestFactor = largestFactors[input!.elementType];
  if (factor > largestFactor) {
    throw new UserError(
      `layer "${layer.name}": one input step is ${factor} output steps, at most ${largestFactor} are possible`,
      "calibrate with data of the real range",
    );
  }
  if (Math.abs(to.zeroPoint) > largestZeroPoint) {
    throw new UserError(
      `layer "${layer.name}": zero point ${to.zeroPoint} is beyond ±${largestZeroPoint}`,
      "convert the model again",
    );
  }
  const size = elementCount(output.shape);
  const { multiplier, leftShift, rightShift } = quantizeMultiplier(factor);
  const kernel = kernelNames[`${input!.elementType} ${output.elementType}`];
  if (kernel !== undefined) {
    const zeroPoints = { inputZeroPoint: from.zeroPoint, outputZeroPoint: to.zeroPoint };
    const numbers = { size, ...zeroPoints, leftShift, multiplier, rightShift };
    return { kernel, layer: numbers, inPlace: input!.elementType === output.elementType ? [0] : [] };
  }
  const table = Int8Array.from({ length: 256 }, (_, index) => {
    const shifted = shiftLeft(index - 128 - from.zeroPoint, leftShift);
    return rescale(shifted, multiplier, rightShift, to.zeroPoint, -128, 127);
  });
  return { kernel: "lookup", layer: { size, table }, inPlace: [0] };
}
