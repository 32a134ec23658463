import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import { interleaved, packDigits } from "./digits.js";
import type { KernelChoice } from "./kernelChoice.js";
import type { BoundedRescale, OutputSettings } from "./settleRescale.js";

/** Pairs of outputs of a block: with three gcc 12 has no register left for the loads. */
const mostPairs = 2;
/** Inputs in fours that are written out at most. */
const largestChunk = 16;

/** Cycles of one four of inputs: to load and spread them; and for each pair of outputs. */
const cyclesOfFour = 4;
const cyclesOfPair = 9;

/** The pairs of a block with which all outputs take fewest cycles. */
function choosePairs(outFeatures: number): number {
  const cycles = (pairs: number): number =>
    Math.ceil(outFeatures / (2 * pairs)) * (cyclesOfFour + cyclesOfPair * pairs);
  let best = 1;
  for (let pairs = 2; pairs <= Math.min(mostPairs, outFeatures >> 1); pairs++)
    if (cycles(pairs) <= cycles(best)) best = pairs;
  return best;
}

/** How many fours are written out, and how often: what is left over is taken in pairs. */
function chooseChunk(fours: number): { readonly chunk: number; readonly chunks: number } {
  let best = Math.max(1, Math.min(fours, largestChunk));
  for (let chunk = best; chunk >= largestChunk / 2; chunk--) if (fours % chunk < fours % best) best = chunk;
  return { chunk: best, chunks: Math.floor(fours / best) };
}

/** The layer as fullyConnectedDigits takes it; undefined where its sums do not fit there. */
export function packFullyConnectedDigits(
  weights: Int8Array,
  common: OutputSettings & { readonly inFeatures: number; readonly outFeatures: number },
  rescale: BoundedRescale,
  isShared: boolean,
  range: IntegerRange,
): Pick<KernelChoice, "kernel" | "layer"> | undefined {
  const { inFeatures, outFeatures, outputZeroPoint, activationMin, activationMax } = common;
  if (outFeatures < 2) return undefined;
  const block = 2 * choosePairs(outFeatures);
  const { chunk, chunks } = chooseChunk(inFeatures >> 2);
  const inFours = chunks * chunk * 4;
  const rows = {
    outputs: outFeatures,
    taps: inFeatures + (inFeatures % 2),
    weight: (output: number, place: number) => {
      const tap = place < inFours ? interleaved(place) : place;
      return tap < inFeatures ? weights[output * inFeatures + tap]! : 0;
    },
  };
  const stream = packDigits(rows, rescale, outputZeroPoint, range, block, isShared);
  if (stream === undefined) return undefined;
  return {
    kernel: "fullyConnectedDigits",
    layer: {
      ...{ inFeatures, outFeatures, chunk, chunks, block, stream, activationMin, activationMax },
      blocks: Math.ceil(outFeatures / block),
      isShared: Number(isShared),
      sharedAt: isShared ? stream.length - 3 : 0,
    },
  };
}
