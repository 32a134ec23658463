import { UserError, type Warning } from "../../base/errors.js";
import { readBytes } from "../../base/files.js";
import { Tensor } from "../../base/tensor.js";
import { resample } from "../../formats/resample.js";
import { parseSound, pcmExtensions, takeChannel } from "../../formats/wav.js";
import { ClassLabels, checkClassName, numberClasses } from "./classes.js";
import { listClassFiles } from "./classFiles.js";
import { type DataPath, resolveDataPath, showPath } from "./dataPath.js";
import { BadRows, type LoadedData, type OnBad } from "./loadedData.js";
import type { SplitOptions } from "./shareOut.js";
import { split } from "./split.js";
import { windowStarts } from "./windows.js";

export interface SoundFolderOptions extends SplitOptions {
  /** Samples a second that every sound is brought to, as the device's microphone will have: 16000. */
  readonly rate: number;
  /** Length of a sample. What is shorter is filled with silence behind it; what is longer is cut into windows. */
  readonly seconds: number;
  /** From one window's start to the next one's; default: `seconds`, so that none overlap. */
  readonly stepSeconds?: number;
  /** Which channel is taken, from 0 on; default: the mean of all. */
  readonly channel?: number;
  /**
   * Whose name is the class: the folder's a file lies in, or the file's without a number at its end (yes-03.wav is of
   * class yes). Default "folder" where there are folders, else "file".
   */
  readonly label?: "folder" | "file";
  /** Names of the classes 0, 1, …; default: numbers by size, other names by their characters. */
  readonly classes?: readonly string[];
  /** Default "throw". */
  readonly onBadFile?: OnBad;
}

/** 1 GiB of reals. */
const maximumValues = 2 ** 28;

/** What the files told that a user should hear of. */
interface Heard {
  short: number;
  clipped: number;
  firstClipped: string;
}

/**
 * Reads WAV files, and raw PCM of the wanted rate (.pcm, .raw), from a folder that has a folder for each class:
 * `soundFolder("words/", { rate: 16000, seconds: 1, test: 0.2 })`.
 *
 *   inputs   float32 [samples, rate · seconds], in steps of int16: −32768 … 32767, as the device's microphone gives them
 *   targets  class numbers [samples]
 *
 * Where windows overlap, those of a file stay in one part.
 *
 * @throws UserError that names the file that cannot be read
 */
export function soundFolder(from: DataPath, options: SoundFolderOptions): LoadedData {
  const { rate, seconds, stepSeconds = seconds, classes } = options;
  const [window, step] = [sizeOf("seconds", seconds, rate), sizeOf("stepSeconds", stepSeconds, rate)];
  const folder = resolveDataPath(from);
  const badFiles = new BadRows(options.onBadFile ?? "throw", "onBadFile");
  const labels = new ClassLabels();
  const cuts: { readonly samples: Int16Array; readonly recording: number; readonly start: number }[] = [];
  const heard: Heard = { short: 0, clipped: 0, firstClipped: "" };
  const files = listClassFiles(folder, "sound", [".wav", ...pcmExtensions], options.label);
  for (const [recording, { path, className = "" }] of files.entries()) {
    const samples = readSound(path, options, badFiles, heard, className);
    if (samples === undefined) continue;
    if (samples.length < window) heard.short++;
    const starts = samples.length < window ? [0] : windowStarts(samples.length, window, step);
    for (const start of starts) {
      labels.push(className);
      cuts.push({ samples: samples.subarray(start, start + window), recording, start });
    }
    if (cuts.length * window > maximumValues) {
      throw new UserError(
        `${showPath(folder)}: the sounds hold more than ${maximumValues} values`,
        "give a lower rate, shorter samples or larger steps",
      );
    }
  }
  badFiles.expectSome(showPath(folder), cuts.length, "sounds");
  const inputs = Tensor.zeros([cuts.length, window], "float32");
  cuts.forEach(({ samples }, index) => {
    inputs.data.set(samples, index * window);
  });
  const { numbers: targets, classes: classNames } = numberClasses(showPath(folder), labels, classes);
  const windows = {
    recordings: Int32Array.from(cuts, ({ recording }) => recording),
    starts: Int32Array.from(cuts, ({ start }) => start),
    rows: window,
    splitBy: "file" as const,
  };
  const warnings = warn(heard, seconds, files.length);
  return {
    ...split({ inputs, targets, classNames, windows }, options),
    skipped: badFiles.skipped,
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Seconds as samples. */
function sizeOf(name: string, seconds: number, rate: number): number {
  const size = Math.round(seconds * rate);
  if (Number.isInteger(rate) && rate >= 100 && rate <= 768_000 && size >= 1 && size <= 2 ** 24) return size;
  throw new UserError(
    `soundFolder: rate must be an integer 100..768000 and ${name} above 0 and up to ${2 ** 24} samples, found ${rate} and ${seconds}`,
  );
}

function readSound(
  path: string,
  { rate, channel }: SoundFolderOptions,
  badFiles: BadRows,
  heard: Heard,
  className: string,
): Int16Array | undefined {
  const name = showPath(path);
  try {
    const sound = parseSound(readBytes(path), name, rate);
    const wrong = checkClassName(className);
    if (wrong !== undefined) throw new UserError(`${name}: its class ${wrong}`);
    if (sound.samples.length === 0) throw new UserError(`${name}: holds no samples`);
    if (sound.clipped > 0 && heard.clipped++ === 0) heard.firstClipped = name;
    return resample(takeChannel(sound, channel, name), sound.rate, rate);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    badFiles.add(error.message);
    return undefined;
  }
}

function warn({ short, clipped, firstClipped }: Heard, seconds: number, files: number): Warning[] {
  return [
    ...(short === 0
      ? []
      : [
          {
            message: `soundFolder: ${short} of ${files} sounds are shorter than ${seconds} s; silence follows them`,
            hint: "give fewer seconds, or longer sounds",
          },
        ]),
    ...(clipped === 0
      ? []
      : [
          {
            message: `soundFolder: ${clipped} of ${files} sounds go beyond full scale and are clipped, the first: ${firstClipped}`,
            hint: "save them with less gain",
          },
        ]),
  ];
}
