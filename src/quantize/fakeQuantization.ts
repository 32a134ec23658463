import type { FloatArray } from "../base/tensor.js";
import { Tensor } from "../base/tensor.js";
import { integerRanges } from "../network/elementTypes.js";
import { quantizationOf, quantizationsOf } from "../network/quantization.js";
import type { Parameter } from "../train/layers/layer.js";
import type { Network } from "../train/network/network.js";
import type { PassTransform } from "../train/network/passTransform.js";
import type { Engine } from "../train/ops/engine.js";
import { type ActivationFormat, quantizeActivations } from "./activationQuantization.js";
import type { RealRange } from "./calibrate.js";
import type { ActivationType } from "./int16Formats.js";
import { type IntegerForm, integerForm } from "./integerSteps.js";
import { roundAwayFromZero } from "./quantizeTensor.js";
import { isWeighted, roundWeights, type WeightedLayer } from "./quantizeWeights.js";

/** Share of a range that comes from what was, not from the latest batch. */
const momentum = 0.99;

/**
 * Lets a network train as its integer form will compute: weights rounded with a scale for each output, activations
 * rounded where the integer network has int8. Gradients pass straight through the rounding, and not through the
 * clamp. Ranges follow the batches as moving averages. TFLM's second rounding, to a fraction of a step before the
 * step, is left out: it moves few values, and those by one step.
 *
 * Source: Jacob et al. 2018, arXiv:1712.05877 §3; straight-through estimator, Bengio et al. 2013, arXiv:1308.3432.
 */
export class FakeQuantization implements PassTransform {
  private readonly form: IntegerForm;
  private readonly points: ReadonlySet<number>;
  /** Points that average pooling gives. */
  private readonly averages: ReadonlySet<number>;
  private readonly moving: RealRange[];
  private quantizations: ReadonlyMap<number, ActivationFormat>;
  /** By activation: which values the clamp changed in the latest training pass. */
  private readonly clamped = new Map<number, Uint8Array>();
  /** Parameters' own values while rounded ones are in their place. */
  private readonly own = new Map<Parameter, Tensor>();
  private readonly rounded = new Map<Parameter, Tensor>();

  /**
   * @param ranges to start from, as `calibrate` gives them
   * @param activations what they are in the integer network
   * @throws UserError naming a layer that has no integer form
   */
  constructor(
    network: Network,
    ranges: readonly RealRange[],
    private readonly activations: ActivationType = "int8",
  ) {
    this.form = integerForm(network);
    this.points = new Set([0, ...this.form.steps.map(({ output }) => output)]);
    const averaging = this.form.steps.filter(({ layer }) => layer.kind.startsWith("averagePool"));
    this.averages = new Set(averaging.map(({ output }) => output));
    this.moving = ranges.map((range) => ({ ...range }));
    this.quantizations = quantizeActivations(this.form, this.moving, activations);
  }

  /** Of the network's input and of each layer's output. */
  get ranges(): readonly RealRange[] {
    return this.moving;
  }

  state(): readonly RealRange[] {
    return this.moving.map((range) => ({ ...range }));
  }

  restore(state: unknown): void {
    this.moving.splice(0, this.moving.length, ...(state as RealRange[]).map((range) => ({ ...range })));
  }

  begin(engine: Engine): void {
    this.quantizations = quantizeActivations(this.form, this.moving, this.activations);
    for (const { layer, inputs } of this.form.steps) {
      if (isWeighted(layer)) this.roundWeights(layer, this.quantizations.get(inputs[0])!, engine);
    }
  }

  end(): void {
    for (const [parameter, value] of this.own) parameter.value = value;
    this.own.clear();
  }

  stepped(): void {}

  activation(number: number, values: FloatArray, isTraining: boolean): void {
    if (!this.points.has(number)) return;
    const format = this.quantizations.get(number)!;
    // raw measurements keep the range that all samples have: a batch has a smaller one
    if (isTraining && (number > 0 || format.elementType === "int8")) this.follow(number, values);
    if (this.averages.has(number)) {
      const { scale, zeroPoint } = quantizationOf(format);
      for (let i = 0; i < values.length; i++) {
        values[i] = (roundAverage(values[i] / scale, zeroPoint) - zeroPoint) * scale;
      }
      return; // a mean of what lies inside lies inside
    }
    const [min, max] = integerRanges[format.elementType];
    const clamped = isTraining ? this.clampedOf(number, values.length) : undefined;
    const columns = quantizationsOf(format);
    for (let i = 0; i < values.length; i++) {
      const { scale, zeroPoint } = columns[i % columns.length]!;
      const step = Math.round(values[i] / scale) + zeroPoint;
      const inside = step < min ? min : step > max ? max : step;
      values[i] = (inside - zeroPoint) * scale;
      if (clamped !== undefined) clamped[i] = inside === step ? 0 : 1;
    }
  }

  gradient(number: number, gradient: FloatArray): void {
    const clamped = this.clamped.get(number);
    if (clamped === undefined) return;
    for (let i = 0; i < gradient.length; i++) {
      if (clamped[i] === 1) gradient[i] = 0;
    }
  }

  private follow(number: number, values: FloatArray): void {
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value < min) min = value;
      if (value > max) max = value;
    }
    this.moving[number] = moved(this.moving[number], Math.min(0, min), Math.max(0, max));
    const last = this.moving.length - 1;
    const { away, ...range } = this.moving[last];
    if (number === this.form.output && away) this.moving[last] = { ...range, away: moved(away, min, max) };
  }

  private clampedOf(number: number, length: number): Uint8Array {
    let clamped = this.clamped.get(number);
    if (clamped?.length !== length) {
      clamped = new Uint8Array(length);
      this.clamped.set(number, clamped);
    }
    return clamped;
  }

  private roundWeights(layer: WeightedLayer, input: ActivationFormat, engine: Engine): void {
    const { weights } = layer;
    const rounded = this.roundedOf(weights, engine);
    roundWeights(layer, input, rounded.data);
    this.own.set(weights, weights.value);
    weights.value = rounded;
  }

  private roundedOf(parameter: Parameter, engine: Engine): Tensor {
    let rounded = this.rounded.get(parameter);
    if (rounded === undefined) {
      const { shape, dtype, data } = parameter.value;
      rounded = new Tensor(shape, engine.createFloats(dtype, data.length));
      this.rounded.set(parameter, rounded);
    }
    return rounded;
  }
}

/** A range on its way to that of the latest batch. */
function moved<R extends { readonly min: number; readonly max: number }>(
  range: R,
  min: number,
  max: number,
): R {
  const follow = (from: number, to: number) => momentum * from + (1 - momentum) * to;
  return { ...range, min: follow(range.min, min), max: follow(range.max, max) };
}

/** Finer than the distance of a mean over fewer than 4096 integers from the next half, and coarser than float32. */
const averageSteps = 4096;

/**
 * A mean of integers less the zero point as an integer. Of means over windows many are halves, which TFLM rounds away
 * from the integer 0, not from the zero point.
 */
function roundAverage(mean: number, zeroPoint: number): number {
  return roundAwayFromZero(Math.round(mean * averageSteps) / averageSteps + zeroPoint);
}
