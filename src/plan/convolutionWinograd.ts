import { elementCount } from "../base/tensor.js";
import type { QuantizedConvolution } from "../network/quantizedNetwork.js";
import type { ScratchNeed } from "../program/program.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { scratchRoom } from "./scratchRoom.js";
import { type BoundedRescale, isRectified, type OutputSettings } from "./settleRescale.js";
import { imageShape, type WindowArguments } from "./windowArguments.js";
import { overlapDistance } from "./windowOverlap.js";
import { fitsWinograd, packWinogradSettings, packWinogradWeights } from "./winogradTables.js";

/** Outputs along a row that are computed from six products, and a window's taps along an axis. */
const tileColumns = 4;
const points = 6;
const taps = 3;
/** Sums that a step keeps in registers: outputs times tiles. */
const blockSums = 8;
/** Pairs of taps that are written out at most. */
const largestChunk = 24;

/** What is computed of a layer at once. */
interface Blocking {
  readonly stripRows: number;
  readonly tiles: number;
  readonly outputs: number;
  readonly steps: number;
  readonly blocks: number;
}

interface Size {
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
}

/** Every way to go over the output: strips of as many rows as divide it, 4 tiles of 2 channels or 2 tiles of 4 a step. */
function findBlockings({ outHeight, outWidth, outChannels }: Size): Blocking[] {
  const heights = Array.from({ length: outHeight }, (_, i) => i + 1).filter((rows) => outHeight % rows === 0);
  return [4, 2].flatMap((tiles) => {
    const outputs = blockSums / tiles;
    if (outputs > outChannels) return [];
    const steps = Math.ceil(outWidth / tileColumns / tiles);
    const blocks = Math.ceil(outChannels / outputs);
    return heights.map((stripRows) => ({ stripRows, tiles, outputs, steps, blocks }));
  });
}

/** Words of a row with its padding. */
function lineWords({ tiles, steps }: Blocking, { channels }: Size): number {
  return ((steps * tiles * tileColumns + taps - 1) * channels) / 4;
}

/** The held rows at the six points; a block's weights there, or a row; sums. */
function scratchOf(blocking: Blocking, size: Size): ScratchNeed[] {
  const { stripRows, tiles, outputs, steps } = blocking;
  const weights = (points * taps * size.channels * outputs) / 2;
  const words = [
    (steps * points * (stripRows + taps - 1) * size.channels * tiles) / 2,
    Math.max(lineWords(blocking, size), weights),
    points * blockSums,
  ];
  return words.map((elements) => ({ elementType: "int32", elements }));
}

/**
 * A strip's rows have been read before one of its outputs is written, and those that it shares with the next one are
 * held.
 */
function overlapOf({ stripRows }: Blocking, size: Size, inBytes: number, window: WindowArguments): number {
  const inRow = inBytes / window.inHeight;
  const strips = Array.from({ length: size.outHeight / stripRows }, (_, strip) => ({
    readFrom: strip === 0 ? 0 : Math.max(0, strip * stripRows - window.paddingTop + taps - 1) * inRow,
    writtenTo: (strip + 1) * stripRows * size.outWidth * size.outChannels,
  }));
  return Math.max(-inBytes, overlapDistance(strips, true));
}

/**
 * The layer as convolutionWinograd takes it, in every way that finds room; nothing where it is not one of 3×3 windows that
 * move by 1 over a multiple of 4 channels, or where its numbers do not fit there.
 */
export function packConvolutionWinograd(
  layer: QuantizedConvolution,
  window: WindowArguments,
  rescale: BoundedRescale,
  settings: OutputSettings & { readonly inputZeroPoint: number },
  { inputs: [input], output, network }: LayerContext,
  refuse: (why: string) => void,
): KernelChoice[] {
  const [, inWidth, channels] = imageShape(input!);
  const [outHeight, outWidth, outChannels] = imageShape(output);
  const size = { channels, outHeight, outWidth, outChannels };
  const is3x3 = layer.kernelSize.every((taken) => taken === taps);
  const isDense = [...layer.strides, ...layer.dilations].every((step) => step === 1);
  const refused = (why: string): KernelChoice[] => {
    refuse(why);
    return [];
  };
  if (!is3x3 || !isDense) return refused("not 3×3 windows that move by 1");
  if (channels % 4 !== 0) return refused(`${channels} input channels are no multiple of 4`);
  if (!fitsWinograd(layer, rescale.bias)) return refused("a number on the way could leave int32");
  const room = network === undefined ? 0 : scratchRoom(network, layer);
  const bytes = (blocking: Blocking) =>
    scratchOf(blocking, size).reduce((sum, { elements }) => sum + 4 * elements, 0);
  const blockings = findBlockings(size).filter((blocking) => bytes(blocking) <= room);
  if (blockings.length === 0) return refused(`no way to go over it takes at most ${room} B of scratch`);
  const pairs = (taps * channels) / 2;
  const chunk = Array.from({ length: largestChunk }, (_, i) => largestChunk - i).find(
    (some) => pairs % some === 0,
  )!;
  const packed = new Map(
    blockings.map(({ outputs }) => [
      outputs,
      {
        weights: packWinogradWeights(layer, channels, outputs),
        settings: packWinogradSettings(rescale, settings.outputZeroPoint, outputs),
      },
    ]),
  );
  return blockings.flatMap((blocking): KernelChoice[] => {
    const { stripRows, steps, tiles, outputs } = blocking;
    const tables = packed.get(outputs)!;
    if (tables.settings === undefined) return refused("an output's offset is over 2^30");
    return [
      {
        kernel: "convolutionWinograd",
        shape: `strips of ${stripRows} rows, ${tiles} × ${outputs} a step`,
        layer: {
          ...{ inHeight: window.inHeight, inRow: inWidth * channels, channels, outWidth, outChannels },
          nothing: ((settings.inputZeroPoint & 255) * 0x01010101) | 0,
          paddingTop: window.paddingTop,
          lineLength: lineWords(blocking, size),
          lineStart: (window.paddingLeft * channels) / 4,
          ...{ ...blocking, strips: outHeight / stripRows, heldRows: stripRows + taps - 1 },
          isWhole: Number(steps * tiles * tileColumns === outWidth),
          ...{ chunk, chunks: pairs / chunk },
          ...{ weights: tables.weights, settings: tables.settings },
          isRectified: Number(isRectified(rescale, settings)),
          ...{ activationMin: settings.activationMin, activationMax: settings.activationMax },
        },
        scratch: scratchOf(blocking, size),
        overlaps: [{ input: 0, distance: overlapOf(blocking, size, elementCount(input!.shape), window) }],
      },
    ];
  });
}
