import { quantizationOf } from "../network/quantization.js";
import type { QuantizedFullyConnected } from "../network/quantizedNetwork.js";
import { accumulatorBounds, expectAccumulatorsFit } from "../quantize/accumulatorBounds.js";
import { fullyConnectedFactors } from "../quantize/fullyConnectedFactors.js";
import { packFullyConnectedDigits } from "./fullyConnectedDigits.js";
import { packFullyConnectedShared } from "./fullyConnectedShared.js";
import type { Candidates, KernelChoice, LayerContext } from "./kernelChoice.js";
import { type BoundedRescale, roundsToEven, settleBoundedRescale, settleRescale } from "./settleRescale.js";
import { foldInputZeroPoint, packBlocks, sumBounds } from "./weightRows.js";

/** Outputs a step of fullyConnectedBlocked where flash is to be saved: fewer have no steps, and less code. */
const compactBlock = 8;
/** Outputs that a step of it computes at most; up to ten where that is all of them. */
const mostOutputs = 8;
const mostInOneStep = 10;
/** Inputs a step, in src/kernels/fullyConnectedBlocked.ts. */
const unrolledInputs = 8;
/** Outputs a step, in src/kernels/fullyConnectedCompact.ts. */
const compactOutputs = 4;

function largestMultiple(of: number, upTo: number): number {
  return upTo - (upTo % of);
}

/** True where all outputs have one factor. */
function isShared({ multiplier, rightShift }: BoundedRescale): boolean {
  return multiplier.every((m) => m === multiplier[0]) && rightShift.every((s) => s === rightShift[0]);
}

/** What every kernel takes. */
interface CommonArguments {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly outputZeroPoint: number;
  readonly activationMin: number;
  readonly activationMax: number;
}

type KernelPart = Pick<KernelChoice, "kernel" | "shape" | "layer">;

function blocked(
  weights: Int8Array,
  common: CommonArguments,
  rescale: BoundedRescale,
  block: number,
): KernelPart {
  const { inFeatures, outFeatures } = common;
  const blockedOutFeatures = largestMultiple(block, outFeatures);
  const packed = Int8Array.from(weights);
  const inBlocks = weights.subarray(0, blockedOutFeatures * inFeatures);
  if (blockedOutFeatures > 0) packed.set(packBlocks(inBlocks, blockedOutFeatures, block));
  const hasOneFactor = isShared(rescale);
  return {
    kernel: "fullyConnectedBlocked",
    shape: `${block} outputs a step`,
    layer: {
      ...common,
      ...rescale,
      isShared: Number(hasOneFactor),
      // the firmware has no tables that nothing reads, and what it takes is counted here
      ...(hasOneFactor && { multiplier: new Int32Array(0), rightShift: new Uint8Array(0) }),
      sharedMultiplier: rescale.multiplier[0]!,
      sharedRightShift: rescale.rightShift[0]!,
      block,
      blockedOutFeatures,
      unrolledInFeatures: largestMultiple(unrolledInputs, inFeatures),
      weights: packed,
    },
  };
}

/** @param rescale for biases that are not folded */
function compact(
  { weights, bias }: QuantizedFullyConnected,
  common: CommonArguments & { readonly inputZeroPoint: number },
  rescale: BoundedRescale,
): KernelPart {
  const hasWideBias = bias.some((value) => value < -32768 || value > 32767);
  return {
    kernel: "fullyConnectedCompact",
    layer: {
      ...common,
      blocks: Math.ceil(common.outFeatures / compactOutputs),
      weights: packBlocks(weights, common.outFeatures, compactOutputs),
      hasWideBias: Number(hasWideBias),
      narrowBias: hasWideBias ? new Int16Array(0) : Int16Array.from(bias),
      wideBias: hasWideBias ? bias : new Int32Array(0),
      multiplier: rescale.multiplier[0]!,
      rightShift: rescale.rightShift[0]!,
    },
  };
}

/**
 * Settles every number of a fully connected layer and packs its weights for each kernel that can run it: the reference where
 * a factor is 1/2 or more, else some outputs a step, and digits on cores with packed arithmetic; for size the one that needs
 * the fewest bytes.
 *
 * @throws UserError where an accumulator could leave int32
 */
export function planFullyConnected(
  layer: QuantizedFullyConnected,
  {
    inputs: [input],
    inputRanges: [inputRange],
    output,
    optimize,
    target,
    network,
    refuse = () => undefined,
  }: LayerContext,
): Candidates {
  const outFeatures = layer.bias.length;
  const inFeatures = layer.weights.length / outFeatures;
  const inputZeroPoint = quantizationOf(input).zeroPoint;
  const factors = fullyConnectedFactors(layer, quantizationOf(input), quantizationOf(output));
  const { zeroPoint: outputZeroPoint } = quantizationOf(output);
  const bounds = accumulatorBounds(layer, inputZeroPoint, inputRange);
  expectAccumulatorsFit(layer.name, bounds, factors, outputZeroPoint);
  const common = {
    inFeatures,
    outFeatures,
    outputZeroPoint,
    activationMin: layer.activationMin,
    activationMax: layer.activationMax,
  };
  const sums = sumBounds(layer, inputZeroPoint, inputRange);
  const bias = foldInputZeroPoint(layer, inputZeroPoint);
  const isEven = layer.rounding !== undefined;
  const rescale = isEven ? undefined : settleBoundedRescale(bias, sums, factors, common);
  const counts = { macs: inFeatures * outFeatures, parameters: layer.weights.length + outFeatures };
  const complete = (found: readonly KernelPart[]): Candidates => found.map((one) => ({ ...one, ...counts }));
  if (optimize === "size" && !isEven) {
    const unfolded = settleBoundedRescale(layer.bias, sums, factors, common);
    if (unfolded && isShared(unfolded)) {
      const shared = { ...common, inputZeroPoint };
      const packed = target.dsp ? packFullyConnectedShared(layer, shared, unfolded, network) : undefined;
      if (packed) return complete([packed]);
      if (outFeatures >= compactOutputs) return complete([compact(layer, shared, unfolded)]);
    }
  }
  if (!rescale) {
    refuse("all others", isEven ? roundsToEven : "a factor is 1/2 or more, or a sum could reach 2^30");
    const reference = { ...common, ...settleRescale(factors, layer.rounding), bias, weights: layer.weights };
    return complete([{ kernel: "fullyConnected", layer: reference }]);
  }
  if (optimize === "size") return complete([blocked(layer.weights, common, rescale, compactBlock)]);
  // gcc 12 keeps eight sums in registers; ten only where no loop over steps needs one too
  const most = outFeatures <= mostInOneStep ? outFeatures : mostOutputs;
  const blocks = Array.from({ length: most }, (_, i) => i + 1).filter(
    (block) => block <= mostOutputs || block === outFeatures,
  );
  const plain = blocks.map((block) => blocked(layer.weights, common, rescale, block));
  if (!target.dsp) return complete(plain);
  const digits = packFullyConnectedDigits(layer.weights, common, rescale, isShared(rescale), inputRange);
  if (digits.length === 0) refuse("fullyConnectedDigits", "two outputs' sums do not fit into one");
  return complete([...digits, ...plain]);
}
