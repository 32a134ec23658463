import { UserError } from "../base/errors.js";
import { quoted } from "../base/printable.js";
import type { AudioParameters, NoiseSettings } from "./audioParameters.js";
import type { GainSettings } from "./gainTable.js";

/** Of a front-end, as a user writes it: a preset, and what is to be otherwise. */
export interface AudioOptions {
  /**
   * wakeWord: frames of 30 ms every 10 ms, as microWakeWord has them; microSpeech: every 20 ms, as TensorFlow Lite Micro's
   * example. Both have 40 channels of 125 to 7500 Hz at 16000 samples a second, gains and logarithms. Default wakeWord.
   */
  readonly preset?: AudioPreset;
  /** Samples a second. Default 16000. */
  readonly rate?: number;
  /** A frame's length. Default 30. */
  readonly sizeMs?: number;
  /** From the start of a frame to that of the next. */
  readonly stepMs?: number;
  /** Default 40. */
  readonly channels?: number;
  /** Hz: where the lowest channel begins. Default 125. */
  readonly lower?: number;
  /** Hz: where the highest channel ends. Default 7500. */
  readonly upper?: number;
  /** Noise reduction. Default smoothingBits 10, even 0.025, odd 0.06, minRemaining 0.05. */
  readonly noise?: Partial<NoiseSettings>;
  /** Gains by the noise of each channel. Default strength 0.95, offset 80, gainBits 21; false for none. */
  readonly pcan?: false | Partial<GainSettings>;
  /** Natural logarithms in units of 2^-scaleShift. Default scaleShift 6; false for magnitudes as they are. */
  readonly log?: false | { readonly scaleShift?: number };
}

/** A front-end that is in use elsewhere. */
export type AudioPreset = "microSpeech" | "wakeWord";

const stepsMs: Readonly<Record<AudioPreset, number>> = { microSpeech: 20, wakeWord: 10 };

/**
 * All parameters of a front-end.
 *
 * @throws UserError for a preset or an option that there is not
 */
export function audioParameters(options: AudioOptions = {}): AudioParameters {
  const { preset = "wakeWord", noise = {}, pcan = {}, log = {}, ...own } = options;
  if (!Object.hasOwn(stepsMs, preset)) {
    throw new UserError(
      `audioFeatures: no preset is called ${quoted(String(preset))}`,
      `presets: ${Object.keys(stepsMs).join(", ")}`,
    );
  }
  return {
    rate: own.rate ?? 16000,
    sizeMs: own.sizeMs ?? 30,
    stepMs: own.stepMs ?? stepsMs[preset],
    channels: own.channels ?? 40,
    lower: own.lower ?? 125,
    upper: own.upper ?? 7500,
    noise: { smoothingBits: 10, even: 0.025, odd: 0.06, minRemaining: 0.05, ...noise },
    gain: pcan === false ? undefined : { strength: 0.95, offset: 80, gainBits: 21, ...pcan },
    scaleShift: log === false ? undefined : (log.scaleShift ?? 6),
  };
}
