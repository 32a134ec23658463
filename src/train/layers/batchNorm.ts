import { UserError } from "../../errors.js";
import type { Fields } from "../../fields.js";
import { createFloats, type Shape, Tensor } from "../../tensor.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "../graph.js";
import {
  createParameter,
  type LayerBase,
  type LayerSetting,
  type Parameter,
  type RebuildContext,
  type Run,
  type Statistic,
} from "../layer.js";

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

  forward([input]: readonly Tensor[], output: Tensor, { ops, isTraining }: Run): void {
    const { channels, mean, variance, runningMean, runningVariance } = this;
    const rows = input.data.length / channels;
    if (isTraining) {
      ops.channelStatistics(rows, channels, input.data, mean, variance);
      const { momentum } = this.constants;
      mean.forEach((value, c) => {
        runningMean.data[c] = momentum * runningMean.data[c] + (1 - momentum) * value;
        runningVariance.data[c] = momentum * runningVariance.data[c] + (1 - momentum) * variance[c];
      });
    } else {
      mean.set(runningMean.data);
      variance.set(runningVariance.data);
    }
    const beta = this.parameters[1].value.data;
    ops.normalizeChannels(
      rows,
      channels,
      input.data,
      this.perChannel((c) => mean[c]),
      this.perChannel((c) => this.factor(c)),
      beta,
      output.data,
    );
  }

  /** Of the batch's statistics while fitting, else of the running ones, which do not depend on the input. */
  backward(
    [input]: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops, isTraining }: Run,
  ): void {
    const { channels, variance } = this;
    const rows = input.data.length / channels;
    const mean = this.perChannel((c) => this.mean[c]);
    const gradientSum = new Float64Array(channels);
    const productSum = new Float64Array(channels);
    ops.channelGradientSums(rows, channels, input.data, mean, outputGradient.data, gradientSum, productSum);
    const spread = (c: number) => variance[c] + this.constants.epsilon;
    const [gamma, beta] = this.parameters.map(({ gradient }) => gradient.data);
    gradientSum.forEach((sum, c) => {
      gamma[c] += productSum[c] / Math.sqrt(spread(c));
      beta[c] += sum;
    });
    if (inputGradient === undefined) return;
    const share = isTraining ? 1 / rows : 0;
    ops.normalizeChannelsBackward(
      rows,
      channels,
      input.data,
      mean,
      outputGradient.data,
      this.perChannel((c) => this.factor(c)),
      this.perChannel((c) => -share * this.factor(c) * (productSum[c] / spread(c))),
      this.perChannel((c) => -share * this.factor(c) * gradientSum[c]),
      inputGradient.data,
    );
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { ...this.constants };
  }

  /** gamma / √(variance + epsilon) of the latest forward. */
  private factor(c: number): number {
    return this.parameters[0].value.data[c] / Math.sqrt(this.variance[c] + this.constants.epsilon);
  }

  private perChannel(value: (c: number) => number) {
    const values = createFloats(this.runningMean.dtype, this.channels);
    for (let c = 0; c < values.length; c++) values[c] = value(c);
    return values;
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
