import { fftWide } from "./fftWide.js";
import { clamp, countLeadingZeros, type i32, max, roundingDivide, shiftLeft, shiftRight } from "./int.js";
import { addPower, addSquare, logarithmOfPower } from "./power.js";

export interface SpectrumKernel {
  readonly steps: i32;
  readonly axes: i32;
  /** Of a frame: 2^stages samples. */
  readonly length: i32;
  readonly stages: i32;
  readonly frames: i32;
  readonly hop: i32;
  readonly bands: i32;
  readonly hasWindow: i32;
  /** 1 where frames are combined by their largest power, 0 by its mean. */
  readonly isMax: i32;
  /** Bits that samples gain before the FFT, beyond the 15 they are brought to. */
  readonly extraBits: i32;
  /** Q16: log2 of what a sum of powers is larger by than its unit, but for the samples' shift. */
  readonly unit: i32;
  /** What a power of 0 gives, and any smaller one. */
  readonly floor: i32;
  /** int16 [length], Q15; [1] where there is none. */
  readonly window: Int16Array;
  /** int16 [length]: where a sample goes, bits reversed. */
  readonly order: Int16Array;
  /** int16 [length / 2, 2], Q15 */
  readonly twiddles: Int16Array;
  /** int16 [bands + 1]: bins of band b begin at edges[b]. */
  readonly edges: Int16Array;
  /** int16 [129], see logarithm.ts */
  readonly logarithms: Int16Array;
}

/**
 * Powers of bands in each axis, |FFT|² / length about the axis's mean, over frames; log2 in Q8.
 *
 *   input   int16 [steps, axes]
 *   output  int16 [bands, axes]
 *   work    int32 [length, 2]
 *   powers  int32 [length / 2 + 2, 2]: of bins 0 to length / 2, and one more; see power.ts
 *
 * The window as a whole is shifted so that its largest distance from the mean has 16 bits. Sums of int16 over 65535 steps fit
 * int32; what bounds powers is in src/signal/settleSpectrum.ts.
 */
export function spectrum(
  layer: SpectrumKernel,
  input: Int16Array,
  output: Int16Array,
  work: Int32Array,
  powers: Int32Array,
): void {
  const spare: i32 = layer.length + 2;
  for (let axis: i32 = 0; axis < layer.axes; axis++) {
    let sum: i32 = 0;
    for (let t: i32 = 0; t < layer.steps; t++) {
      sum += input[t * layer.axes + axis];
    }
    const mean: i32 = roundingDivide(sum, layer.steps);
    let largest: i32 = 0;
    for (let t: i32 = 0; t < layer.steps; t++) {
      const distance: i32 = input[t * layer.axes + axis] - mean;
      largest = max(largest, max(distance, 0 - distance));
    }
    const shift: i32 = largest === 0 ? 0 : countLeadingZeros(largest) - 16;
    for (let i: i32 = 0; i < spare; i++) {
      powers[i] = 0;
    }
    for (let frame: i32 = 0; frame < layer.frames; frame++) {
      const first: i32 = frame * layer.hop * layer.axes + axis;
      for (let i: i32 = 0; i < layer.length; i++) {
        const shifted: i32 = shiftLeft(input[first + i * layer.axes] - mean, shift);
        const at: i32 = 2 * layer.order[i];
        if (layer.hasWindow === 1) {
          const half: i32 = shiftLeft(1, 15 - layer.extraBits);
          work[at] = shiftRight(shifted * layer.window[i] + half, 16 - layer.extraBits);
        } else {
          work[at] = shiftLeft(shifted, layer.extraBits) >> 1;
        }
        work[at + 1] = 0;
      }
      fftWide(work, layer.twiddles, layer.length, layer.stages);
      for (let bin: i32 = layer.edges[0]; bin < layer.edges[layer.bands]; bin++) {
        const at: i32 = 2 * bin;
        if (layer.isMax === 1) {
          powers[spare] = 0;
          powers[spare + 1] = 0;
          addSquare(powers, spare, work[at]);
          addSquare(powers, spare, work[at + 1]);
          if (
            powers[spare] > powers[at] ||
            (powers[spare] === powers[at] && powers[spare + 1] > powers[at + 1])
          ) {
            powers[at] = powers[spare];
            powers[at + 1] = powers[spare + 1];
          }
        } else {
          addSquare(powers, at, work[at]);
          addSquare(powers, at, work[at + 1]);
        }
      }
    }
    for (let band: i32 = 0; band < layer.bands; band++) {
      const at: i32 = 2 * layer.edges[band];
      for (let bin: i32 = layer.edges[band] + 1; bin < layer.edges[band + 1]; bin++) {
        addPower(powers, at, 2 * bin);
      }
      let value: i32 = layer.floor;
      if ((powers[at] | powers[at + 1]) !== 0) {
        const power: i32 = logarithmOfPower(powers, at, layer.logarithms);
        value = (power - layer.unit - shiftLeft(shift, 17) + 128) >> 8;
      }
      output[band * layer.axes + axis] = clamp(value, layer.floor, 32767);
    }
  }
}
