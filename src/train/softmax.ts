import type { Fields } from "../fields.js";
import type { FloatArray, Shape, Tensor } from "../tensor.js";
import type { BuildContext, LayerBase, LayerSetting, Parameter, RebuildContext } from "./layer.js";

/**
 * Softmax over the last axis: output[j] = exp(input[j] − max) / Σₖ exp(input[k] − max).
 *
 * As a network's last layer under {@link softmaxCrossEntropy} its backward is not used: the loss is taken at the
 * layer's input, where its gradient is (output − target) / batch.
 */
export class Softmax implements LayerBase {
  readonly kind = "softmax";
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  constructor(
    readonly name: string,
    readonly inputShape: Shape,
  ) {
    this.outputShape = inputShape;
  }

  forward(input: Tensor, output: Tensor): void {
    const classes = this.classes;
    for (let start = 0; start < output.data.length; start += classes) {
      softmaxRow(input.data, start, classes, output.data);
    }
  }

  /** inputGradient[j] = output[j] · (outputGradient[j] − Σₖ outputGradient[k] · output[k]) */
  backward(_input: Tensor, output: Tensor, outputGradient: Tensor, inputGradient: Tensor | undefined): void {
    if (inputGradient === undefined) return;
    const classes = this.classes;
    for (let start = 0; start < output.data.length; start += classes) {
      let mean = 0;
      for (let j = start; j < start + classes; j++) mean += outputGradient.data[j] * output.data[j];
      for (let j = start; j < start + classes; j++) {
        inputGradient.data[j] = output.data[j] * (outputGradient.data[j] - mean);
      }
    }
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return {};
  }

  private get classes(): number {
    return this.inputShape.at(-1) ?? 1;
  }
}

/**
 * Softmax of `count` values from `start` on, written to the same places of `output`; the two may be the same array.
 *
 * @returns ln Σₖ exp(input[k]), which no input overflows
 */
export function softmaxRow(input: FloatArray, start: number, count: number, output: FloatArray): number {
  let max = input[start];
  for (let j = start + 1; j < start + count; j++) max = Math.max(max, input[j]);
  let sum = 0;
  for (let j = start; j < start + count; j++) {
    const exponential = Math.exp(input[j] - max);
    sum += exponential;
    output[j] = exponential;
  }
  for (let j = start; j < start + count; j++) output[j] /= sum;
  return max + Math.log(sum);
}

export interface SoftmaxOptions {
  /** Default "softmax_1", … */
  readonly name?: string;
}

export interface SoftmaxSpec extends SoftmaxOptions {
  readonly kind: "softmax";
  build(context: BuildContext): Softmax;
}

/** Turns scores into probabilities over the last axis. */
export function softmax(options: SoftmaxOptions = {}): SoftmaxSpec {
  return { ...options, kind: "softmax", build: ({ name, inputShape }) => new Softmax(name, inputShape) };
}

/** Rebuilds a layer from its {@link Softmax.settings}. */
export function readSoftmax(_settings: Fields, { name, inputShape }: RebuildContext): Softmax {
  return new Softmax(name, inputShape);
}
