import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { quantizationOf } from "../network/quantization.js";
import { normalizationFractionBits, type QuantizedNormalization } from "../network/quantizedNetwork.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { expectSymmetric, isInt16 } from "./planInt16.js";

/** Offsets up to this leave room for the largest int16 with its fraction bits: 2^28 + 2^30 < 2^31. */
const largestOffset = 2 ** 30;

/**
 * Settles the numbers of a normalization of raw int16 measurements.
 *
 * @throws UserError where an offset lies outside what int16 can be compared with, or a feature's factor is too large
 */
export function planNormalization(
  layer: QuantizedNormalization,
  { inputs: [input], output }: LayerContext,
): KernelChoice {
  const features = layer.offsets.length;
  const one = 2 ** normalizationFractionBits;
  for (let f = 0; f < features; f++) {
    if (Math.abs(layer.offsets[f]) > largestOffset) {
      throw new UserError(
        `layer "${layer.name}", feature ${f}: its middle is ${layer.offsets[f] / one} input steps, int16 ends at 32767`,
        "give the measurements in a unit in which their values lie within int16",
      );
    }
    if (layer.factors[f] >= one) {
      throw new UserError(
        `layer "${layer.name}", feature ${f}: one input step is ${layer.factors[f]} output steps, at most ${one} are possible`,
        "give the measurement in a smaller unit, so that it spans more int16 steps, or leave it out: it hardly varies",
      );
    }
  }
  const multipliers = layer.factors.map((factor) => quantizeMultiplier(factor / one));
  if (isInt16(output)) expectSymmetric(layer.name, [output]);
  return {
    kernel: isInt16(output) ? "normalizationInt16" : "normalization",
    layer: {
      rows: elementCount(input.shape) / features,
      features,
      offsets: layer.offsets,
      multiplier: Int32Array.from(multipliers, (m) => m.multiplier),
      rightShift: Uint8Array.from(multipliers, (m) => m.rightShift),
      outputZeroPoint: quantizationOf(output).zeroPoint,
    },
  };
}
