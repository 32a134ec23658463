import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import { interleaved, packDigits } from "./digits.js";
import type { KernelChoice } from "./kernelChoice.js";
import type { BoundedRescale, OutputSettings } from "./settleRescale.js";

/** Pairs of outputs of a block: with three gcc 12 has no register left for the loads. */
const mostPairs = 2;
/** Inputs in fours that are written out at most. */
const largestChunk = 16;

/** How many fours are written out, and how often: what is left over is taken in pairs. */
function findChunks(fours: number): number[] {
  const most = Math.max(1, Math.min(fours, largestChunk));
  const chunks = Array.from({ length: most }, (_, i) => most - i);
  const least = Math.min(...chunks.filter((chunk) => 2 * chunk >= most).map((chunk) => fours % chunk));
  return chunks.filter((chunk) => fours % chunk <= least);
}

/** The layer as fullyConnectedDigits takes it, in blocks of two outputs and of four; nothing where its sums do not fit there. */
export function packFullyConnectedDigits(
  weights: Int8Array,
  common: OutputSettings & { readonly inFeatures: number; readonly outFeatures: number },
  rescale: BoundedRescale,
  isShared: boolean,
  range: IntegerRange,
): Pick<KernelChoice, "kernel" | "shape" | "layer">[] {
  const { inFeatures, outFeatures, outputZeroPoint, activationMin, activationMax } = common;
  const blocks = Array.from({ length: Math.min(mostPairs, outFeatures >> 1) }, (_, i) => 2 * (i + 1));
  const fours = inFeatures >> 2;
  return blocks.flatMap((block) => {
    const streams = new Map<number, Int32Array | undefined>();
    const streamOf = (inFours: number) => {
      if (streams.has(inFours)) return streams.get(inFours);
      const rows = {
        outputs: outFeatures,
        taps: inFeatures + (inFeatures % 2),
        weight: (output: number, place: number) => {
          const tap = place < inFours ? interleaved(place) : place;
          return tap < inFeatures ? weights[output * inFeatures + tap]! : 0;
        },
      };
      const stream = packDigits(rows, rescale, outputZeroPoint, range, block, isShared);
      streams.set(inFours, stream);
      return stream;
    };
    return findChunks(fours).flatMap((chunk) => {
      const chunks = Math.floor(fours / chunk);
      const stream = streamOf(chunks * chunk * 4);
      if (stream === undefined) return [];
      return [
        {
          kernel: "fullyConnectedDigits",
          shape: `${block} outputs, ${4 * chunk} inputs a turn`,
          layer: {
            ...{ inFeatures, outFeatures, chunk, chunks, block, stream, activationMin, activationMax },
            blocks: Math.ceil(outFeatures / block),
            isShared: Number(isShared),
            sharedAt: isShared ? stream.length - 3 : 0,
          },
        },
      ];
    });
  });
}
