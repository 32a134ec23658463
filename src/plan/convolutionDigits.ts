import type { QuantizedConvolution } from "../network/quantizedNetwork.js";
import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import { interleaved, packDigits } from "./digits.js";
import type { KernelChoice } from "./kernelChoice.js";
import { type BoundedRescale, isRectified, type OutputSettings } from "./settleRescale.js";
import type { WindowArguments } from "./windowArguments.js";

/** Output channels a step, in src/kernels/convolutionDigits.ts. */
const blockChannels = 4;
/**
 * Pairs of taps that are written out at most, and at least where they are not all. With one turn only, gcc 12 makes no
 * loop and keeps an address for each pair in memory; rows with few pairs have a loop over rows around them.
 */
const largestChunk = 16;
const smallestChunk = 4;
/** The smallest of rows that no chunk divides: they are filled up with taps of weight 0. */
const fillingChunk = 8;

/** Windows of that many rows, of no more pairs each, are gathered: a loop over such rows costs more than the copies. */
const gatheredHeight = 5;
const mostGatheredPairs = 8;

/** Pairs of a window's row, filled up, and how many of them are written out. */
function layOutPairs(taps: number): { readonly pairs: number; readonly chunk: number } {
  const pairs = Math.ceil(taps / 2);
  if (pairs <= smallestChunk) return { pairs, chunk: pairs };
  for (let chunk = Math.min(largestChunk, pairs - 1); chunk >= smallestChunk; chunk--)
    if (pairs % chunk === 0) return { pairs, chunk };
  if (pairs <= largestChunk) return { pairs, chunk: pairs };
  let best = { pairs: Number.POSITIVE_INFINITY, chunk: 0 };
  for (let chunk = largestChunk; chunk >= fillingChunk; chunk--) {
    const filled = Math.ceil(pairs / chunk) * chunk;
    // interleaved rows are whole fours
    if (filled < best.pairs && filled % 2 <= pairs % 2) best = { pairs: filled, chunk };
  }
  return best;
}

/** How src/kernels/convolutionDigits.ts goes over the output. */
interface Strips {
  readonly inHeight: number;
  readonly inRow: number;
  readonly lastRow: number;
  readonly outWidth: number;
  readonly strips: number;
  readonly stripPositions: number;
  readonly columns: number;
  readonly secondStep: number;
  readonly isWhole: number;
  readonly advance: number;
  readonly heldRows: number;
  readonly rowLength: number;
  readonly rowStart: number;
  readonly columnStep: number;
  readonly pairStep: number;
}

/** Windows of one position that follow each other: they are taken two at a time, whatever rows they lie in. */
function pointwiseStrips(positions: number, channels: number): Strips {
  const strips = Math.ceil(positions / 2);
  const isOdd = positions % 2;
  return {
    ...{ inHeight: strips, inRow: 2 * channels, lastRow: (2 - isOdd) * channels },
    ...{ outWidth: 2, strips, stripPositions: 2, columns: 2, secondStep: 1, isWhole: 1 - isOdd },
    ...{ advance: 1, heldRows: 1, rowLength: 2 * channels, rowStart: 0 },
    ...{ columnStep: channels, pairStep: channels },
  };
}

/** Two columns or two rows at a time, by which leaves fewer places empty. */
function imageStrips(window: WindowArguments, channels: number, dilationY: number): Strips {
  const { inHeight, inWidth, outHeight, outWidth, kernelHeight, kernelWidth, strideX, strideY } = window;
  const inRow = inWidth * channels;
  const taken = Math.max((outWidth - 1) * strideX + kernelWidth, window.paddingLeft + inWidth);
  const rowLength = 2 * Math.ceil((taken * channels) / 2);
  const windowRows = (kernelHeight - 1) * dilationY + 1;
  const isAcross = outHeight * (outWidth + (outWidth % 2)) <= outWidth * (outHeight + (outHeight % 2));
  const stripRows = isAcross ? 1 : 2;
  return {
    ...{ inHeight, inRow, lastRow: inRow, outWidth, rowLength, rowStart: window.paddingLeft * channels },
    strips: Math.ceil(outHeight / stripRows),
    stripPositions: stripRows * outWidth,
    columns: isAcross ? 2 : 1,
    secondStep: isAcross ? 1 : outWidth,
    isWhole: Number((isAcross ? outWidth : outHeight) % 2 === 0),
    advance: stripRows * strideY,
    heldRows: windowRows + (stripRows - 1) * strideY,
    columnStep: strideX * channels,
    pairStep: isAcross ? strideX * channels : strideY * rowLength,
  };
}

