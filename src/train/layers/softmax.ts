import type { Fields } from "../../base/fields.js";
import { elementCount, type Shape, type Tensor } from "../../base/tensor.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext, Run } from "./layer.js";

/**
 * Softmax over the last axis: output[j] = exp(input[j] − max) / Σₖ exp(input[k] − max), for an input of any shape.
 *
 * As a network's last layer under `softmaxCrossEntropy()` its backward is not used: the loss is taken at the layer's
 * input, where its gradient is (output − target) / batch.
 */
export class Softmax implements LayerBase {
  readonly kind = "softmax";
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  constructor(
    readonly name: string,
    readonly outputShape: Shape,
  ) {
    this.inputShapes = [outputShape];
  }

  forward([input]: readonly Tensor[], output: Tensor, { ops }: Run): void {
    ops.softmaxForward(this.rows(output), this.classes, input.data, output.data);
  }

  backward(
    _inputs: readonly Tensor[],
    output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops }: Run,
  ): void {
    if (inputGradient === undefined) return;
    ops.softmaxBackward(
      this.rows(output),
      this.classes,
      output.data,
      outputGradient.data,
      inputGradient.data,
    );
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return {};
  }

  private rows(output: Tensor): number {
    return elementCount(output.shape) / this.classes;
  }

  private get classes(): number {
    return this.outputShape.at(-1) ?? 1;
  }
}

/** Turns scores into probabilities over the last axis. */
export function softmax(options: LayerOptions = {}): LayerSpec<Softmax> {
  return defineLayer(
    "softmax",
    options,
    ({ name, inputShapes }) => new Softmax(name, onlyShape(inputShapes)),
  );
}

/** Rebuilds a layer from its {@link Softmax.settings}. */
export function readSoftmax(_settings: Fields, { name, inputShapes }: RebuildContext): Softmax {
  return new Softmax(name, onlyShape(inputShapes));
}
