import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { createFloats, type Shape, Tensor } from "../../base/tensor.js";
import type { ChannelScale } from "../ops/batchNorm.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import {
  createParameter,
  type LayerBase,
  type LayerSetting,
  type Parameter,
  type RebuildContext,
  type Run,
  type Statistic,
} from "./layer.js";

interface BatchNormSettings {
  readonly epsilon: number;
  readonly momentum: number;
}

/**
 * Batch normalization of each channel (last axis) over batch and positions, N rows in all:
 *
 *   output = gamma · (input − mean) / √(variance + epsilon) + beta
 *
 *   input, output        [batch, …, channels]
 *   gamma, beta          [channels], trained; start at 1 and 0
 *   runningMean          [channels], starts at 0
 *   runningVariance      [channels], starts at 1
 *
 * While fitting, mean and variance (1/N Σ (input − mean)²) are the batch's, and the running ones move towards them:
 * running ← momentum · running + (1 − momentum) · batch's. Otherwise the running ones are used.
 *
 * Source: Ioffe and Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2; the derivatives are its §3.
 */
export class BatchNorm implements LayerBase {
  readonly kind = "batchNorm";
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly Statistic[];
  readonly macs = 0;
  readonly rectifies = "output and its derivative";
  /** Of the latest forward, in double. */
  private readonly mean: Float64Array;
  private readonly variance: Float64Array;

  constructor(
    readonly name: string,
    readonly outputShape: Shape,
    readonly constants: BatchNormSettings,
    gamma: Tensor,
    beta: Tensor,
    readonly runningMean: Tensor,
    readonly runningVariance: Tensor,
  ) {
    this.inputShapes = [outputShape];
    this.parameters = [createParameter("gamma", gamma), createParameter("beta", beta)];
    this.statistics = [
      { name: "runningMean", value: runningMean },
      { name: "runningVariance", value: runningVariance },
    ];
    this.mean = new Float64Array(this.channels);
    this.variance = new Float64Array(this.channels);
  }

  get channels(): number {
    return this.outputShape[this.outputShape.length - 1];
  }

  /** What inference multiplies a channel by, and then adds: output = factor · input + offset. */
  channelFactors(): { readonly factors: Float64Array; readonly offsets: Float64Array } {
    const [gamma, beta] = this.parameters.map(({ value }) => value.data);
    const factors = Float64Array.from(
      this.runningVariance.data,
      (variance, c) => gamma[c] / Math.sqrt(variance + this.constants.epsilon),
    );
    const offsets = factors.map((factor, c) => beta[c] - this.runningMean.data[c] * factor);
    return { factors, offsets };
  }

  forward([input]: readonly Tensor[], output: Tensor, { ops, isTraining, rectifiesOutput }: Run): void {
    const { channels, mean, variance } = this;
    const rows = input.data.length / channels;
    if (isTraining) {
      ops.channelStatistics(rows, channels, input.data, mean, variance);
      this.moveRunning();
    } else {
      mean.set(this.runningMean.data);
      variance.set(this.runningVariance.data);
    }
    const rounded = createFloats(this.runningMean.dtype, channels);
    rounded.set(mean);
    ops.normalizeChannels(rows, channels, input.data, rounded, this.scale(), output.data, rectifiesOutput);
  }

  /** Of the batch's statistics while fitting, else of the running ones, which do not depend on the input. */
  backward(
    [input]: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops, isTraining, rectifiesOutput }: Run,
  ): void {
    const { channels, variance } = this;
    const { dtype } = this.runningMean;
    const rows = input.data.length / channels;
    const mean = createFloats(dtype, channels);
    mean.set(this.mean);
    const scale = this.scale();
    const rectified = rectifiesOutput ? scale : undefined;
    const [gradientSum, productSum] = [new Float64Array(channels), new Float64Array(channels)];
    const values = [rows, channels, input.data, mean, outputGradient.data] as const;
    ops.channelGradientSums(...values, gradientSum, productSum, rectified);
    const [gamma, beta] = this.parameters;
    const share = isTraining ? 1 / rows : 0;
    const slope = createFloats(dtype, channels);
    const offset = createFloats(dtype, channels);
    for (let c = 0; c < channels; c++) {
      const spread = variance[c] + this.constants.epsilon;
      gamma.gradient.data[c] += productSum[c] / Math.sqrt(spread);
      beta.gradient.data[c] += gradientSum[c];
      const factor = gamma.value.data[c] / Math.sqrt(spread);
      slope[c] = -share * factor * (productSum[c] / spread);
      offset[c] = -share * factor * gradientSum[c];
    }
    if (inputGradient === undefined) return;
    const backScale = { factor: scale.factor, offset };
    ops.normalizeChannelsBackward(...values, backScale, slope, inputGradient.data, rectified);
  }

  private moveRunning(): void {
    const { mean, variance } = this;
    const { momentum } = this.constants;
    const [means, variances] = [this.runningMean.data, this.runningVariance.data];
    for (let c = 0; c < mean.length; c++) {
      means[c] = momentum * means[c] + (1 - momentum) * mean[c];
      variances[c] = momentum * variances[c] + (1 - momentum) * variance[c];
    }
  }

  /** By the latest forward's variance: factor = gamma / √(variance + epsilon), offset = beta. */
  private scale(): ChannelScale {
    const [gamma, beta] = this.parameters.map(({ value }) => value.data);
    const factor = createFloats(this.runningMean.dtype, this.channels);
    for (let c = 0; c < factor.length; c++) {
      factor[c] = gamma[c] / Math.sqrt(this.variance[c] + this.constants.epsilon);
    }
    return { factor, offset: beta };
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { ...this.constants };
  }
}

export interface BatchNormOptions extends LayerOptions {
  /** Added to the variance; default 0.001. */
  readonly epsilon?: number;
  /** How much of the running statistics a step keeps; default 0.9. */
  readonly momentum?: number;
}

/** Makes each channel of mean `beta` and standard deviation `gamma`; put it between a layer and its activation. */
export function batchNorm(options: BatchNormOptions = {}): LayerSpec<BatchNorm> {
  const { epsilon = 0.001, momentum = 0.9 } = options;
  if (!(epsilon > 0)) throw new UserError(`batchNorm: epsilon must be above 0, found ${epsilon}`);
  if (!(momentum >= 0 && momentum < 1)) {
    throw new UserError(`batchNorm: momentum must be 0 or more and below 1, found ${momentum}`);
  }
  return defineLayer("batchNorm", options, ({ name, inputShapes, dtype }) => {
    const shape = onlyShape(inputShapes);
    const channels = [shape[shape.length - 1]];
    const zeros = () => Tensor.zeros(channels, dtype);
    const ones = () => {
      const tensor = zeros();
      tensor.data.fill(1);
      return tensor;
    };
    return new BatchNorm(name, shape, { epsilon, momentum }, ones(), zeros(), zeros(), ones());
  });
}

/** Rebuilds a layer from its {@link BatchNorm.settings}. */
export function readBatchNorm(settings: Fields, { name, inputShapes, parameter }: RebuildContext): BatchNorm {
  const shape = onlyShape(inputShapes);
  const channels = [shape[shape.length - 1]];
  const constants = { epsilon: settings.number("epsilon"), momentum: settings.number("momentum") };
  if (!(constants.epsilon > 0)) settings.fail("epsilon", "a number above 0");
  return new BatchNorm(
    name,
    shape,
    constants,
    parameter("gamma", channels),
    parameter("beta", channels),
    parameter("runningMean", channels),
    parameter("runningVariance", channels),
  );
}
