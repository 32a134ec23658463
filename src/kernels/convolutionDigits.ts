import { type i32, registers, unroll } from "./int.js";
import {
  dualMultiplyAdd,
  loadFour,
  loadPair,
  packHigh,
  packLow,
  rescaleDoubled,
  rescaleDoubledRectified,
  spreadEven,
  spreadOdd,
  storePair,
  wrappedDifference,
} from "./simd.js";

export interface ConvolutionDigits {
  readonly inHeight: i32;
  /** Values of a row of the input: columns · channels; the last row may have fewer. */
  readonly inRow: i32;
  readonly lastRow: i32;
  readonly outWidth: i32;
  /** Rows times columns of the output. */
  readonly positions: i32;
  readonly outChannels: i32;
  /** Rows of a window, as the sums go through them: 1 where windows are gathered. */
  readonly windowRows: i32;
  readonly windowRowStep: i32;
  /** Rows of a window that are gathered in a run before the sums, where rows are many and short; else 0. */
  readonly gatheredRows: i32;
  readonly gatheredStep: i32;
  readonly gatheredPairs: i32;
  readonly gatheredAt: i32;
  readonly paddingTop: i32;
  readonly inputZeroPoint: i32;
  /** The output is computed in strips: of one row, two columns a step, or of two rows, one column a step. */
  readonly strips: i32;
  readonly stripPositions: i32;
  readonly columns: i32;
  /** Positions from a step's first one to its second. */
  readonly secondStep: i32;
  /** 1 where every step has two positions. */
  readonly isWhole: i32;
  /** Input rows from one strip to the next. */
  readonly advance: i32;
  /** Input rows that a strip reads, and those of them that the strip before has read too. */
  readonly heldRows: i32;
  readonly keptRows: i32;
  /** Values of a held row with its padding, an even number; where the image begins in it. */
  readonly rowLength: i32;
  readonly rowStart: i32;
  /** 1 where windows reach beyond the image. */
  readonly isPadded: i32;
  /** 1 where four values lie as 0, 2, 1, 3, which takes two instructions less. */
  readonly isInterleaved: i32;
  /** Values from one column's window to the next one's, and from a step's first window to its second. */
  readonly columnStep: i32;
  readonly pairStep: i32;
  /** The latter where sums read them: gathered windows follow each other. */
  readonly windowStep: i32;
  /** Pairs of taps of a window's row: chunks · chunk. */
  readonly chunk: i32;
  readonly chunks: i32;
  /** Number of blocks of four output channels; where there is a rest, the last block begins outChannels − 4. */
  readonly blocks: i32;
  /**
   * int32 [blocks, 4 + windowRows · chunks · chunk · 2 + 12]: what the four sums begin with; weights, a word for a pair of
   * taps and a pair of channels, two int16 of first + 256 · second; multiplier, offset and shift of each channel.
   */
  readonly stream: Int32Array;
  /** 1 where `rescaleDoubledRectified` is right: the clamp begins at the output's zero point or above. */
  readonly isRectified: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/** Widens input[from..from + count − 1] to rows[to..]. */
function widenRow(
  rows: Int16Array,
  to: i32,
  input: Int8Array,
  from: i32,
  count: i32,
  isInterleaved: i32,
): void {
  unroll(4);
  for (let k: i32 = 0; k < count >> 2; k++) {
    const word: i32 = loadFour(input, from + k * 4);
    const even: i32 = spreadEven(word);
    const odd: i32 = spreadOdd(word);
    storePair(rows, to + k * 4, isInterleaved === 1 ? even : packLow(even, odd));
    storePair(rows, to + k * 4 + 2, isInterleaved === 1 ? odd : packHigh(even, odd));
  }
  for (let k: i32 = (count >> 2) * 4; k < count; k++) {
    rows[to + k] = input[from + k];
  }
}

/** What a sum becomes, from its double. */
function settle(
  twice: i32,
  multiplier: i32,
  offset: i32,
  shift: i32,
  isRectified: i32,
  low: i32,
  high: i32,
): i32 {
  return isRectified === 1
    ? rescaleDoubledRectified(twice, multiplier, offset, shift, low, high)
    : rescaleDoubled(twice, multiplier, offset, shift, low, high);
}

/**
 * {@link convolution} with two positions and four output channels a step, two channels in one multiply-accumulate: with
 * first + 256 · second for a weight, a sum is S₁ + 256 · S₂ modulo 2^32; beside it runs S₁, and what is left of their
 * difference is S₂. For cores with the DSP extension; for |S₂| < 2^23, which the planner proves.
 *
 *   input    int8 [inHeight, inRow]
 *   output   int8 [positions, outChannels]
 *   rows     int16 [heldRows, rowLength], and some more: rows of the input with their padding, widened once for all
 *            windows that read them; gathered windows behind them
 *
 * A step without a second position computes one of what lies there, and writes the first one over it.
 */
export function convolutionDigits(
  layer: ConvolutionDigits,
  input: Int8Array,
  output: Int8Array,
  rows: Int16Array,
): void {
  if (layer.isPadded === 1) {
    // beside the image it stays there
    for (let k: i32 = 0; k < layer.heldRows * layer.rowLength; k++) {
      rows[k] = layer.inputZeroPoint;
    }
  }
  for (let strip: i32 = 0; strip < layer.strips; strip++) {
    if (strip > 0) {
      for (let k: i32 = 0; k < layer.keptRows * layer.rowLength; k += 2) {
        storePair(rows, k, loadPair(rows, k + (layer.heldRows - layer.keptRows) * layer.rowLength));
      }
    }
    for (let row: i32 = strip > 0 ? layer.keptRows : 0; row < layer.heldRows; row++) {
      const y: i32 = strip * layer.advance - layer.paddingTop + row;
      const to: i32 = row * layer.rowLength + layer.rowStart;
      if (y >= 0 && y < layer.inHeight) {
        const count: i32 =
          layer.lastRow === layer.inRow || y < layer.inHeight - 1 ? layer.inRow : layer.lastRow;
        widenRow(rows, to, input, y * layer.inRow, count, layer.isInterleaved);
      } else {
        for (let k: i32 = 0; k < layer.inRow; k++) {
          rows[to + k] = layer.inputZeroPoint;
        }
      }
    }
    for (let x: i32 = 0; x < layer.outWidth; x += layer.columns) {
      const n: i32 = strip * layer.stripPositions + x;
      const hasSecond: i32 =
        layer.isWhole === 1 || (x + layer.columns <= layer.outWidth && n + layer.secondStep < layer.positions)
          ? 1
          : 0;
      const first: i32 = n * layer.outChannels;
      const second: i32 = hasSecond === 1 ? first + layer.secondStep * layer.outChannels : first;
      for (let p: i32 = 0; p < 2; p++) {
        for (let ky: i32 = 0; ky < layer.gatheredRows; ky++) {
          for (let k: i32 = 0; k < layer.gatheredPairs; k++) {
            storePair(
              rows,
              layer.gatheredAt + p * layer.windowStep + (ky * layer.gatheredPairs + k) * 2,
              loadPair(rows, x * layer.columnStep + p * layer.pairStep + ky * layer.gatheredStep + k * 2),
            );
          }
        }
      }
      const window: i32 = layer.gatheredRows > 0 ? layer.gatheredAt : x * layer.columnStep;
      let at: i32 = 0;
      for (let block: i32 = 0; block < layer.blocks; block++) {
        const o: i32 = block * 4 < layer.outChannels - 4 ? block * 4 : layer.outChannels - 4;
        // for each position and pair of channels, S1 + 256 * S2 and S1; the input's zero point is in the bias
        const sums: Int32Array = registers(8);
        for (let s: i32 = 0; s < 4; s++) {
          sums[s] = layer.stream[at + s];
          sums[s + 4] = sums[s];
        }
        at += 4;
        unroll(4);
        for (let ky: i32 = 0; ky < layer.windowRows; ky++) {
          let from: i32 = window + ky * layer.windowRowStep;
          for (let c: i32 = 0; c < layer.chunks; c++) {
            unroll(32);
            for (let k: i32 = 0; k < layer.chunk; k++) {
              const pair: Int32Array = registers(2);
              for (let p: i32 = 0; p < 2; p++) {
                pair[p] = loadPair(rows, from + p * layer.windowStep + k * 2);
              }
              for (let s: i32 = 0; s < 4; s += 2) {
                const both: i32 = layer.stream[at + k * 2 + (s >> 1)];
                const low: i32 = spreadEven(both);
                for (let p: i32 = 0; p < 2; p++) {
                  sums[p * 4 + s] = dualMultiplyAdd(both, pair[p], sums[p * 4 + s]);
                }
                for (let p: i32 = 0; p < 2; p++) {
                  sums[p * 4 + s + 1] = dualMultiplyAdd(low, pair[p], sums[p * 4 + s + 1]);
                }
              }
            }
            at += layer.chunk * 2;
            from += layer.chunk * 2;
          }
        }
        for (let s: i32 = 0; s < 4; s += 2) {
          // read before a byte is stored, which for the compiler may change any table
          const factor1: i32 = layer.stream[at + s * 3];
          const offset1: i32 = layer.stream[at + s * 3 + 1];
          const shift1: i32 = layer.stream[at + s * 3 + 2];
          const factor2: i32 = layer.stream[at + s * 3 + 3];
          const offset2: i32 = layer.stream[at + s * 3 + 4];
          const shift2: i32 = layer.stream[at + s * 3 + 5];
          for (let p: i32 = 0; p < 2; p++) {
            const to: i32 = (p === 0 ? second : first) + o + s;
            output[to] = settle(
              sums[4 - p * 4 + s + 1] * 2,
              factor1,
              offset1,
              shift1,
              layer.isRectified,
              layer.activationMin,
              layer.activationMax,
            );
            output[to + 1] = settle(
              wrappedDifference(sums[4 - p * 4 + s], sums[4 - p * 4 + s + 1]) >> 7,
              factor2,
              offset2,
              shift2,
              layer.isRectified,
              layer.activationMin,
              layer.activationMax,
            );
          }
        }
        at += 12;
      }
    }
  }
}
