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

/** Cycles on a Cortex-M4, fitted to layers of 16, 32 and 64 channels, which take 2 to 5 % more or less. */
function cyclesOf({ stripRows, tiles, outputs, steps, blocks }: Blocking, size: Size): number {
  const quads = size.channels / 4;
  const strips = size.outHeight / stripRows;
  const products =
    size.outHeight * steps * blocks * (points * (17 * taps * 2 * quads + 45) + 54 * blockSums + 80);
  const weights = strips * blocks * outputs * taps * quads * 60;
  const rows = (size.outHeight + (taps - 1) * (1 + 0.3 * strips)) * steps * tiles * quads * 95;
  return products + weights + rows;
}

/** What a kernel of packed words takes that multiplies each weight with each input: fitted alike. */
function directCycles({ channels, outHeight, outWidth, outChannels }: Size): number {
  return outHeight * outWidth * outChannels * (1.1 * taps * taps * channels + 42);
}

/** The fastest way that finds room. */
function chooseBlocking(size: Size, room: number): Blocking | undefined {
  const bytes = (blocking: Blocking) =>
    scratchOf(blocking, size).reduce((sum, { elements }) => sum + 4 * elements, 0);
  const [best] = findBlockings(size)
    .filter((blocking) => bytes(blocking) <= room)
    .sort((a, b) => cyclesOf(a, size) - cyclesOf(b, size) || bytes(a) - bytes(b));
  return best !== undefined && cyclesOf(best, size) < directCycles(size) ? best : undefined;
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
 * The layer as convolutionWinograd takes it; undefined where plain C or less RAM is asked for, where it is not one of 3×3
 * windows that move by 1 over a multiple of 4 channels, where its numbers do not fit there, or where it does not pay.
 */
export function packConvolutionWinograd(
  layer: QuantizedConvolution,
  window: WindowArguments,
  rescale: BoundedRescale,
  settings: OutputSettings & { readonly inputZeroPoint: number },
  { inputs: [input], output, optimize, target, network }: LayerContext,
): KernelChoice | undefined {
  if (!target.dsp || optimize !== "speed" || network === undefined) return undefined;
  const [, inWidth, channels] = imageShape(input!);
  const [outHeight, outWidth, outChannels] = imageShape(output);
  const size = { channels, outHeight, outWidth, outChannels };
  const is3x3 = layer.kernelSize.every((taken) => taken === taps);
  const isDense = [...layer.strides, ...layer.dilations].every((step) => step === 1);
  if (!is3x3 || !isDense || channels % 4 !== 0 || !fitsWinograd(layer, rescale.bias)) return undefined;
  const blocking = chooseBlocking(size, scratchRoom(network, layer));
  if (blocking === undefined) return undefined;
  const packed = packWinogradSettings(rescale, settings.outputZeroPoint, blocking.outputs);
  if (packed === undefined) return undefined;
  const { stripRows, steps, tiles } = blocking;
  const pairs = (taps * channels) / 2;
  const chunk = Array.from({ length: largestChunk }, (_, i) => largestChunk - i).find(
    (some) => pairs % some === 0,
  )!;
  return {
    kernel: "convolutionWinograd",
    layer: {
      ...{ inHeight: window.inHeight, inRow: inWidth * channels, channels, outWidth, outChannels },
      nothing: ((settings.inputZeroPoint & 255) * 0x01010101) | 0,
      paddingTop: window.paddingTop,
      lineLength: lineWords(blocking, size),
      lineStart: (window.paddingLeft * channels) / 4,
      ...{ ...blocking, strips: outHeight / stripRows, heldRows: stripRows + taps - 1 },
      isWhole: Number(steps * tiles * tileColumns === outWidth),
      ...{ chunk, chunks: pairs / chunk },
      weights: packWinogradWeights(layer, channels, blocking.outputs),
      settings: packed,
      isRectified: Number(isRectified(rescale, settings)),
      ...{ activationMin: settings.activationMin, activationMax: settings.activationMax },
    },
    scratch: scratchOf(blocking, size),
    overlaps: [{ input: 0, distance: overlapOf(blocking, size, elementCount(input!.shape), window) }],
  };
}
