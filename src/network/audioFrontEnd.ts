import type { Fields } from "../base/fields.js";
import type { Shape } from "../base/tensor.js";

/**
 * What turns int16 samples of a sound into rows of features: every number and table, settled once and kept with the
 * network. docs/signals.md has the formulas; src/signal makes the tables.
 *
 * Source: TensorFlow's microfrontend (tensorflow/lite/experimental/microfrontend/lib) with kissfft in 16 bits.
 */
export interface AudioFrontEnd {
  /** Samples a second: reports have it, nothing is computed from it. */
  readonly rate: number;
  /** Samples of a frame, and from the start of one to that of the next. */
  readonly windowSamples: number;
  readonly stepSamples: number;
  readonly channels: number;
  /** A real FFT of 2 · halfLength samples: a power of two, windowSamples or more. */
  readonly halfLength: number;
  /** Bits of a noise estimate below a magnitude's last. */
  readonly smoothingBits: number;
  /** Of 2^14: how much of a new magnitude goes into the estimate of an even or odd channel; what is left of it at least. */
  readonly evenWeight: number;
  readonly oddWeight: number;
  readonly leastRemaining: number;
  /** Right shift of a magnitude times its gain. */
  readonly snrShift: number;
  /** The natural logarithm's unit is 2^-scaleShift; undefined without a logarithm. */
  readonly scaleShift: number | undefined;
  /** int16 [windowSamples], Q12. */
  readonly window: Int16Array;
  /** int16 [channels + 2]: the first bin of each band, and the bin behind the last. */
  readonly bandStarts: Int16Array;
  /** int16 [bins, 2], Q12: how much of a bin goes to the channel that ends in its band, and to the next one. */
  readonly weights: Int16Array;
  /** int16 [125]: the gain of channels by their noise; undefined without gains. See src/signal/gainTable.ts. */
  readonly gain: Int16Array | undefined;
  /** int16 [3/4 · halfLength, 2], Q15: cosine and sine of −2πk / halfLength. */
  readonly twiddles: Int16Array;
  /** int16 [halfLength / 2, 2], Q15: those of −π · ((k + 1) / halfLength + 1/2). */
  readonly splitTwiddles: Int16Array;
  /** int16 [129]: 2^16 · (log2(1 + i / 128) − i / 128). */
  readonly logarithms: Int16Array;
}

/**
 * Features of a front-end: 256 steps for the 26 that the logarithm of a loud sound has as a real number, so that training,
 * host and device have the same ones.
 */
export const audioOutput = { scale: Math.fround(26 / 255), zeroPoint: -128 } as const;

/** Rows of features of a number of samples: none is padded. */
export function frameCount(
  { windowSamples, stepSamples }: Pick<AudioFrontEnd, "windowSamples" | "stepSamples">,
  samples: number,
): number {
  return samples < windowSamples ? 0 : 1 + Math.floor((samples - windowSamples) / stepSamples);
}

/** Where what lies in the state of a stream: features of the newest frames, noise estimates, samples. All in bytes. */
export interface AudioState {
  /** Samples that are kept from one run to the next: with those of a step, they are a frame's, and those that wait. */
  readonly keptSamples: number;
  readonly estimateAt: number;
  readonly samplesAt: number;
  readonly bytes: number;
}

/**
 * The state of a stream of so many frames a run.
 *
 * @param waiting samples that come after a frame's before it is made, less than a step: so that frames begin where those of a clip do
 */
export function audioState(
  { windowSamples, stepSamples, channels }: Pick<AudioFrontEnd, "windowSamples" | "stepSamples" | "channels">,
  frames: number,
  waiting = 0,
): AudioState {
  const keptSamples = windowSamples - stepSamples + waiting;
  const estimateAt = frames * channels;
  const samplesAt = estimateAt + 4 * channels;
  return { keptSamples, estimateAt, samplesAt, bytes: samplesAt + 2 * keptSamples };
}

/** A front-end's tables by name, with the shapes in which they lie in a model file. */
export function audioTables(
  frontEnd: AudioFrontEnd,
): readonly { readonly name: AudioTableName; readonly shape: Shape; readonly data: Int16Array }[] {
  return tableShapes(frontEnd, frontEnd.weights.length / 2).flatMap(([name, shape]) => {
    const data = frontEnd[name];
    return data === undefined ? [] : [{ name, shape, data }];
  });
}

type AudioTableName = keyof {
  [Name in keyof AudioFrontEnd as Int16Array extends AudioFrontEnd[Name] ? Name : never]: true;
};

type Sizes = Pick<AudioFrontEnd, "windowSamples" | "channels" | "halfLength">;

function tableShapes({ windowSamples, channels, halfLength }: Sizes, bins: number) {
  return [
    ["window", [windowSamples]],
    ["bandStarts", [channels + 2]],
    ["weights", [bins, 2]],
    ["gain", [125]],
    ["twiddles", [(3 * halfLength) / 4, 2]],
    ["splitTwiddles", [halfLength / 2, 2]],
    ["logarithms", [129]],
  ] as const satisfies readonly (readonly [AudioTableName, Shape])[];
}

