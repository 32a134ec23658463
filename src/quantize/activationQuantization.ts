import type { Quantization } from "../quantizedNetwork.js";
import type { RealRange } from "./calibrate.js";
import type { IntegerForm } from "./integerSteps.js";

/** Outputs whose quantization the function fixes. Source: TFLite int8 quantization specification. */
const fixedOutputs: Readonly<Record<string, Quantization>> = {
  softmax: { scale: 1 / 256, zeroPoint: -128 },
  sigmoid: { scale: 1 / 256, zeroPoint: -128 },
  hardSigmoid: { scale: 1 / 256, zeroPoint: -128 },
  tanh: { scale: 1 / 128, zeroPoint: 0 },
};

/** Where a function no longer changes in steps of its fixed output: what lies beyond needs no input steps. */
const saturation: Readonly<Record<string, number>> = {
  // 1 − sigmoid(x) < 1/512
  sigmoid: 6.24,
  hardSigmoid: 3,
  // 1 − tanh(x) < 1/256
  tanh: 3.13,
};

/**
 * Scale and zero point that spread 256 steps over a range.
 *
 * Source: Jacob et al. 2018, arXiv:1712.05877 §3.
 */
export function chooseQuantization({ min, max }: RealRange): Quantization {
  const scale = Math.fround((max - min) / 255);
  // an activation that is always 0 has no range, and any scale represents it
  if (scale === 0) return { scale: 1, zeroPoint: 0 };
  return { scale, zeroPoint: Math.min(127, Math.max(-128, Math.round(-128 - min / scale))) };
}

/**
 * How each activation of an integer network is quantized, by its number: fixed by the function that makes it, or
 * chosen from the range of its values, without what the function that takes it cannot tell apart.
 *
 * @param ranges by number of the activation
 */
export function quantizeActivations(
  form: IntegerForm,
  ranges: readonly RealRange[],
): Map<number, Quantization> {
  const quantizations = new Map<number, Quantization>();
  const choose = (number: number): Quantization => {
    const users = form.steps.filter(({ inputs }) => inputs.includes(number));
    const limits = users.map(({ layer }) => saturation[layer.kind] ?? Number.POSITIVE_INFINITY);
    const limit = users.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...limits);
    const { min, max } = ranges[number];
    return chooseQuantization({ min: Math.max(min, -limit), max: Math.min(max, limit) });
  };
  quantizations.set(0, choose(0));
  for (const { layer, output } of form.steps)
    quantizations.set(output, fixedOutputs[layer.kind] ?? choose(output));
  return quantizations;
}
