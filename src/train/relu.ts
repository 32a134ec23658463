import type { Fields } from "../fields.js";
import type { Shape, Tensor } from "../tensor.js";
import type { BuildContext, LayerBase, LayerSetting, Parameter, RebuildContext } from "./layer.js";

/** Rectified linear unit: output = max(0, input), of any shape. The derivative at 0 is taken as 0. */
export class Relu implements LayerBase {
  readonly kind = "relu";
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
    const from = input.data;
    const to = output.data;
    for (let index = 0; index < to.length; index++) to[index] = Math.max(0, from[index]);
  }

  backward(_input: Tensor, output: Tensor, outputGradient: Tensor, inputGradient: Tensor | undefined): void {
    if (inputGradient === undefined) return;
    const to = inputGradient.data;
    for (let index = 0; index < to.length; index++) {
      to[index] = output.data[index] > 0 ? outputGradient.data[index] : 0;
    }
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return {};
  }
}

export interface ReluOptions {
  /** Default "relu_1", "relu_2", … */
  readonly name?: string;
}

export interface ReluSpec extends ReluOptions {
  readonly kind: "relu";
  build(context: BuildContext): Relu;
}

/** max(0, input), element by element. */
export function relu(options: ReluOptions = {}): ReluSpec {
  return { ...options, kind: "relu", build: ({ name, inputShape }) => new Relu(name, inputShape) };
}

/** Rebuilds a layer from its {@link Relu.settings}. */
export function readRelu(_settings: Fields, { name, inputShape }: RebuildContext): Relu {
  return new Relu(name, inputShape);
}
