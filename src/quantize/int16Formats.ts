import { UserError } from "../base/errors.js";
import type { Quantization } from "../network/quantizedNetwork.js";
import type { Layer } from "../train/layers/layerKinds.js";
import type { RealRange } from "./calibrate.js";
import type { IntegerForm } from "./integerSteps.js";

/** What activations are: int8, or int16 beside weights of int8. */
export type ActivationType = "int8" | "int16";

const bounded: Quantization = { scale: 1 / 32768, zeroPoint: 0 };

/** Outputs whose quantization the function fixes: shares, and what lies within ±1. Source: TFLM softmax_common.cc, tanh.cc. */
export const fixedInt16Outputs: Readonly<Record<string, Quantization>> = {
  softmax: bounded,
  sigmoid: bounded,
  hardSigmoid: bounded,
  tanh: bounded,
};

/** Where a function no longer changes in steps of its fixed output. */
export const int16Saturation: Readonly<Record<string, number>> = {
  // 1 − sigmoid(x) < 1/65536
  sigmoid: 11.1,
  hardSigmoid: 3,
  // 1 − tanh(x) < 1/65536
  tanh: 5.9,
};

/** Layers that have a kernel of int16. */
const kinds: ReadonlySet<Layer["kind"]> = new Set<Layer["kind"]>([
  ...(["averagePool1d", "averagePool2d", "conv1d", "conv2d", "dense", "depthwiseConv2d"] as const),
  ...(["hardSigmoid", "hardSwish", "leakyRelu", "maxPool1d", "maxPool2d", "normalization"] as const),
  ...([
    "biquads",
    "decimate",
    "relu",
    "relu6",
    "sigmoid",
    "softmax",
    "spectrum",
    "statistics",
    "tanh",
  ] as const),
]);

/** @throws UserError naming a layer that has no form with activations of int16 */
export function expectInt16Form({ steps }: IntegerForm): void {
  const wrong = steps.find(({ layer }) => !kinds.has(layer.kind));
  if (wrong === undefined) return;
  throw new UserError(
    `layer "${wrong.layer.name}" (${wrong.layer.kind}) takes no int16 activations; supported are ${[...kinds].join(", ")}, dropout, flatten and reshape`,
    'leave quantize: { activations: "int16" } out, or put other layers in its place: averagePool2d() of the whole image and flatten() for globalAveragePool2d()',
  );
}

/** A symmetric scale over a range: 32767 steps for the largest magnitude. */
export function chooseInt16({ min, max }: RealRange): Quantization {
  const scale = Math.fround(Math.max(-min, max) / 32767);
  return { scale: scale === 0 ? 1 : scale, zeroPoint: 0 };
}
