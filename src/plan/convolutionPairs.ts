import type { QuantizedConvolution } from "../network/quantizedNetwork.js";
import { chooseChannelBlock } from "./chooseBlock.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { type BoundedRescale, isRectified, type OutputSettings } from "./settleRescale.js";
import { packBlocks } from "./weightRows.js";
import type { WindowArguments } from "./windowArguments.js";

/** Output channels a step where layers share code. */
const sharedBlock = 4;
/** Output positions a step. */
export const pairPositions = 2;
/** Taps that are written out at most. */
const largestChunk = 16;
/** Fewer than these are written out only where nothing else divides. */
const smallestChunk = 4;

/**
 * How many taps are written out: the largest divisor but all, else as many as possible. With one turn only, gcc 12
 * makes no loop, and then keeps an address for each tap in memory.
 */
function chooseChunk(taps: number): number {
  const most = Math.min(largestChunk, taps - 1);
  for (let chunk = most; chunk >= smallestChunk; chunk--) if (taps % chunk === 0) return chunk;
  return Math.min(taps, largestChunk);
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

/** The layer as convolutionPairs takes it; undefined where code that layers share is for more channels than it has. */
export function packConvolutionPairs(
  layer: QuantizedConvolution,
  window: WindowArguments,
  rescale: BoundedRescale,
  settings: OutputSettings & { readonly inputZeroPoint: number },
  optimize: LayerContext["optimize"],
): Pick<KernelChoice, "kernel" | "layer" | "scratch"> | undefined {
  const { outHeight, ...rest } = window;
  const outChannels = layer.bias.length;
  const taps = layer.weights.length / outChannels;
  const block = optimize === "size" ? sharedBlock : chooseChannelBlock(taps, outChannels);
  if (outChannels < block) return undefined;
  // code that layers share is not unrolled
  const chunk = optimize === "size" ? taps : chooseChunk(taps);
  const direct = isDirect(window, layer);
  return {
    kernel: "convolutionPairs",
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
      // layers that share code share one way to rescale
      isRectified: Number(optimize !== "size" && isRectified(rescale, settings)),
      hasRuns: Number(layer.dilations[1] === 1),
      taps,
      chunk,
      chunks: Math.floor(taps / chunk),
      block,
      blocks: Math.ceil(outChannels / block),
      weights: packBlocks(layer.weights, outChannels, block),
    },
    scratch: [{ elementType: "int8", elements: direct ? 0 : 2 * taps }],
  };
}
