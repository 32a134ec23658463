import { type DType, type Shape, Tensor } from "../tensor.js";
import type { Layer } from "./layerKinds.js";

/**
 * The buffers for running a chain of layers forth and back on batches of one size: made once, used for every step.
 * What `forward` and `outputs` give is overwritten by the next `forward`.
 */
export class Pass {
  /** Each layer's output: [batch, ...outputShape]. */
  readonly outputs: Tensor[];
  private readonly gradients: Tensor[];
  private input: Tensor;

  constructor(
    private readonly layers: readonly Layer[],
    inputShape: Shape,
    private readonly batch: number,
    private readonly dtype: DType,
  ) {
    this.input = Tensor.zeros([0, ...inputShape], dtype);
    this.outputs = layers.map((layer) => Tensor.zeros([batch, ...layer.outputShape], dtype));
    this.gradients = [];
  }

  /** @returns the last layer's output */
  forward(input: Tensor): Tensor {
    this.input = input;
    let latest = input;
    this.layers.forEach((layer, index) => {
      layer.forward(latest, this.outputs[index]);
      latest = this.outputs[index];
    });
    return latest;
  }

  /**
   * Differentiates the latest `forward`: adds to every parameter's gradient.
   *
   * @param outputGradient the loss's derivative by the last layer's output
   * @param inputGradient receives the derivative by the input, when given; without it the first layer saves the work
   */
  backward(outputGradient: Tensor, inputGradient?: Tensor): void {
    let gradient = outputGradient;
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const layer = this.layers[index];
      const input = index === 0 ? this.input : this.outputs[index - 1];
      const next = index === 0 ? inputGradient : this.gradientBefore(index);
      layer.backward(input, this.outputs[index], gradient, next);
      if (next !== undefined) gradient = next;
    }
  }

  /** The buffer for the derivative by layer `index`'s input. */
  private gradientBefore(index: number): Tensor {
    this.gradients[index] ??= Tensor.zeros([this.batch, ...this.layers[index].inputShape], this.dtype);
    return this.gradients[index];
  }
}
