import type { Quantization } from "../network/quantizedNetwork.js";
import type { ColumnRange, RealRange } from "./calibrate.js";

const int16Steps = 2 ** 16 - 1;
const largestInt16 = 2 ** 15 - 1;

/** Input steps in an output step with which the rounding of an input is no loss: a sixteenth of a step at most. */
const finestSteps = 16;

/** How much wider than what was seen a column with an offset reaches: a device sees more than the training did. */
const headroom = 2;

/** What an offset has to gain: two of int16's bits. */
const offsetGain = 4;

/**
 * How raw measurements become int16: whole numbers as they are; others with one scale for all columns where that is
 * fine enough for each of them, else each column with its own, and with an offset where its values lie close together
 * and far from 0.
 *
 * @param columnsMay false where what takes the input sees other columns than the input has
 * @param outputSteps output steps of what takes the input, for one unit of each column
 */
export function chooseRaw(
  range: RealRange,
  outputSteps: readonly number[],
  columnsMay: boolean,
): Quantization | readonly Quantization[] {
  const { min, max, areIntegers, columns = [] } = range;
  const shared = chooseShared(range);
  if (areIntegers && Math.max(-min, max) <= largestInt16) return shared;
  const isFine = outputSteps.every((steps) => steps * shared.scale * finestSteps <= 1);
  const own = columns.map(chooseColumn);
  const hasWhole = own.some(({ scale }) => scale === 1);
  if (!columnsMay || own.length === 0 || (isFine && !hasWhole)) return shared;
  return own.length === 1 ? own[0]! : own;
}

/** One scale for all columns, and no offset: device code needs no table. */
function chooseShared({ min, max, areIntegers }: RealRange): Quantization {
  const largest = Math.max(-min, max);
  const scale = areIntegers && largest <= largestInt16 ? 1 : Math.fround(largest / largestInt16);
  return { scale: scale === 0 ? 1 : scale, zeroPoint: 0 };
}

function chooseColumn({ min, max, areIntegers }: ColumnRange): Quantization {
  const largest = Math.max(Math.abs(min), Math.abs(max));
  const middle = (min + max) / 2;
  if (areIntegers && largest <= largestInt16) return { scale: 1, zeroPoint: 0 };
  if (areIntegers && headroom * (max - min) <= int16Steps)
    return { scale: 1, zeroPoint: -Math.round(middle) };
  const plain = Math.fround(largest / largestInt16);
  if (plain === 0) return { scale: 1, zeroPoint: 0 };
  // finer than float32 has the values themselves would be no gain, and leave the zero point no int32
  const close = Math.fround(Math.max((headroom * (max - min)) / int16Steps, largest * 2 ** -24));
  const gains = max > min && close * offsetGain <= plain;
  return gains
    ? { scale: close, zeroPoint: Math.round(-middle / close) + 0 }
    : { scale: plain, zeroPoint: 0 };
}
