import type { QuantizedFullyConnected, QuantizedNetwork } from "../network/quantizedNetwork.js";
import { largestOffset } from "./digits.js";
import type { KernelChoice } from "./kernelChoice.js";
import type { BoundedRescale, OutputSettings } from "./settleRescale.js";

/** Outputs a step, in src/kernels/fullyConnectedShared.ts. */
const blockOutputs = 2;
/** Layers from which one function with a table for each is smaller than a part of a function for each. */
const fewestLayers = 4;

/** What the kernel is told of a layer besides its numbers of outputs. */
interface Common extends OutputSettings {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly inputZeroPoint: number;
}

function fitsInt16(value: number): boolean {
  return value >= -32768 && value <= 32767;
}

/** int8 [outputs, inputs] → [⌈outputs / 2⌉, inputs, 2] with fours of inputs together. */
function packFours(weights: Int8Array, { inFeatures, outFeatures }: Common): Int8Array {
  const inFours = inFeatures - (inFeatures % 4);
  const packed: number[] = [];
  for (let block = 0; block < outFeatures; block += blockOutputs) {
    const first = Math.min(block, outFeatures - blockOutputs) * inFeatures;
    for (let input = 0; input < inFeatures; input += input < inFours ? 4 : 1) {
      for (let at = first + input; at < first + blockOutputs * inFeatures; at += inFeatures)
        packed.push(...weights.subarray(at, at + (input < inFours ? 4 : 1)));
    }
  }
  return Int8Array.from(packed);
}

/**
 * The layer as fullyConnectedShared takes it; undefined where its numbers do not fit there, or the network has too few such
 * layers.
 *
 * @param rescale one factor for all outputs, for biases that are not folded
 */
export function packFullyConnectedShared(
  { weights }: QuantizedFullyConnected,
  common: Common,
  { bias, multiplier: [multiplier], rightShift: [rightShift] }: BoundedRescale,
  network: QuantizedNetwork | undefined,
): Pick<KernelChoice, "kernel" | "layer"> | undefined {
  const layers = network?.layers.filter((layer) => layer.kind === "fullyConnected") ?? [];
  const offset = Math.abs(2 * common.outputZeroPoint + 1) * 2 ** (rightShift! - 1);
  if (layers.length < fewestLayers || common.outFeatures < blockOutputs || offset > largestOffset)
    return undefined;
  const isNarrow = bias.every(fitsInt16);
  const settings = [
    ...[common.inFeatures, common.outFeatures, common.inputZeroPoint, multiplier!, rightShift!],
    ...[common.outputZeroPoint, common.activationMin, common.activationMax, isNarrow ? 1 : 2],
  ];
  return {
    kernel: "fullyConnectedShared",
    layer: {
      settings: Int32Array.from(settings),
      weights: packFours(weights, common),
      bias: Int16Array.from(isNarrow ? bias : Array.from(bias).flatMap((value) => [value, value >> 16])),
    },
  };
}
