import type { QuantizedConvolution } from "../network/quantizedNetwork.js";
import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import { interleaved, packDigits } from "./digits.js";
import type { KernelChoice } from "./kernelChoice.js";
import { type BoundedRescale, isRectified, type OutputSettings } from "./settleRescale.js";
import type { WindowArguments } from "./windowArguments.js";

/** Output channels a step, in src/kernels/convolutionDigits.ts. */
const blockChannels = 4;
/** Pairs of taps that are written out at most, and at least where there are more. */
const largestChunk = 32;
const smallestChunk = 4;

/** Windows of that many rows, of no more pairs each, may be gathered. */
const gatheredHeight = 3;
const mostGatheredPairs = 16;

/** Pairs of a window's row, and how many of them are written out. */
interface Turns {
  readonly pairs: number;
  readonly chunk: number;
}

/**
 * How often as many pairs can be written out: as they are, where chunks divide them or all are one, or filled up by the
 * fewest taps of weight 0.
 */
function findTurns(taps: number): Turns[] {
  const pairs = Math.ceil(taps / 2);
  const most = Math.min(largestChunk, pairs);
  const chunks = Array.from({ length: most }, (_, i) => most - i).filter(
    (chunk) => chunk >= Math.min(smallestChunk, pairs),
  );
  const filled = chunks
    .map((chunk) => ({ chunk, pairs: Math.ceil(pairs / chunk) * chunk }))
    // interleaved rows are whole fours
    .filter((turns) => turns.pairs % 2 <= pairs % 2);
  const fewest = Math.min(...filled.map((turns) => turns.pairs));
  const found = filled.filter((turns) => turns.pairs === fewest);
  // with one turn only, gcc 12 makes no loop and keeps an address for each pair in memory
  const looped = found.filter((turns) => turns.chunk < fewest);
  return fewest > smallestChunk && looped.length > 0 ? looped : found;
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

/**
 * The layer as convolutionDigits takes it, with windows gathered or not, and chunks of all sizes; nothing where its sums do
 * not fit there, or its columns are dilated.
 */
export function packConvolutionDigits(
  layer: QuantizedConvolution,
  window: WindowArguments,
  rescale: BoundedRescale,
  settings: OutputSettings & { readonly inputZeroPoint: number },
  range: IntegerRange,
  refuse: (why: string) => void,
): Packed[] {
  const [kernelHeight, kernelWidth] = layer.kernelSize;
  const outChannels = layer.bias.length;
  if (outChannels < blockChannels)
    refuse(`${outChannels} output channels, at least ${blockChannels} are a step`);
  else if (layer.dilations[1] > 1 && kernelWidth > 1) refuse("columns are dilated");
  else {
    const rowPairs = Math.ceil(
      (kernelWidth * layer.weights.length) / (outChannels * kernelHeight * kernelWidth) / 2,
    );
    const mayGather = kernelHeight >= gatheredHeight && rowPairs <= mostGatheredPairs;
    const found = [false, ...(mayGather ? [true] : [])].flatMap((isGathered) =>
      packRows(layer, window, rescale, settings, range, isGathered),
    );
    if (found.length === 0) refuse("two channels' sums do not fit into one");
    return found;
  }
  return [];
}

type Packed = Pick<KernelChoice, "kernel" | "shape" | "layer" | "scratch">;

function packRows(
  layer: QuantizedConvolution,
  window: WindowArguments,
  rescale: BoundedRescale,
  settings: OutputSettings & { readonly inputZeroPoint: number },
  range: IntegerRange,
  isGathered: boolean,
): Packed[] {
  const [kernelHeight, kernelWidth] = layer.kernelSize;
  const outChannels = layer.bias.length;
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
  const windowRows = isGathered ? 1 : kernelHeight;
  const turns = findTurns(isGathered ? kernelHeight * gatheredPairs * 2 : rowTaps);
  const { pairs } = turns[0]!;
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
  if (stream === undefined) return [];
  const rowStep = layer.dilations[0] * strips.rowLength;
  // a second window that there is not begins behind the last one, or has rows of its own; so do taps of weight 0
  const held =
    strips.heldRows * strips.rowLength + (strips.columns === 2 ? strips.pairStep : 0) + rowPlaces - rowTaps;
  const gatheredAt = 2 * Math.ceil(held / 2);
  return turns.map(({ chunk }) => ({
    kernel: "convolutionDigits",
    shape: `${chunk} pairs a turn${isGathered ? ", windows gathered" : ""}`,
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
  }));
}
