import { audioBands } from "./audioBands.js";
import { audioInt8, audioNoise, logarithmOf, withGain } from "./audioChannel.js";
import { audioShift, audioWindow } from "./audioWindow.js";
import { fft, splitReal } from "./fft.js";
import { fftPairs, splitRealPairs } from "./fftPairs.js";
import type { i32 } from "./int.js";

/** The numbers and tables of an audio front-end: src/network/audioFrontEnd.ts has what they mean. */
export interface AudioKernel {
  readonly frames: i32;
  readonly windowSamples: i32;
  readonly stepSamples: i32;
  readonly channels: i32;
  readonly halfLength: i32;
  /** Steps of the FFT by four, and 1 where one by two comes first. */
  readonly stages: i32;
  readonly startsWithPairs: i32;
  /** 1 for packed arithmetic, which the target has. */
  readonly isPacked: i32;
  /** Of the lower words of energies. */
  readonly energyBits: i32;
  readonly smoothingBits: i32;
  readonly evenWeight: i32;
  readonly oddWeight: i32;
  readonly leastRemaining: i32;
  /** 1 with gains, 1 with a logarithm. */
  readonly hasGain: i32;
  readonly hasLogarithm: i32;
  readonly snrShift: i32;
  readonly correctionBits: i32;
  readonly scaleShift: i32;
  /** int16 [windowSamples] */
  readonly window: Int16Array;
  /** int16 [halfLength] */
  readonly order: Int16Array;
  /** int16 [3/4 · halfLength, 2] */
  readonly twiddles: Int16Array;
  /** int16 [halfLength / 2, 2] */
  readonly splitTwiddles: Int16Array;
  /** int16 [channels + 2] */
  readonly bandStarts: Int16Array;
  /** int16 [bins, 2] */
  readonly weights: Int16Array;
  /** int16 [125] */
  readonly gain: Int16Array;
  /** int16 [129] */
  readonly logarithms: Int16Array;
}

/**
 * Features of a whole clip, frame by frame: window, FFT, mel bands, noise reduction, gain, logarithm. Noise is 0 before the
 * first frame.
 *
 *   input     int16 [samples]
 *   output    int8 [frames, channels]
 *   work      int16 [halfLength, 2]
 *   bands     int32 [channels]
 *   estimate  int32 [channels]
 */
export function audioFeatures(
  layer: AudioKernel,
  input: Int16Array,
  output: Int8Array,
  work: Int16Array,
  bands: Int32Array,
  estimate: Int32Array,
): void {
  for (let c: i32 = 0; c < layer.channels; c++) {
    estimate[c] = 0;
  }
  for (let f: i32 = 0; f < layer.frames; f++) {
    const at: i32 = f * layer.stepSamples;
    const shift: i32 = audioShift(input.subarray(at), layer.window, layer.windowSamples);
    audioWindow(
      input.subarray(at),
      layer.window,
      layer.order,
      work,
      layer.windowSamples,
      layer.halfLength,
      shift,
    );
    if (layer.isPacked === 1) {
      fftPairs(work, layer.twiddles, layer.halfLength, layer.stages, layer.startsWithPairs);
      splitRealPairs(work, layer.splitTwiddles, layer.halfLength);
    } else {
      fft(work, layer.twiddles, layer.halfLength, layer.stages, layer.startsWithPairs);
      splitReal(work, layer.splitTwiddles, layer.halfLength);
    }
    audioBands(work, layer.bandStarts, layer.weights, bands, layer.channels, layer.energyBits, shift);
    audioNoise(
      bands,
      estimate,
      layer.channels,
      layer.evenWeight,
      layer.oddWeight,
      layer.leastRemaining,
      layer.smoothingBits,
    );
    for (let c: i32 = 0; c < layer.channels; c++) {
      let value: i32 = bands[c];
      if (layer.hasGain === 1) {
        value = withGain(value, estimate[c], layer.gain, layer.snrShift);
      }
      if (layer.hasLogarithm === 1) {
        value = logarithmOf(value, layer.logarithms, layer.correctionBits, layer.scaleShift);
      }
      output[f * layer.channels + c] = audioInt8(value);
    }
  }
}
