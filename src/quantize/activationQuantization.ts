import { UserError } from "../base/errors.js";
import type { ElementType, Quantization, Quantized } from "../network/quantizedNetwork.js";
import type { RealRange } from "./calibrate.js";
import type { IntegerForm } from "./integerSteps.js";
import { shareFormats } from "./sharedFormats.js";

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
  // + 0 makes −0 a 0: JSON knows no −0, and a network's hash tells them apart
  return { scale, zeroPoint: Math.min(127, Math.max(-128, Math.round(-128 - min / scale))) + 0 };
}

/** How an activation is represented. */
export interface ActivationFormat extends Quantized {
  readonly elementType: ElementType;
}

/** Raw measurements as int16: whole numbers as they are, others spread over the range. */
function chooseRaw({ min, max, areIntegers }: RealRange): ActivationFormat {
  const largest = Math.max(-min, max);
  const scale = areIntegers && largest < 2 ** 15 ? 1 : Math.fround(largest / (2 ** 15 - 1));
  return { quantization: { scale: scale === 0 ? 1 : scale, zeroPoint: 0 }, elementType: "int16" };
}

/**
 * How each activation of an integer network is quantized, by its number: fixed by the function that makes it, or
 * chosen from the range of its values (and of those that share its format), without what the functions that take it
 * cannot tell apart.
 *
 * @param ranges by number of the activation
 */
export function quantizeActivations(
  form: IntegerForm,
  ranges: readonly RealRange[],
): Map<number, ActivationFormat> {
  const formats = new Map<number, ActivationFormat>();
  const shared = shareFormats(form, ({ layer }) => fixedOutputs[layer.kind], ranges);
  for (const [number, { members, fixed }] of shared) {
    const quantization = fixed ?? chooseQuantization(usedRange(form, members, ranges));
    formats.set(number, { quantization, elementType: "int8" });
  }
  if (takesRaw(form)) formats.set(0, chooseRaw(ranges[0]));
  return formats;
}

/** The range of several activations, without what the functions that take them cannot tell apart. */
function usedRange(
  { steps, output }: IntegerForm,
  members: ReadonlySet<number>,
  ranges: readonly RealRange[],
): RealRange {
  const users = steps.filter(
    (step) => !members.has(step.output) && step.inputs.some((number) => members.has(number)),
  );
  const isBounded = users.length > 0 && !members.has(output);
  const limits = users.map(({ layer }) => saturation[layer.kind] ?? Number.POSITIVE_INFINITY);
  const limit = isBounded ? Math.max(...limits) : Number.POSITIVE_INFINITY;
  const all = [...members].map((number) => ranges[number]);
  return {
    min: Math.max(Math.min(...all.map(({ min }) => min)), -limit),
    max: Math.min(Math.max(...all.map(({ max }) => max)), limit),
  };
}

/** @throws UserError when a normalization shares the input with another layer */
function takesRaw({ steps }: IntegerForm): boolean {
  const users = steps.filter(({ inputs }) => inputs.includes(0));
  const normalizations = users.filter(({ layer }) => layer.kind === "normalization");
  const [normalization] = normalizations;
  if (normalization !== undefined && normalizations.length < users.length) {
    throw new UserError(
      `layer "${normalization.layer.name}" takes the raw input, and so does another layer that cannot`,
      "let the other layer take what the normalization gives",
    );
  }
  return normalization !== undefined;
}
