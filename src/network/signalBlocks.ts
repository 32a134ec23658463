import type { Shape } from "../base/tensor.js";
import type { Quantization } from "./quantizedNetwork.js";
import type { LayerBase } from "./quantizedStateLayers.js";

/** What `statistics` can tell of an axis, in the order in which the kernel computes it. */
export const statisticNames = [
  "mean",
  "min",
  "max",
  "peakToPeak",
  "rms",
  "skew",
  "kurtosis",
  "crest",
  "zeroCrossings",
] as const;

/** A number that `statistics` tells of each axis. */
export type StatisticName = (typeof statisticNames)[number];

/** Samples and axes that a block takes: int16 [steps, axes]. */
interface Window {
  readonly steps: number;
  readonly axes: number;
}

/** Numbers for each axis, [axes · chosen]: all of the first axis first. */
export interface StatisticsBlock extends Window {
  readonly kind: "statistics";
  readonly chosen: readonly StatisticName[];
  /** Bits of the RMS behind the point. */
  readonly fractionBits: number;
}

/** log2 of powers of frequency bands, [bands, axes]. */
export interface SpectrumBlock extends Window {
  readonly kind: "spectrum";
  /** Samples of a frame, a power of two, and from the start of one to that of the next. */
  readonly length: number;
  readonly hop: number;
  readonly combine: "max" | "mean";
  /** int16 [length], Q15; undefined for samples as they are. */
  readonly window: Int16Array | undefined;
  /** int16 [bands + 1]: band b has the bins from edges[b] to edges[b + 1] − 1. */
  readonly edges: Int16Array;
  /** int16 [length / 2, 2], Q15: cosine and sine of −2πk / length. */
  readonly twiddles: Int16Array;
  /** int16 [129]: 2^16 · (log2(1 + i / 128) − i / 128). */
  readonly logarithms: Int16Array;
}

/** Second-order sections, [steps, axes]. */
export interface BiquadsBlock extends Window {
  readonly kind: "biquads";
  readonly type: "lowPass" | "highPass";
  /** int32 [sections, 5], Q30: b0, b1, b2, −a1, −a2. */
  readonly coefficients: Int32Array;
}

/** A low-pass filter of which every `factor`th value is kept, [outputSteps, axes]. */
export interface DecimateBlock extends Window {
  readonly kind: "decimate";
  readonly factor: number;
  /** int16 [taps], Q15. */
  readonly weights: Int16Array;
}

/** A fixed function of int16 series that gives int16: a layer in front of those that are trained. */
export type SignalBlock = StatisticsBlock | SpectrumBlock | BiquadsBlock | DecimateBlock;

export type SignalKind = SignalBlock["kind"];

/**
 * A fixed function of int16 series, [steps, axes]; its output's shape and scales are those of `signalOutput`.
 *
 * docs/signals.md has the formulas.
 */
export interface QuantizedSignal<Kind extends SignalKind = SignalKind> extends LayerBase {
  readonly kind: Kind;
  /** Of this kind. */
  readonly block: SignalBlock;
}

/** One type for each kind, so that a kind tells its own from others. */
export type QuantizedSignalLayer = { [Kind in SignalKind]: QuantizedSignal<Kind> }[SignalKind];

const plain: Quantization = { scale: 1, zeroPoint: 0 };

/** Scales of statistics by name. The largest peak-to-peak value is 65535. */
function quantizationOfStatistic(name: StatisticName, fractionBits: number): Quantization {
  switch (name) {
    case "rms":
      return { scale: 2 ** -fractionBits, zeroPoint: 0 };
    case "peakToPeak":
      return { scale: 1, zeroPoint: -32768 };
    case "skew":
      return { scale: 2 ** -10, zeroPoint: 0 };
    case "kurtosis":
    case "crest":
      return { scale: 2 ** -8, zeroPoint: 0 };
    default:
      return plain;
  }
}

/** What a block gives: int16 with a scale of its own, or one for each of its columns. */
export interface SignalOutput {
  readonly shape: Shape;
  readonly quantization: Quantization | readonly Quantization[];
}

export function signalOutput(block: SignalBlock): SignalOutput {
  const { axes } = block;
  switch (block.kind) {
    case "statistics": {
      const own = block.chosen.map((name) => quantizationOfStatistic(name, block.fractionBits));
      const all = Array.from({ length: axes }, () => own).flat();
      return { shape: [all.length], quantization: all.length === 1 ? all[0]! : all };
    }
    case "spectrum":
      return {
        shape: [block.edges.length - 1, axes],
        quantization: { scale: 2 ** -8, zeroPoint: 0 },
      };
    case "biquads":
      return { shape: [block.steps, axes], quantization: plain };
    case "decimate":
      return { shape: [decimatedSteps(block), axes], quantization: plain };
  }
}

/** Every sum lies within the series. */
export function decimatedSteps({ steps, factor, weights }: Omit<DecimateBlock, "kind">): number {
  return Math.floor((steps - weights.length) / factor) + 1;
}

/** Frames of a spectrum: none is padded. */
export function spectrumFrames({ steps, length, hop }: Omit<SpectrumBlock, "kind">): number {
  return Math.floor((steps - length) / hop) + 1;
}

/** A block's tables by name, with the shapes in which they lie in a model file. */
export function signalTables(
  block: SignalBlock,
): readonly { readonly name: string; readonly shape: Shape; readonly data: Int16Array | Int32Array }[] {
  switch (block.kind) {
    case "statistics":
      return [];
    case "spectrum": {
      const { length, window, edges, twiddles, logarithms } = block;
      return [
        ...(window ? [{ name: "window", shape: [length], data: window }] : []),
        { name: "edges", shape: [edges.length], data: edges },
        { name: "twiddles", shape: [length / 2, 2], data: twiddles },
        { name: "logarithms", shape: [129], data: logarithms },
      ];
    }
    case "biquads": {
      const { coefficients } = block;
      // a float network's file has float32: 24 bits
      const halves = Array.from(coefficients, (coefficient) => [
        coefficient >> 15,
        coefficient & 32767,
      ]).flat();
      return [
        { name: "coefficients", shape: [coefficients.length / 5, 5, 2], data: Int32Array.from(halves) },
      ];
    }
    case "decimate":
      return [{ name: "weights", shape: [block.weights.length], data: block.weights }];
  }
}

/** A block's numbers as plain JSON; {@link signalTables} stand beside them, and its steps and axes are its input's. */
export function signalNumbers(block: SignalBlock): Readonly<Record<string, string | number | boolean>> {
  switch (block.kind) {
    case "statistics":
      return { chosen: block.chosen.join(" "), fractionBits: block.fractionBits };
    case "spectrum": {
      const { length, hop, combine, window, edges } = block;
      return { length, hop, combine, hasWindow: window !== undefined, bands: edges.length - 1 };
    }
    case "biquads":
      return { type: block.type, sections: block.coefficients.length / 5 };
    case "decimate":
      return { factor: block.factor, taps: block.weights.length };
  }
}
