import type { QuantizedMultiplier } from "../quantize/multiplier.js";
import type { Choice, Common, SettledShifts } from "./depthwiseChoices.js";
import { describeStrips } from "./depthwiseStrips.js";
import { type AxisWindow, reach } from "./windowArguments.js";

/** More outputs at a time leave no registers. */
const longestStrip = 6;
const longestChunk = 8;

function even(count: number): number {
  return count + (count % 2);
}

/** How channels lie in the plane, and how they are worked through. */
interface PairLayout {
  readonly isVertical: boolean;
  readonly strip: number;
  readonly strips: number;
  readonly pairs: number;
  /** Values of a line of the plane. */
  readonly lineLength: number;
  /** Values of the plane. */
  readonly size: number;
}

/** Pairs that a strip's windows reach into. */
function pairsOf({ stride, kernelSize }: AxisWindow, strip: number): number {
  return Math.ceil(((strip - 1) * stride + kernelSize) / 2);
}

function layOut(along: AxisWindow, across: AxisWindow, isVertical: boolean, strip: number): PairLayout {
  const strips = Math.ceil(along.outSize / strip);
  const pairs = pairsOf(along, strip);
  const lineLength = even(Math.max(along.paddingBefore + along.inSize, reach(along)));
  const lines = Math.max(across.paddingBefore + across.inSize, reach(across));
  const lastRead = (reach(across) - 1) * lineLength + (along.outSize - strip) * along.stride + 2 * pairs;
  return {
    isVertical,
    strip,
    strips,
    pairs,
    lineLength,
    size: even(Math.max(lines * lineLength, lastRead)),
  };
}

/** Axes that can have pairs, with strips of all lengths. */
function findLayouts(vertical: AxisWindow, horizontal: AxisWindow): PairLayout[] {
  return [false, true].flatMap((isVertical) => {
    const [along, across] = isVertical ? [vertical, horizontal] : [horizontal, vertical];
    if (along.kernelSize < 2 || along.dilation !== 1) return [];
    return Array.from({ length: Math.min(longestStrip, along.outSize) }, (_, i) =>
      layOut(along, across, isVertical, i + 1),
    );
  });
}

/** One right shift for all channels, and by which power of two each one's sums are multiplied for it. */
interface OneShift {
  readonly rightShift: number;
  readonly scale: Uint8Array;
}

/** undefined where a scaled weight is no int16, a scaled sum no int32, or an offset not within ±2^30. */
function findOneShift(
  multipliers: readonly QuantizedMultiplier[],
  bounds: readonly number[],
): OneShift | undefined {
  const rightShift = Math.max(...multipliers.map((one) => one.rightShift)) + 1;
  const scale = Uint8Array.from(multipliers, (one) => rightShift - one.rightShift + 1);
  const fits = rightShift <= 22 && scale.every((bits, o) => bits <= 8 && bounds[o]! * 2 ** bits < 2 ** 31);
  return fits ? { rightShift, scale } : undefined;
}

/** How values are copied: in chunks across the lines of the plane, or along them where there is one. */
function copying(along: AxisWindow, across: AxisWindow, isAcross: boolean) {
  const [lines, line] = isAcross ? [along.inSize, across.inSize] : [across.inSize, along.inSize];
  let chunk = Math.min(longestChunk, line);
  for (let length = chunk; length > 3; length--) {
    if (line % length === 0) {
      chunk = length;
      break;
    }
  }
  return { copiedLines: lines, chunk, chunks: Math.ceil(line / chunk), lastChunk: line - chunk };
}

/**
 * depthwisePairs for a layer, in every layout; none where no axis can have pairs.
 *
 * @param packByChannel weights as [outChannels, tapsAcross, tapsAlong], along the vertical axis or not
 */
export function pairsChoices(
  [vertical, horizontal]: readonly [AxisWindow, AxisWindow],
  inputZeroPoint: number,
  { inChannels, multiplier, outputZeroPoint, activationMin, activationMax }: Common,
  { bias, isRectified }: SettledShifts,
  multipliers: readonly QuantizedMultiplier[],
  bounds: readonly number[],
  packByChannel: (isVertical: boolean) => Int8Array,
): Choice[] {
  const oneShift = isRectified === 1 ? findOneShift(multipliers, bounds) : undefined;
  return findLayouts(vertical, horizontal).map((layout) => {
    const { isVertical, lineLength } = layout;
    const [along, across] = isVertical ? [vertical, horizontal] : [horizontal, vertical];
    const steps = (width: number) => {
      const [row, column] = [width * inChannels, inChannels];
      return isVertical ? { along: row, across: column } : { along: column, across: row };
    };
    const [from, to] = [steps(horizontal.inSize), steps(horizontal.outSize)];
    const isAcross = across.inSize > 1;
    const planeStart = 2 * across.kernelSize * (along.kernelSize - 1);
    const planeEnd = planeStart + layout.size;
    return {
      kernel: "depthwisePairs",
      shape: describeStrips({ isVertical, length: layout.strip }),
      layer: {
        channels: inChannels,
        ...copying(along, across, isAcross),
        fromLineStep: isAcross ? from.along : from.across,
        fromStep: isAcross ? from.across : from.along,
        toLineStep: isAcross ? 1 : lineLength,
        toStep: isAcross ? lineLength : 1,
        planeStart,
        firstValue: planeStart + across.paddingBefore * lineLength + along.paddingBefore,
        planeEnd,
        inputZeroPoint,
        lines: across.outSize,
        lineStep: across.stride * lineLength,
        outputLineStep: to.across,
        strip: layout.strip,
        strips: layout.strips,
        lastStart: along.outSize - layout.strip,
        stripStep: along.stride,
        outputStripStep: to.along,
        pairs: layout.pairs,
        tapsAlong: along.kernelSize,
        tapsAcross: across.kernelSize,
        tapAcrossStep: across.dilation * lineLength,
        weights: packByChannel(isVertical),
        bias: bias.map((value, o) => value * 2 ** (oneShift ? oneShift.scale[o]! : 1)),
        multiplier,
        hasOneShift: oneShift ? 1 : 0,
        rightShift: oneShift?.rightShift ?? 0,
        shift: oneShift?.scale ?? Uint8Array.from(multipliers, ({ rightShift }) => rightShift),
        outputZeroPoint,
        activationMin,
        activationMax,
      },
      scratch: [{ elementType: "int16", elements: planeEnd }],
      inPlace: [0],
    };
  });
}