/** The layer as convolutionDigits takes it; undefined where its sums do not fit there, or its columns are dilated. */
export function packConvolutionDigits(
  layer: QuantizedConvolution,
  window: WindowArguments,
  rescale: BoundedRescale,
  settings: OutputSettings & { readonly inputZeroPoint: number },
  range: IntegerRange,
): Pick<KernelChoice, "kernel" | "layer" | "scratch"> | undefined {
  const [kernelHeight, kernelWidth] = layer.kernelSize;
  const outChannels = layer.bias.length;
  if (outChannels < blockChannels || (layer.dilations[1] > 1 && kernelWidth > 1)) return undefined;
  const inTaps = layer.weights.length / outChannels;
  const channels = inTaps / (kernelHeight * kernelWidth);
  const { outHeight, outWidth, strideX, strideY } = window;
  const isPadded = layer.padding.top + layer.padding.bottom + layer.padding.left + layer.padding.right > 0;
  const isPointwise = kernelHeight * kernelWidth * strideX * strideY === 1 && !isPadded;
  const positions = outHeight * outWidth;
  const strips = isPointwise
    ? pointwiseStrips(positions, channels)
    : imageStrips(window, channels, layer.dilations[0]);
  const isInterleaved = channels % 4 === 0;
  const rowTaps = kernelWidth * channels;
  const gatheredPairs = Math.ceil(rowTaps / 2);
  const isGathered = kernelHeight >= gatheredHeight && gatheredPairs <= mostGatheredPairs;
  const windowRows = isGathered ? 1 : kernelHeight;
  const { pairs, chunk } = layOutPairs(isGathered ? kernelHeight * gatheredPairs * 2 : rowTaps);
  const rowPlaces = 2 * (isGathered ? gatheredPairs : pairs);
  const rows = {
    outputs: outChannels,
    taps: windowRows * pairs * 2,
    weight: (output: number, place: number) => {
      const tap = isInterleaved ? interleaved(place) : place;
      const [ky, k] = [Math.floor(tap / rowPlaces), tap % rowPlaces];
      return ky < kernelHeight && k < rowTaps ? layer.weights[output * inTaps + ky * rowTaps + k]! : 0;
    },
  };
  const stream = packDigits(rows, rescale, settings.outputZeroPoint, range, blockChannels);
  if (stream === undefined) return undefined;
  const rowStep = layer.dilations[0] * strips.rowLength;
  // a second window that there is not begins behind the last one, or has rows of its own; so do taps of weight 0
  const held =
    strips.heldRows * strips.rowLength + (strips.columns === 2 ? strips.pairStep : 0) + rowPlaces - rowTaps;
  const gatheredAt = 2 * Math.ceil(held / 2);
  return {
    kernel: "convolutionDigits",
    layer: {
      ...strips,
      ...{ positions, outChannels, paddingTop: window.paddingTop },
      ...{ windowRows, windowRowStep: rowStep, windowStep: isGathered ? 2 * pairs : strips.pairStep },
      ...{ gatheredRows: isGathered ? kernelHeight : 0, gatheredStep: rowStep, gatheredPairs, gatheredAt },
      ...settings,
      keptRows: Math.max(0, strips.heldRows - strips.advance),
      isPadded: Number(isPadded),
      isInterleaved: Number(isInterleaved),
      ...{ chunk, chunks: pairs / chunk },
      blocks: Math.ceil(outChannels / blockChannels),
      stream,
      isRectified: Number(isRectified(rescale, settings)),
    },
    scratch: [{ elementType: "int16", elements: isGathered ? gatheredAt + 4 * pairs : held }],
  };
}
