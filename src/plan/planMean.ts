import { UserError } from "../base/errors.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedMean } from "../network/quantizedNetwork.js";
import { expectAccumulatorsFit } from "../quantize/accumulatorBounds.js";
import { settleMean } from "../quantize/settledFactor.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { imageShape } from "./windowArguments.js";

/**
 * Settles a mean or a sum over rows and columns: one kernel, with another factor.
 *
 * @throws UserError where the sum could leave int32
 */
export function planMean(
  layer: QuantizedMean,
  { inputs: [input], inputRanges: [inputRange], output }: LayerContext,
): KernelChoice {
  const [height, width, channels] = imageShape(input);
  const positions = height * width;
  const { scale, zeroPoint } = quantizationOf(input);
  const factor = scale / quantizationOf(output).scale;
  const largestInput = Math.max(Math.abs(inputRange.min), Math.abs(inputRange.max)) + Math.abs(zeroPoint);
  if (positions >= 2 ** 23) {
    throw new UserError(
      `layer "${layer.name}": a mean of ${positions} positions, at most ${2 ** 23 - 1} are summed in int32`,
      "pool the image in two layers",
    );
  }
  const isMean = layer.kind === "mean";
  // cutting the multiplier's fraction off may cost a bit, which the left shift then gives back
  expectAccumulatorsFit(layer.name, [positions * largestInput], [isMean ? (2 * factor) / positions : factor]);
  // a mean of zeros alone fits whatever its factor
  expectAccumulatorsFit(layer.name, [largestInput], [factor]);
  return {
    kernel: "mean",
    layer: {
      positions,
      unrolledPositions: positions - (positions % 8),
      channels,
      start: -positions * zeroPoint,
      ...settleMean(layer, quantizationOf(input), quantizationOf(output), positions),
      outputZeroPoint: quantizationOf(output).zeroPoint,
    },
    inPlace: [0],
  };
}
