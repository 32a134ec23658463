import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { createFloats, type Shape, Tensor } from "../../base/tensor.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, RebuildContext, Run, Statistic } from "./layer.js";

/** What a normalization makes of each feature: mean 0 and standard deviation 1, or the range 0..1. */
export type NormalizationMethod = "standardize" | "minMax";

/**
 * Raw measurements, feature by feature along the last axis: output = (input − offset) · factor. Offsets and factors
 * are statistics of the training data, taken once before training; gradients do not move them. On a device the layer
 * takes int16, so that a network with it in front takes what the sensor gives.
 *
 *   input, output      [batch, …, features]
 *   offsets, factors   [features]
 */
export class Normalization implements LayerBase {
  readonly kind = "normalization";
  readonly inputShapes: readonly Shape[];
  readonly parameters = [];
  readonly statistics: readonly Statistic[];
  readonly macs = 0;

  constructor(
    readonly name: string,
    readonly outputShape: Shape,
    readonly method: NormalizationMethod,
    readonly offsets: Tensor,
    readonly factors: Tensor,
  ) {
    this.inputShapes = [outputShape];
    this.statistics = [
      { name: "offsets", value: offsets },
      { name: "factors", value: factors },
    ];
  }

  get features(): number {
    return this.offsets.shape[0];
  }

  /** Takes the statistics of samples: [samples, …, features]. A feature that never changes becomes 0. */
  adapt(samples: Tensor): void {
    for (let f = 0; f < this.features; f++) {
      const { offset, spread } = (this.method === "standardize" ? momentsOf : rangeOf)(
        samples.data,
        f,
        this.features,
      );
      this.offsets.data[f] = offset;
      this.factors.data[f] = spread > 0 ? 1 / spread : 1;
    }
  }

  forward([input]: readonly Tensor[], output: Tensor, { ops }: Run): void {
    const { features, offsets, factors } = this;
    const rows = input.data.length / features;
    const zeros = createFloats(offsets.dtype, features);
    const scale = { factor: factors.data, offset: zeros };
    ops.normalizeChannels(rows, features, input.data, offsets.data, scale, output.data);
  }

  backward(
    _inputs: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops }: Run,
  ): void {
    if (inputGradient === undefined) return;
    const { features, offsets, factors } = this;
    const rows = outputGradient.data.length / features;
    const zeros = createFloats(offsets.dtype, features);
    const scale = { factor: factors.data, offset: zeros };
    ops.normalizeChannels(rows, features, outputGradient.data, zeros, scale, inputGradient.data);
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { method: this.method };
  }
}

function momentsOf(
  values: ArrayLike<number>,
  first: number,
  step: number,
): { offset: number; spread: number } {
  let [sum, count] = [0, 0];
  for (let i = first; i < values.length; i += step, count++) sum += values[i];
  const mean = sum / count;
  let squares = 0;
  for (let i = first; i < values.length; i += step) squares += (values[i] - mean) ** 2;
  return { offset: mean, spread: Math.sqrt(squares / count) };
}

function rangeOf(values: ArrayLike<number>, first: number, step: number): { offset: number; spread: number } {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = first; i < values.length; i += step) {
    min = Math.min(min, values[i]);
    max = Math.max(max, values[i]);
  }
  return { offset: min, spread: max - min };
}

function define(method: NormalizationMethod, options: LayerOptions): LayerSpec<Normalization> {
  return defineLayer("normalization", options, ({ name, inputShapes, dtype }) => {
    const shape = onlyShape(inputShapes);
    const features = shape.at(-1) ?? 1;
    const factors = createFloats(dtype, features).fill(1);
    return new Normalization(
      name,
      shape,
      method,
      Tensor.zeros([features], dtype),
      new Tensor([features], factors),
    );
  });
}

/** Makes each feature of the raw input mean 0 and standard deviation 1 over the training data. */
export const standardize = (options: LayerOptions = {}) => define("standardize", options);

/** Maps each feature's range in the training data to 0..1. */
export const minMaxScale = (options: LayerOptions = {}) => define("minMax", options);

/** Rebuilds a layer from its {@link Normalization.settings}. */
export function readNormalization(
  settings: Fields,
  { name, inputShapes, parameter }: RebuildContext,
): Normalization {
  const shape = onlyShape(inputShapes);
  const features = shape.at(-1) ?? 1;
  const method = settings.oneOf<NormalizationMethod>("method", ["standardize", "minMax"]);
  const factors = parameter("factors", [features]);
  if (!factors.data.every((factor) => factor > 0)) {
    throw new UserError(`layer "${name}": factors must be above 0`, "train the model again");
  }
  return new Normalization(name, shape, method, parameter("offsets", [features]), factors);
}
