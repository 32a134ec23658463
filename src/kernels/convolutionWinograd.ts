import { type i32, registers, unroll } from "./int.js";
import {
  dualMultiplyAdd,
  exactThird,
  loadFour,
  rescaleDoubled,
  rescaleDoubledRectified,
  spreadEven,
  spreadOdd,
} from "./simd.js";
import { transformColumns, transformWeights } from "./winogradPoints.js";

export interface ConvolutionWinograd {
  readonly inHeight: i32;
  /** Values of a row of the input: columns · channels. */
  readonly inRow: i32;
  /** A multiple of 4. */
  readonly channels: i32;
  /** Four times the input's zero point. */
  readonly nothing: i32;
  readonly paddingTop: i32;
  /** Words of four values of a row with its padding, and where the image begins in it. */
  readonly lineLength: i32;
  readonly lineStart: i32;
  readonly outWidth: i32;
  readonly outChannels: i32;
  /** The output is computed in strips of some rows; stripRows + 2 rows of the input are held for each. */
  readonly strips: i32;
  readonly stripRows: i32;
  readonly heldRows: i32;
  /** A step computes 4 columns of each of its tiles; steps · tiles · 4 columns are a row, or a few more. */
  readonly steps: i32;
  readonly tiles: i32;
  /** 1 where they are no more. */
  readonly isWhole: i32;
  /** Blocks of output channels; where there is a rest, the last block begins outChannels − outputs. outputs · tiles = 8. */
  readonly blocks: i32;
  readonly outputs: i32;
  /** 3 · channels / 2 = chunks · chunk pairs of taps. */
  readonly chunk: i32;
  readonly chunks: i32;
  /** int8 [blocks, 3, channels / 4, outputs, 3, 4]: the last three are output, column and input channel. */
  readonly weights: Int8Array;
  /** int32 [blocks, outputs, 4]: −6 · bias, multiplier, offset and shift. */
  readonly settings: Int32Array;
  /** 1 where `rescaleDoubledRectified` is right: the clamp begins at the output's zero point or above. */
  readonly isRectified: i32;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * {@link convolution} of 3×3 windows that move by 1, exactly, with half of the multiplications: along rows, four outputs
 * are found from six products instead of twelve, with the polynomial that goes through the points 0, ±1, ±2 and ∞.
 * Denominators are left out of the transformed weights; what comes out is 24, 12 or 6 times the sum, a multiple of 3 by
 * proof, and so divided without rounding.
 *
 *   input    int8 [inHeight, inRow]
 *   output   int8 [strips · stripRows, outWidth, outChannels]
 *   columns  int32 [steps, 6, heldRows, channels / 2, tiles]: the held rows at the six points, two int16 a word
 *   filters  int32 [6, 3, channels / 2, outputs]: the weights of a block of channels at the six points; before that,
 *            int8 [lineLength, 4], a row of the input with its padding
 *   sums     int32 [6, outputs, tiles]
 *
 * Source: Lavin and Gray 2015, arXiv:1509.09308, F(4, 3) along one axis; the points are Blahut's.
 */
export function convolutionWinograd(
  layer: ConvolutionWinograd,
  input: Int8Array,
  output: Int8Array,
  columns: Int32Array,
  filters: Int32Array,
  sums: Int32Array,
): void {
  const quads: i32 = layer.channels >> 2;
  const rowWords: i32 = (layer.channels >> 1) * layer.tiles;
  const columnsApart: i32 = layer.heldRows * rowWords;
  const low: i32 = layer.activationMin;
  const high: i32 = layer.activationMax;
  const filtersApart: i32 = layer.chunks * layer.chunk * layer.outputs;
  for (let strip: i32 = 0; strip < layer.strips; strip++) {
    if (strip > 0) {
      for (let part: i32 = 0; part < layer.steps * 6; part++) {
        const to: i32 = part * columnsApart;
        for (let k: i32 = 0; k < 2 * rowWords; k += 8) {
          // eight at a time, so that compilers do not call memmove, which may go byte by byte
          const kept: Int32Array = registers(8);
          for (let i: i32 = 0; i < 8; i++) {
            kept[i] = columns[to + layer.stripRows * rowWords + k + i];
          }
          for (let i: i32 = 0; i < 8; i++) {
            columns[to + k + i] = kept[i];
          }
        }
      }
    }
    for (let k: i32 = 0; k < layer.lineLength; k++) {
      filters[k] = layer.nothing;
    }
    for (let row: i32 = strip > 0 ? 2 : 0; row < layer.heldRows; row++) {
      const y: i32 = strip * layer.stripRows - layer.paddingTop + row;
      if (y >= 0 && y < layer.inHeight) {
        unroll(8);
        for (let k: i32 = 0; k < layer.inRow >> 2; k++) {
          filters[layer.lineStart + k] = loadFour(input, y * layer.inRow + k * 4);
        }
      } else {
        for (let k: i32 = 0; k < layer.inRow >> 2; k++) {
          filters[layer.lineStart + k] = layer.nothing;
        }
      }
      let from: i32 = 0;
      for (let step: i32 = 0; step < layer.steps; step++) {
        for (let t: i32 = 0; t < layer.tiles; t++) {
          let to: i32 = step * 6 * columnsApart + row * rowWords + t;
          for (let c: i32 = 0; c < quads; c++) {
            const x0: i32 = filters[from];
            const x1: i32 = filters[from + quads];
            const x2: i32 = filters[from + quads * 2];
            const x3: i32 = filters[from + quads * 3];
            const x4: i32 = filters[from + quads * 4];
            const x5: i32 = filters[from + quads * 5];
            transformColumns(
              columns,
              to,
              columnsApart,
              spreadEven(x0),
              spreadEven(x1),
              spreadEven(x2),
              spreadEven(x3),
              spreadEven(x4),
              spreadEven(x5),
            );
            transformColumns(
              columns,
              to + layer.tiles,
              columnsApart,
              spreadOdd(x0),
              spreadOdd(x1),
              spreadOdd(x2),
              spreadOdd(x3),
              spreadOdd(x4),
              spreadOdd(x5),
            );
            from++;
            to += 2 * layer.tiles;
          }
          from += quads * 3;
        }
      }
    }
    let w: i32 = 0;
    for (let block: i32 = 0; block < layer.blocks; block++) {
      const o: i32 =
        (block + 1) * layer.outputs < layer.outChannels
          ? block * layer.outputs
          : layer.outChannels - layer.outputs;
      for (let k: i32 = 0; k < filtersApart; k += 2 * layer.outputs) {
        for (let r: i32 = 0; r < layer.outputs; r++) {
          const w0: i32 = loadFour(layer.weights, w);
          const w1: i32 = loadFour(layer.weights, w + 4);
          const w2: i32 = loadFour(layer.weights, w + 8);
          transformWeights(filters, k + r, filtersApart, spreadEven(w0), spreadEven(w1), spreadEven(w2));
          transformWeights(
            filters,
            k + r + layer.outputs,
            filtersApart,
            spreadOdd(w0),
            spreadOdd(w1),
            spreadOdd(w2),
          );
          w += 12;
        }
      }
      for (let row: i32 = 0; row < layer.stripRows; row++) {
        for (let step: i32 = 0; step < layer.steps; step++) {
          let x: i32 = step * 6 * columnsApart + row * rowWords;
          let f: i32 = 0;
          for (let point: i32 = 0; point < 6; point++) {
            const total: Int32Array = registers(8);
            for (let s: i32 = 0; s < 8; s++) {
              total[s] = 0;
            }
            for (let c: i32 = 0; c < layer.chunks; c++) {
              unroll(24);
              for (let k: i32 = 0; k < layer.chunk; k++) {
                for (let r: i32 = 0; r < layer.outputs; r++) {
                  const filter: i32 = filters[f + k * layer.outputs + r];
                  for (let t: i32 = 0; t < layer.tiles; t++) {
                    total[r * layer.tiles + t] = dualMultiplyAdd(
                      filter,
                      columns[x + k * layer.tiles + t],
                      total[r * layer.tiles + t],
                    );
                  }
                }
              }
              f += layer.chunk * layer.outputs;
              x += layer.chunk * layer.tiles;
            }
            x += columnsApart - 3 * rowWords;
            for (let s: i32 = 0; s < 8; s++) {
              sums[point * 8 + s] = total[s];
            }
          }
          for (let r: i32 = 0; r < layer.outputs; r++) {
            const start: i32 = layer.settings[(block * layer.outputs + r) * 4];
            const multiplier: i32 = layer.settings[(block * layer.outputs + r) * 4 + 1];
            const offset: i32 = layer.settings[(block * layer.outputs + r) * 4 + 2];
            const shift: i32 = layer.settings[(block * layer.outputs + r) * 4 + 3];
            for (let t: i32 = 0; t < layer.tiles; t++) {
              const s: i32 = r * layer.tiles + t;
              const one: i32 = sums[8 + s] + start;
              const plus1: i32 = one + sums[16 + s];
              const minus1: i32 = one - sums[16 + s];
              const plus2: i32 = sums[24 + s] + sums[32 + s];
              const minus2: i32 = sums[24 + s] - sums[32 + s];
              const twice: Int32Array = registers(4);
              twice[0] = exactThird((sums[s] * 3 - plus1 * 2) * 2 + plus2) >> 2;
              twice[1] = exactThird(minus2 - minus1 * 2) >> 1;
              twice[2] = exactThird(plus2 - plus1);
              twice[3] = exactThird((minus2 + sums[40 + s] * 3) * 2 - minus1);
              const column: i32 = (step * layer.tiles + t) * 4;
              const at: i32 =
                ((strip * layer.stripRows + row) * layer.outWidth + column) * layer.outChannels + o + r;
              for (let j: i32 = 0; j < 4; j++) {
                if (layer.isWhole === 1 || column + j < layer.outWidth) {
                  output[at + j * layer.outChannels] =
                    layer.isRectified === 1
                      ? rescaleDoubledRectified(twice[j], multiplier, offset, shift, low, high)
                      : rescaleDoubled(twice[j], multiplier, offset, shift, low, high);
                }
              }
            }
          }
        }
      }
    }
  }
}
