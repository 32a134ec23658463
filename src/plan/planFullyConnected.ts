import { accumulatorBounds, expectAccumulatorsFit } from "../quantize/accumulatorBounds.js";
import { fullyConnectedFactors } from "../quantize/fullyConnectedFactors.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import type { QuantizedFullyConnected } from "../quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";

const blockOutputs = 4;
const unrolledInputs = 8;

function largestMultiple(of: number, upTo: number): number {
  return upTo - (upTo % of);
}

/** [out, in] → [out / 4, in, 4] for the outputs that fill blocks of four, then the other rows as they are. */
function packBlocks(weights: Int8Array, inFeatures: number, blockedOutFeatures: number): Int8Array {
  const packed = Int8Array.from(weights);
  for (let o = 0; o < blockedOutFeatures; o++) {
    const blockStart = largestMultiple(blockOutputs, o) * inFeatures;
    for (let i = 0; i < inFeatures; i++) {
      packed[blockStart + i * blockOutputs + (o % blockOutputs)] = weights[o * inFeatures + i]!;
    }
  }
  return packed;
}

/** bias − input zero point · Σ weights, so that kernels multiply the input as it is. */
function foldInputZeroPoint(layer: QuantizedFullyConnected, inputZeroPoint: number): Int32Array {
  const inFeatures = layer.weights.length / layer.bias.length;
  return layer.bias.map((bias, o) => {
    const row = layer.weights.subarray(o * inFeatures, (o + 1) * inFeatures);
    return bias - inputZeroPoint * row.reduce((sum, weight) => sum + weight, 0);
  });
}

/**
 * Settles every number of a fully connected layer and packs its weights for the kernel that runs it: the blocked one,
 * or the reference kernel where there are fewer than four outputs or a factor over 1.
 *
 * @throws UserError where an accumulator could leave int32
 */
export function planFullyConnected(
  layer: QuantizedFullyConnected,
  { inputs: [input], inputRanges: [inputRange], output }: LayerContext,
): KernelChoice {
  const outFeatures = layer.bias.length;
  const inFeatures = layer.weights.length / outFeatures;
  const factors = fullyConnectedFactors(layer, input.quantization, output.quantization);
  const bounds = accumulatorBounds(layer, input.quantization.zeroPoint, inputRange);
  expectAccumulatorsFit(layer.name, bounds, factors);
  const multipliers = factors.map(quantizeMultiplier);
  const leftShift = Uint8Array.from(multipliers, (m) => m.leftShift);

  const common = {
    inFeatures,
    outFeatures,
    bias: foldInputZeroPoint(layer, input.quantization.zeroPoint),
    multiplier: Int32Array.from(multipliers, (m) => m.multiplier),
    rightShift: Uint8Array.from(multipliers, (m) => m.rightShift),
    outputZeroPoint: output.quantization.zeroPoint,
    activationMin: layer.activationMin,
    activationMax: layer.activationMax,
  };
  const macs = inFeatures * outFeatures;
  const parameters = layer.weights.length + outFeatures;
  const hasLeftShift = leftShift.some((shift) => shift > 0);
  if (hasLeftShift || outFeatures < blockOutputs) {
    return {
      kernel: "fullyConnected",
      layer: {
        ...common,
        weights: layer.weights,
        leftShift: hasLeftShift ? leftShift : new Uint8Array(0),
        hasLeftShift: Number(hasLeftShift),
      },
      macs,
      parameters,
    };
  }
  const blockedOutFeatures = largestMultiple(blockOutputs, outFeatures);
  return {
    kernel: "fullyConnectedBlocked",
    layer: {
      ...common,
      blockedOutFeatures,
      unrolledInFeatures: largestMultiple(unrolledInputs, inFeatures),
      weights: packBlocks(layer.weights, inFeatures, blockedOutFeatures),
    },
    macs,
    parameters,
  };
}
