import { UserError } from "../base/errors.js";
import type { QuantizedTensor } from "../network/quantizedNetwork.js";

/**
 * For layers that move values and compute none.
 *
 * @throws UserError where an input has another scale or zero point than the output
 */
export function expectSameQuantization(
  name: string,
  inputs: readonly QuantizedTensor[],
  { quantization: { scale, zeroPoint } }: QuantizedTensor,
): void {
  for (const { name: input, quantization } of inputs) {
    if (quantization.scale !== scale || quantization.zeroPoint !== zeroPoint) {
      throw new UserError(
        `layer "${name}": expected scale ${scale} and zero point ${zeroPoint} of its output in "${input}", ` +
          `found ${quantization.scale} and ${quantization.zeroPoint}`,
        "put a requantize layer in front of it",
      );
    }
  }
}
