import { audioBands } from "./audioBands.js";
import { audioInt8, audioNoise, logarithmOf, withGain } from "./audioChannel.js";
import type { AudioKernel } from "./audioFeatures.js";
import { audioShift, audioWindow } from "./audioWindow.js";
import { fft, splitReal } from "./fft.js";
import { fftPairs, splitRealPairs } from "./fftPairs.js";
import { type i32, max } from "./int.js";
import { loadFour } from "./simd.js";

export interface AudioStream extends AudioKernel {
  /** Samples of a run, and those that are kept from the run before. */
  readonly addedSamples: i32;
  readonly keptSamples: i32;
  /** Bytes of the state where the estimate and the samples begin. */
  readonly estimateAt: i32;
  readonly samplesAt: i32;
}

/**
 * Features of the newest samples of a stream: the rows of audioFeatures() over the samples that were kept and all that came.
 *
 *   input     int16 [addedSamples]
 *   before    int8, the same memory as the output: each value is read before another takes its place
 *   output    int8: features [frames, channels]; the noise estimate, 4 bytes a channel; the samples that are kept, 2 bytes each
 *   samples   int16 [keptSamples + addedSamples]
 *   work      int16 [halfLength, 2]
 *   bands     int32 [channels]
 *   estimate  int32 [channels]
 */
export function audioStream(
  layer: AudioStream,
  input: Int16Array,
  before: Int8Array,
  output: Int8Array,
  samples: Int16Array,
  work: Int16Array,
  bands: Int32Array,
  estimate: Int32Array,
): void {
  for (let c: i32 = 0; c < layer.channels; c++) {
    // no less than 0 whatever the bytes are: a gain's place in its table goes by it
    estimate[c] = max(loadFour(before, layer.estimateAt + 4 * c), 0);
  }
  for (let i: i32 = 0; i < layer.keptSamples; i++) {
    const at: i32 = layer.samplesAt + 2 * i;
    samples[i] = (before[at] & 255) + before[at + 1] * 256;
  }
  for (let i: i32 = 0; i < layer.addedSamples; i++) {
    samples[layer.keptSamples + i] = input[i];
  }
  for (let f: i32 = 0; f < layer.frames; f++) {
    const at: i32 = f * layer.stepSamples;
    const shift: i32 = audioShift(samples.subarray(at), layer.window, layer.windowSamples);
    audioWindow(
      samples.subarray(at),
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
  for (let c: i32 = 0; c < layer.channels; c++) {
    const at: i32 = layer.estimateAt + 4 * c;
    output[at] = estimate[c];
    output[at + 1] = estimate[c] >> 8;
    output[at + 2] = estimate[c] >> 16;
    output[at + 3] = estimate[c] >> 24;
  }
  for (let i: i32 = 0; i < layer.keptSamples; i++) {
    const at: i32 = layer.samplesAt + 2 * i;
    output[at] = samples[layer.addedSamples + i];
    output[at + 1] = samples[layer.addedSamples + i] >> 8;
  }
}
