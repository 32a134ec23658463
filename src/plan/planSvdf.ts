import { UserError } from "../base/errors.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedSvdfFeatures, QuantizedSvdfTime } from "../network/quantizedStateLayers.js";
import { accumulatorBounds, expectAccumulatorsFit } from "../quantize/accumulatorBounds.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";

const int8 = { min: -128, max: 127 };

/** Scale of a product in output steps: of float32, as the reference computes it. */
function factorOf(input: number, weights: number, output: number): number {
  return Math.fround(Math.fround(input * weights) / output);
}

/**
 * Settles what an SVDF's filters make of an input.
 *
 * @throws UserError where a sum could leave int32
 */
export function planSvdfFeatures(
  { name, featureWeights, weightScale }: QuantizedSvdfFeatures,
  { inputs: [input], output }: LayerContext,
): KernelChoice {
  const [filters, memory] = output.shape as [number, number];
  const inFeatures = featureWeights.length / filters;
  const [from, state] = [quantizationOf(input!), quantizationOf(output)];
  const factor = factorOf(from.scale, weightScale, state.scale);
  const bounds = accumulatorBounds(
    { weights: featureWeights, bias: new Int32Array(filters) },
    from.zeroPoint,
    int8,
  );
  expectAccumulatorsFit(name, bounds, new Array(filters).fill(factor), state.zeroPoint);
  return {
    kernel: output.elementType === "int8" ? "svdfFeatures" : "svdfFeaturesInt16",
    layer: {
      ...{ inFeatures, filters, memory, featureWeights },
      ...{ inputZeroPoint: from.zeroPoint, stateZeroPoint: state.zeroPoint },
      ...quantizeMultiplier(factor),
    },
    macs: featureWeights.length,
    parameters: featureWeights.length,
  };
}

/** From it on a sum of any int32, rescaled, could leave int32 with the zero point. */
const factorEnd = 0.5;

/**
 * Settles how an SVDF's units weigh the memories of their filters.
 *
 * @throws UserError where a sum of int8 could leave int32, or a step of a sum is half an output step or more
 */
export function planSvdfTime(
  { name, timeWeights, weightScale, bias }: QuantizedSvdfTime,
  { inputs: [state], output }: LayerContext,
): KernelChoice {
  const [from, to] = [quantizationOf(state!), quantizationOf(output)];
  const factor = factorOf(from.scale, weightScale, to.scale);
  if (!(factor < factorEnd)) {
    throw new UserError(
      `layer "${name}": a step of its sums is ${factor} output steps; less than ${factorEnd} are possible`,
      "calibrate with data of the real range",
    );
  }
  const units = bias.length;
  const { multiplier, rightShift } = quantizeMultiplier(factor);
  const numbers = { units, taps: timeWeights.length / units, multiplier, rightShift };
  const shared = {
    macs: timeWeights.length,
    parameters: timeWeights.length + units,
  };
  if (!(timeWeights instanceof Int8Array)) {
    return {
      kernel: "svdfTimeInt16",
      layer: { ...numbers, outputZeroPoint: to.zeroPoint, timeWeights, bias },
      ...shared,
    };
  }
  const bounds = accumulatorBounds({ weights: timeWeights, bias }, from.zeroPoint, int8);
  expectAccumulatorsFit(name, bounds, new Array(units).fill(factor), to.zeroPoint);
  const zeroPoints = { stateZeroPoint: from.zeroPoint, outputZeroPoint: to.zeroPoint };
  return { kernel: "svdfTime", layer: { ...numbers, ...zeroPoints, timeWeights, bias }, ...shared };
}
