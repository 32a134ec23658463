import type { QuantizedConvolution } from "../network/quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { type BoundedRescale, isRectified, type OutputSettings } from "./settleRescale.js";
import { packBlocks } from "./weightRows.js";
import type { WindowArguments } from "./windowArguments.js";

/** Output channels that a step computes at most, each at two positions. */
const mostChannels = 4;
/** Output positions a step. */
export const pairPositions = 2;
/** Taps that are written out at most. */
const largestChunk = 16;
/** Fewer than these are written out only where nothing else divides. */
const smallestChunk = 4;

/**
 * How many taps may be written out: divisors but all, else as many as can be. With one turn only, gcc 12 makes no loop, and
 * then keeps an address for each tap in memory.
 */
function findChunks(taps: number): number[] {
  const most = Math.min(largestChunk, taps - 1);
  const divisors = Array.from({ length: Math.max(0, most - smallestChunk + 1) }, (_, i) => most - i).filter(
    (chunk) => taps % chunk === 0,
  );
  return divisors.length > 0 ? divisors : [Math.min(taps, largestChunk)];
}

/** True where every window is one run of the input's bytes. */
function isDirect(
  window: WindowArguments,
  { padding, dilations, kernelSize }: QuantizedConvolution,
): boolean {
  const isInside = padding.top + padding.bottom + padding.left + padding.right === 0;
  const isOneRow = kernelSize[0] === 1 && (kernelSize[1] === 1 || dilations[1] === 1);
  const fillsRows = kernelSize[1] === window.inWidth && dilations[0] === 1 && dilations[1] === 1;
  return isInside && (isOneRow || fillsRows);
}

/**
 * The layer as convolutionPairs takes it, in blocks of some channels and with some taps written out; for size in the one
 * way that layers share, nothing where it has fewer channels.
 */
export function packConvolutionPairs(
  layer: QuantizedConvolution,
  window: WindowArguments,
  rescale: BoundedRescale,
  settings: OutputSettings & { readonly inputZeroPoint: number },
  optimize: LayerContext["optimize"],
): Pick<KernelChoice, "kernel" | "shape" | "layer" | "scratch">[] {
  const { outHeight, ...rest } = window;
  const outChannels = layer.bias.length;
  const taps = layer.weights.length / outChannels;
  const direct = isDirect(window, layer);
  // code that layers share has one block, is not unrolled, and rescales in one way
  const isShared = optimize === "size";
  const blocks = Array.from({ length: mostChannels }, (_, i) => i + 1).filter((block) =>
    isShared ? block === mostChannels && block <= outChannels : block <= outChannels,
  );
  return blocks.flatMap((block) => {
    const weights = packBlocks(layer.weights, outChannels, block);
    return (isShared ? [taps] : findChunks(taps)).map((chunk) => ({
      kernel: "convolutionPairs",
      shape: `${block} channels, ${isShared ? "code for all layers" : `${chunk} taps a turn`}`,
      layer: {
        ...rest,
        ...settings,
        ...rescale,
        inChannels: taps / (layer.kernelSize[0] * layer.kernelSize[1]),
        positions: outHeight * window.outWidth,
        outChannels,
        dilationY: layer.dilations[0],
        dilationX: layer.dilations[1],
        isDirect: Number(direct),
        isRectified: Number(!isShared && isRectified(rescale, settings)),
        hasRuns: Number(layer.dilations[1] === 1),
        taps,
        chunk,
        chunks: Math.floor(taps / chunk),
        block,
        blocks: Math.ceil(outChannels / block),
        weights,
      },
      scratch: [{ elementType: "int8", elements: direct ? 0 : 2 * taps }],
    }));
  });
}
