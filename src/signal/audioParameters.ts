import { UserError } from "../base/errors.js";
import { describe } from "../base/fields.js";
import type { GainSettings } from "./gainTable.js";

/** What a front-end is made of: every parameter of the microfrontend library. */
export interface AudioParameters {
  /** Samples a second. */
  readonly rate: number;
  /** A frame's length, and from the start of one to that of the next. */
  readonly sizeMs: number;
  readonly stepMs: number;
  readonly channels: number;
  /** Hz: where the lowest and the highest channel end. */
  readonly lower: number;
  readonly upper: number;
  readonly noise: NoiseSettings;
  /** Gains by the noise of each channel (PCAN); undefined for none. */
  readonly gain: GainSettings | undefined;
  /** Logarithms in units of 2^-scaleShift; undefined for magnitudes as they are. */
  readonly scaleShift: number | undefined;
}

/** Noise reduction of `audioFeatures`: an estimate for each channel is taken off. */
export interface NoiseSettings {
  /** Bits of the estimate behind the point. */
  readonly smoothingBits: number;
  /** How much of a new magnitude goes into the estimates of even and odd channels, 0..1. */
  readonly even: number;
  readonly odd: number;
  /** What is left of a magnitude at least, 0..1. */
  readonly minRemaining: number;
}

const limits = {
  rate: [1000, 96000],
  sizeMs: [1, 1000],
  stepMs: [1, 1000],
  channels: [1, 128],
  lower: [0, 48000],
  upper: [1, 48000],
  "noise.smoothingBits": [0, 10],
  "noise.even": [0, 1],
  "noise.odd": [0, 1],
  "noise.minRemaining": [0, 1],
  "pcan.strength": [0, 4],
  "pcan.offset": [0.01, 65536],
  "pcan.gainBits": [0, 30],
  "log.scaleShift": [0, 10],
} as const;

const wholes = new Set(["rate", "channels", "noise.smoothingBits", "pcan.gainBits", "log.scaleShift"]);

/** Samples of the shortest and the longest FFT. */
const [shortest, longest] = [32, 4096];

/**
 * The same parameters, each a number that the integer arithmetic has room for.
 *
 * @throws UserError naming the one that is not
 */
export function expectAudioParameters(parameters: AudioParameters): AudioParameters {
  const { noise, gain, scaleShift } = parameters;
  const values: Readonly<Record<string, unknown>> = {
    ...parameters,
    ...prefixed("noise", noise),
    ...(gain && prefixed("pcan", gain)),
    ...(scaleShift !== undefined && { "log.scaleShift": scaleShift }),
  };
  for (const [name, [least, most]] of Object.entries(limits)) {
    if (!(name in values)) continue;
    const value = values[name];
    const isWhole = !wholes.has(name) || Number.isInteger(value);
    if (typeof value === "number" && value >= least && value <= most && isWhole) continue;
    const kind = wholes.has(name) ? "a whole number" : "a number";
    throw new UserError(
      `audioFeatures: ${name} must be ${kind} from ${least} to ${most}, found ${describe(value)}`,
    );
  }
  const { rate, sizeMs, stepMs, lower, upper } = parameters;
  if (!(lower < upper)) {
    throw new UserError(
      `audioFeatures: lower is ${lower} Hz and upper ${upper} Hz`,
      "the lowest frequency stands in lower",
    );
  }
  const window = Math.trunc((sizeMs * rate) / 1000);
  const step = Math.trunc((stepMs * rate) / 1000);
  if (window <= shortest / 2 || window > longest || step < 1 || step > window) {
    throw new UserError(
      `audioFeatures: ${sizeMs} ms and a step of ${stepMs} ms at ${rate} samples a second are ${window} and ${step} samples; ${shortest / 2 + 1} to ${longest} are possible, and a step of 1 to as many`,
      "30 ms and a step of 10 or 20 ms are usual",
    );
  }
  return parameters;
}

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}