/** A front-end's numbers as plain JSON; {@link audioTables} stand beside them. */
export function audioNumbers(frontEnd: AudioFrontEnd): Readonly<Record<string, number | boolean>> {
  const { rate, windowSamples, stepSamples, channels, halfLength, smoothingBits } = frontEnd;
  const { evenWeight, oddWeight, leastRemaining, snrShift, scaleShift, weights, gain } = frontEnd;
  return {
    ...{ rate, windowSamples, stepSamples, channels, halfLength, smoothingBits },
    ...{ evenWeight, oddWeight, leastRemaining },
    ...(gain && { snrShift }),
    ...(scaleShift !== undefined && { scaleShift }),
    bins: weights.length / 2,
  };
}

/**
 * A front-end from a file's numbers and tables, each within what its arithmetic has room for.
 *
 * @param table the values of a table, by its name in the file
 * @throws UserError naming what is out of range
 */
export function readAudioFrontEnd(
  fields: Fields,
  table: (name: string, shape: Shape) => ArrayLike<number>,
): AudioFrontEnd {
  const halfLength = fields.integer("halfLength", 16, 2048);
  if (!Number.isInteger(Math.log2(halfLength))) fields.fail("halfLength", "a power of two");
  const windowSamples = fields.integer("windowSamples", 1, 2 * halfLength);
  const channels = fields.integer("channels", 1, 128);
  const bins = fields.integer("bins", 1, halfLength);
  const hasGain = fields.has("snrShift");
  const tables = Object.fromEntries(
    tableShapes({ windowSamples, channels, halfLength }, bins)
      .filter(([name]) => name !== "gain" || hasGain)
      .map(([name, shape]) => {
        const values = Array.from(table(name, shape));
        const [least, most] = tableRanges[name];
        const wrong = values.find((value) => !(Number.isInteger(value) && value >= least && value <= most));
        if (wrong !== undefined)
          fields.refuse(`${name} must be whole numbers from ${least} to ${most}, found ${wrong}`);
        return [name, Int16Array.from(values)];
      }),
  ) as Record<AudioTableName, Int16Array>;
  const { bandStarts, weights, twiddles, splitTwiddles } = tables;
  const isRising = bandStarts.every((start, i) => start >= (i === 0 ? 1 : bandStarts[i - 1]!));
  const last = bandStarts[channels + 1]!;
  if (!isRising || last > halfLength || last - bandStarts[0]! !== bins)
    fields.refuse(
      `bandStarts must be ${bins} bins that rise from 1 to ${halfLength}, found ${bandStarts[0]} to ${last}`,
    );
  // bounds of sums stand on these
  if (!pairsOf(weights).every(([to, next]) => to + next <= 4096))
    fields.refuse("the two weights of a bin must be 4096 together, or less");
  for (const [name, factors] of Object.entries({ twiddles, splitTwiddles })) {
    if (!pairsOf(factors).every(([cosine, sine]) => Math.hypot(cosine, sine) <= 32768))
      fields.refuse(`${name} must be of magnitudes up to 2^15`);
  }
  return {
    rate: fields.integer("rate", 1, 1e6),
    ...{ windowSamples, channels, halfLength },
    stepSamples: fields.integer("stepSamples", 1, windowSamples),
    smoothingBits: fields.integer("smoothingBits", 0, 10),
    evenWeight: fields.integer("evenWeight", 0, 16384),
    oddWeight: fields.integer("oddWeight", 0, 16384),
    leastRemaining: fields.integer("leastRemaining", 0, 16384),
    snrShift: hasGain ? fields.integer("snrShift", 0, 15) : 0,
    scaleShift: fields.has("scaleShift") ? fields.integer("scaleShift", 0, 10) : undefined,
    ...tables,
    gain: hasGain ? tables.gain : undefined,
  };
}

const tableRanges: Readonly<Record<AudioTableName, readonly [least: number, most: number]>> = {
  window: [0, 4096],
  bandStarts: [1, 2048],
  weights: [0, 4096],
  gain: [-32768, 32767],
  twiddles: [-32767, 32767],
  splitTwiddles: [-32767, 32767],
  logarithms: [0, 32767],
};

function pairsOf(values: Int16Array): (readonly [number, number])[] {
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i]!, values[2 * i + 1]!]);
}

/** Multiplications of a frame: window, FFT, energies and bands. */
export function audioMacs({ windowSamples, halfLength, weights }: AudioFrontEnd): number {
  const steps = Math.floor(Math.log2(halfLength) / 2);
  const butterflies = steps * (halfLength / 4) * (8 + 12);
  return windowSamples + butterflies + (halfLength / 2) * (4 + 4) + (weights.length / 2) * (2 + 4);
}
