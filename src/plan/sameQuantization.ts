import { UserError } from "../base/errors.js";
import { isSameQuantization, quantizationOf } from "../network/quantization.js";
import type { QuantizedTensor } from "../network/quantizedNetwork.js";

/**
 * For layers that move values and compute none.
 *
 * @throws UserError where an input has another scale or zero point than the output
 */
export function expectSameQuantization(
  name: string,
  inputs: readonly QuantizedTensor[],
  output: QuantizedTensor,
): void {
  for (const input of inputs) {
    if (isSameQuantization(input, output)) continue;
    const [expected, found] = [quantizationOf(output), quantizationOf(input)];
    throw new UserError(
      `layer "${name}": expected scale ${expected.scale} and zero point ${expected.zeroPoint} of its output in ` +
        `"${input.name}", found ${found.scale} and ${found.zeroPoint}`,
      "put a requantize layer in front of it",
    );
  }
}
