import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readSamples } from "../../src/formats/samples.js";
import { audioBands } from "../../src/kernels/audioBands.js";
import { logarithmOf, noiseEstimate, withGain, withoutNoise } from "../../src/kernels/audioChannel.js";
import { audioShift, audioWindow } from "../../src/kernels/audioWindow.js";
import { fft, splitReal } from "../../src/kernels/fft.js";
import { type AudioFrontEnd, frameCount } from "../../src/network/audioFrontEnd.js";
import { createAudioFrontEnd } from "../../src/signal/audioFrontEnd.js";
import { type AudioOptions, audioParameters } from "../../src/signal/audioOptions.js";
import { settleAudio } from "../../src/signal/settleAudio.js";

/** What the C library gave at each stage; it lies beside the repository. */
export const signalsFolder = fileURLToPath(new URL("../../../shared/signals", import.meta.url));
export const hasSignals = existsSync(signalsFolder);
export const signalsAreMissing = "needs the golden signals in ../shared/signals, which are not here";

/** Parameters as the manifest names them. */
interface Params {
  readonly rate?: number;
  readonly size: number;
  readonly step: number;
  readonly ch: number;
  readonly lo?: number;
  readonly hi?: number;
  readonly pcan: 0 | 1;
  readonly strength?: number;
  readonly offset?: number;
  readonly gain_bits?: number;
  readonly smoothing?: number;
  readonly log?: 0 | 1;
  readonly shift?: number;
}

export interface Configuration {
  readonly name: string;
  readonly options: AudioOptions;
  readonly frontEnd: AudioFrontEnd;
}

export function readConfigurations(): Configuration[] {
  const manifest = JSON.parse(readFileSync(`${signalsFolder}/manifest.json`, "utf8")) as {
    readonly configs: Readonly<Record<string, { readonly params: Params }>>;
  };
  return Object.entries(manifest.configs).map(([name, { params: p }]) => {
    const options: AudioOptions = {
      ...{ rate: p.rate ?? 16000, sizeMs: p.size, stepMs: p.step, channels: p.ch },
      ...{ lower: p.lo ?? 125, upper: p.hi ?? 7500 },
      noise: { smoothingBits: p.smoothing ?? 10 },
      pcan: p.pcan === 1 && {
        ...(p.strength !== undefined && { strength: p.strength }),
        ...(p.offset !== undefined && { offset: p.offset }),
        ...(p.gain_bits !== undefined && { gainBits: p.gain_bits }),
      },
      log: p.log !== 0 && { scaleShift: p.shift ?? 6 },
    };
    return { name, options, frontEnd: createAudioFrontEnd(audioParameters(options)) };
  });
}

/** Values of a file, 64-bit integers as numbers: all are below 2^53. */
export function readGolden(path: string): ArrayLike<number> | undefined {
  const whole = `${signalsFolder}/${path}.npy`;
  return existsSync(whole) ? (readSamples(whole).data as ArrayLike<number>) : undefined;
}

export function signalNames(): string[] {
  return readdirSync(`${signalsFolder}/signals`).map((file) => file.replace(/\.npy$/, ""));
}

export function readSignal(name: string): Int16Array {
  return Int16Array.from(readGolden(`signals/${name}`)!);
}

/** By stage: values that were compared, and those that differ. */
export type Differences = Map<string, { compared: number; different: number }>;

/** Compares every stage of which there is a file, frame by frame; `features` are those before they become int8. */
export function compareStages(
  { name, frontEnd }: Configuration,
  signal: string,
  counts: Differences = new Map(),
): Differences {
  const golden = new Map<string, ArrayLike<number> | undefined>();
  const compare = (stage: string, index: number, value: number): void => {
    if (!golden.has(stage)) golden.set(stage, readGolden(`${name}/${signal}.${stage}`));
    const expected = golden.get(stage);
    if (expected === undefined) return;
    const count = counts.get(stage) ?? { compared: 0, different: 0 };
    counts.set(stage, count);
    count.compared++;
    if (expected[index] !== value) count.different++;
  };
  const samples = readSignal(signal);
  const settled = settleAudio(name, frontEnd);
  const { channels, halfLength, windowSamples, order } = settled;
  const [work, bands, estimate] = [
    new Int16Array(2 * halfLength),
    new Int32Array(channels),
    new Int32Array(channels),
  ];
  for (let frame = 0; frame < frameCount(frontEnd, samples.length); frame++) {
    const part = samples.subarray(frame * settled.stepSamples);
    const shift = audioShift(part, settled.window, windowSamples);
    compare("shift", frame, shift);
    audioWindow(part, settled.window, order, work, windowSamples, halfLength, shift);
    for (let i = 0; i < windowSamples; i++) {
      compare("window", frame * windowSamples + i, work[2 * order[i >> 1]! + (i & 1)]! >> shift);
    }
    fft(work, settled.twiddles, halfLength, settled.stages, settled.startsWithPairs);
    splitReal(work, settled.splitTwiddles, halfLength);
    for (let i = 2; i < 2 * halfLength; i++) compare("fft", 2 * frame * (halfLength + 1) + i, work[i]!);
    audioBands(work, settled.bandStarts, settled.weights, bands, channels, settled.energyBits, shift);
    for (let c = 0; c < channels; c++) {
      const index = frame * channels + c;
      compare("sqrt", index, bands[c]!);
      const weight = c % 2 === 0 ? settled.evenWeight : settled.oddWeight;
      const noise = noiseEstimate(bands[c]!, estimate[c]!, weight, settled.smoothingBits);
      estimate[c] = noise;
      compare("estimate", index, noise);
      let value = withoutNoise(bands[c]!, noise, settled.leastRemaining, settled.smoothingBits);
      compare("noise", index, value);
      if (settled.hasGain === 1) value = withGain(value, noise, settled.gain, settled.snrShift);
      compare("pcan", index, value);
      if (settled.hasLogarithm === 1)
        value = logarithmOf(value, settled.logarithms, settled.correctionBits, settled.scaleShift);
      compare("features", index, Math.min(value, 65535));
    }
  }
  return counts;
}
