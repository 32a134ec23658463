import type { AddTable } from "../kernels/addTable.js";

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** More bits make the factor finer; the sums must stay in int32. */
const mostFractionBits = 24;
const leastFractionBits = 12;
/** A factor a little off the exact one puts sums that lie on ties apart: they round away from zero on both sides. */
const nudges = [0, 1, -1, 2, -2, 4, -4, 8, -8];

/** What clamps to the lowest result may be any lower, what clamps to the highest any higher. */
interface Clamp {
  readonly min: number;
  readonly max: number;
}

/**
 * The entry for one value of input 2, if there is one: every a gives it an interval, and it lies in all of them.
 *
 * @param results what the sum must be for a = −128..127
 */
function solveEntry(
  results: readonly number[],
  factor: number,
  fractionBits: number,
  { min, max }: Clamp,
): number | undefined {
  let lowest = Number.NEGATIVE_INFINITY;
  let highest = Number.POSITIVE_INFINITY;
  for (const [index, result] of results.entries()) {
    const product = (index - 128) * factor;
    if (result > min) lowest = Math.max(lowest, result * 2 ** fractionBits - product);
    if (result < max) highest = Math.min(highest, (result + 1) * 2 ** fractionBits - 1 - product);
  }
  if (lowest > highest) return undefined;
  if (lowest === Number.NEGATIVE_INFINITY) return highest === Number.POSITIVE_INFINITY ? 0 : highest;
  return highest === Number.POSITIVE_INFINITY ? lowest : Math.floor((lowest + highest) / 2);
}

function solveTable(
  sums: readonly (readonly number[])[],
  factor: number,
  fractionBits: number,
  clamp: Clamp,
): Int32Array | undefined {
  const table = new Int32Array(256);
  for (const [index, row] of sums.entries()) {
    const entry = solveEntry(row, factor, fractionBits, clamp);
    const fits =
      entry !== undefined && entry - 128 * factor >= INT32_MIN && entry + 127 * factor <= INT32_MAX;
    if (!fits || entry < INT32_MIN || entry > INT32_MAX) return undefined;
    table[index] = entry;
  }
  return table;
}

/**
 * A factor and a table with which clamp((a · factor + table[b]) >> fractionBits) equals `sums[b + 128][a + 128]` for every a
 * and b in −128..127: the bytes of three rescalings for one multiplication. undefined where there is none.
 *
 * For a given factor an entry is an integer within 256 intervals, so it exists or not; nothing is estimated.
 *
 * @param slope output steps for one step of input 1; positive
 */
export function solveAddTable(
  sums: readonly (readonly number[])[],
  slope: number,
  min: number,
  max: number,
): Pick<AddTable, "factor" | "fractionBits" | "table"> | undefined {
  for (let fractionBits = mostFractionBits; fractionBits >= leastFractionBits; fractionBits--) {
    for (const nudge of nudges) {
      const factor = Math.round(slope * 2 ** fractionBits) + nudge;
      if (factor * 128 > INT32_MAX) break;
      const table = solveTable(sums, factor, fractionBits, { min, max });
      if (table) return { factor, fractionBits, table };
    }
  }
  return undefined;
}
