import type { Fields } from "../../base/fields.js";
import { elementCount, type Shape, Tensor } from "../../base/tensor.js";
import { quantizationOf } from "../../network/quantization.js";
import { readSignalBlock } from "../../network/readSignalBlock.js";
import {
  type SignalBlock,
  type SignalKind,
  type SignalOutput,
  type StatisticName,
  signalNumbers,
  signalOutput,
  signalTables,
} from "../../network/signalBlocks.js";
import { runSignal, settleSignal } from "../../signal/settleSignal.js";
import {
  type BiquadsOptions,
  createBiquads,
  createDecimate,
  createSpectrum,
  createStatistics,
  type DecimateOptions,
  type SpectrumOptions,
  type StatisticsOptions,
} from "../../signal/signalOptions.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import { KeptFeatures, samplesToInt16 } from "./keptFeatures.js";
import type { BuildContext, LayerBase, LayerSetting, RebuildContext, Statistic } from "./layer.js";

/**
 * A fixed function of int16 series by integer arithmetic, which is the device's own. What it gives depends on the samples
 * alone, so it is computed once for each window and kept, and no gradient goes further.
 *
 *   input   [batch, steps, axes]   whole numbers, as a sensor gives them
 *   output  as {@link signalOutput} says: int16 as real numbers
 *
 * docs/signals.md has the formulas.
 */
export class Signal implements LayerBase {
  readonly kind: SignalKind;
  readonly inputShapes: readonly Shape[];
  readonly parameters = [];
  readonly statistics: readonly Statistic[];
  readonly macs: number;
  /** Shape and quantization of what it gives. */
  readonly output: SignalOutput;
  private readonly features: KeptFeatures<Int16Array>;

  constructor(
    readonly name: string,
    readonly block: SignalBlock,
    dtype: BuildContext["dtype"],
  ) {
    const settled = settleSignal(name, block);
    this.kind = block.kind;
    this.inputShapes = [[block.steps, block.axes]];
    this.output = signalOutput(block);
    this.macs = settled.macs;
    this.features = new KeptFeatures((samples) => runSignal(block, settled, samples));
    this.statistics = signalTables(block).map(({ name, shape, data }) => {
      const value = Tensor.zeros(shape, dtype);
      value.data.set(data);
      return { name, value };
    });
  }

  get outputShape(): Shape {
    return this.output.shape;
  }

  /** @throws UserError on a sample that is no number */
  forward([input]: readonly Tensor[], output: Tensor): void {
    const [size, outputSize] = [this.inputShapes[0], this.outputShape].map(elementCount);
    for (let b = 0; b * size < input.data.length; b++) {
      const samples = samplesToInt16(this.name, input.data.subarray(b * size, (b + 1) * size));
      this.features.of(samples).forEach((q, i) => {
        const { scale, zeroPoint } = quantizationOf(this.output, i);
        output.data[b * outputSize + i] = scale * (q - zeroPoint);
      });
    }
  }

  /** Nothing is trained here or before. */
  backward(
    _inputs: readonly Tensor[],
    _output: Tensor,
    _outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
  ): void {
    inputGradient?.data.fill(0);
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return signalNumbers(this.block);
  }
}

function define(
  kind: SignalKind,
  { name }: LayerOptions,
  create: (layer: string, shape: Shape) => SignalBlock,
): LayerSpec<Signal> {
  return defineLayer(kind, { ...(name !== undefined && { name }) }, (context) => {
    const block = create(context.name, onlyShape(context.inputShapes));
    return new Signal(context.name, block, context.dtype);
  });
}

/**
 * Numbers that describe each axis of a window, [steps, axes] → [axes · chosen]: "mean", "min", "max", "peakToPeak", "rms" (about
 * the mean), "skew", "kurtosis" (less 3), "crest", "zeroCrossings" (of the mean). `standardize()` brings them to int8.
 *
 * @throws UserError when the network is built: on a name that is none, or a window of more than 2048 steps
 */
export const statistics = (
  chosen: readonly StatisticName[],
  options: StatisticsOptions & LayerOptions = {},
): LayerSpec<Signal> =>
  define("statistics", options, (layer, shape) => createStatistics(layer, shape, chosen, options));

/**
 * log2 of the power of frequency bands, [steps, axes] → [bands, axes]: |FFT|² / length of overlapping frames about the
 * window's mean, their largest or their mean.
 *
 * @throws UserError when the network is built: naming an option that is out of range
 */
export const spectrum = (options: SpectrumOptions & LayerOptions): LayerSpec<Signal> =>
  define("spectrum", options, (layer, shape) => createSpectrum(layer, shape, options));

/**
 * A Butterworth filter of each axis, [steps, axes] → the same, as if the first sample had been there for ever.
 *
 * @throws UserError when the network is built: naming an option that is out of range
 */
export const biquads = (options: BiquadsOptions & LayerOptions): LayerSpec<Signal> =>
  define("biquads", options, (layer, shape) => createBiquads(layer, shape, options));

/**
 * One sample of `factor` behind a low-pass filter, [steps, axes] → [(steps − taps) / factor + 1, axes].
 *
 * @throws UserError when the network is built: where a window has too few steps
 */
export const decimate = (factor: number, options: DecimateOptions & LayerOptions = {}): LayerSpec<Signal> =>
  define("decimate", options, (layer, shape) => createDecimate(layer, shape, factor, options));

/** Rebuilds a layer of a kind from its {@link Signal.settings}. */
export const readSignal =
  (kind: SignalKind) =>
  (settings: Fields, { name, inputShapes, parameter }: RebuildContext): Signal => {
    let dtype: BuildContext["dtype"] = "float32";
    const block = readSignalBlock(kind, onlyShape(inputShapes), settings, (table, shape) => {
      const value = parameter(table, shape);
      dtype = value.dtype;
      return value.data;
    });
    return new Signal(name, block, dtype);
  };
