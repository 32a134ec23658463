import { elementCount, type Shape, Tensor } from "../tensor.js";
import type { Run } from "./layer.js";
import type { Layer } from "./layerKinds.js";
import type { Network } from "./network.js";
import { type Engine, typescriptEngine } from "./ops/engine.js";
import type { PassTransform } from "./passTransform.js";

export interface PassOptions {
  /** How many of the network's layers to run, from the first on; all when absent. */
  readonly layerCount?: number;
  /** Default false. */
  readonly isTraining?: boolean;
  readonly engine?: Engine;
  /** Changes what flows; in training it ends with `backward`. */
  readonly transform?: PassTransform | undefined;
}

/** A layer at work; activations are numbered as in {@link Network.connections}. */
interface Step {
  readonly layer: Layer;
  readonly inputNumbers: readonly number[];
  readonly inputs: Tensor[];
  readonly output: Tensor;
  /** For each input: whether a later layer uses it too, so that its derivative is added to what is there. */
  readonly isUsedLater: readonly boolean[];
}

/**
 * The tensors for running a network's layers forth and back on batches of one size: made once, used for every step.
 * What `forward` and `outputs` give is overwritten by the next `forward`.
 */
export class Pass {
  /** Each layer's output: [batch, ...outputShape]. */
  readonly outputs: readonly Tensor[];
  private readonly steps: readonly Step[];
  private input: Tensor | undefined;
  /** By activation: whether a parameter is upstream, so that the derivative by it is needed. */
  private readonly isTrained: boolean[] = [false];
  /** The loss's derivatives by the activations, made when they are first needed. */
  private readonly gradients: (Tensor | undefined)[] = [];
  private readonly spares = new Map<Tensor, Tensor>();
  private readonly engine: Engine;
  private readonly run: Run;
  private readonly transform: PassTransform | undefined;

  constructor(
    private readonly network: Network,
    private readonly batch: number,
    { layerCount, isTraining = false, engine = typescriptEngine, transform }: PassOptions = {},
  ) {
    this.engine = engine;
    this.transform = transform;
    this.run = { ops: engine.ops, isTraining };
    const layers = network.layers.slice(0, layerCount);
    this.outputs = layers.map(({ outputShape }) => this.createTensor(outputShape));
    this.steps = layers.map((layer, index) => {
      const inputNumbers = network.connections[index];
      const later = network.connections.slice(index + 1, layers.length).flat();
      this.isTrained.push(layer.parameters.length > 0 || inputNumbers.some((i) => this.isTrained[i]));
      return {
        layer,
        inputNumbers,
        inputs: inputNumbers.map((number) => this.outputs[number - 1]),
        output: this.outputs[index],
        isUsedLater: inputNumbers.map((number, k) =>
          [...later, ...inputNumbers.slice(0, k)].includes(number),
        ),
      };
    });
  }

  /** @returns the last layer's output, or the input when there is no layer */
  forward(input: Tensor): Tensor {
    if (input !== this.input) this.takeInput(input);
    const { transform, run } = this;
    transform?.begin(this.engine);
    transform?.activation(0, input.data, run.isTraining);
    this.steps.forEach(({ layer, inputs, output }, index) => {
      layer.forward(inputs, output, run);
      transform?.activation(index + 1, output.data, run.isTraining);
    });
    if (!run.isTraining) transform?.end();
    return this.outputs.at(-1) ?? input;
  }

  /**
   * Differentiates the latest `forward`: adds to every parameter's gradient. Where an activation is used more than
   * once, its derivatives are added from the last use to the first.
   *
   * @param outputGradient the loss's derivative by the last layer's output
   * @param inputGradient receives the derivative by the input, when given
   */
  backward(outputGradient: Tensor, inputGradient?: Tensor): void {
    this.gradients[0] = inputGradient;
    this.gradients[this.steps.length] = outputGradient;
    const isNeeded = (number: number) => inputGradient !== undefined || this.isTrained[number];
    for (let index = this.steps.length - 1; index >= 0; index--) {
      const { layer, inputNumbers, inputs, output, isUsedLater } = this.steps[index];
      this.transform?.gradient(index + 1, this.gradientOf(index + 1).data);
      const targets = inputNumbers.map((number) => (isNeeded(number) ? this.gradientOf(number) : undefined));
      const written = targets.map((target, k) => (target && isUsedLater[k] ? this.spareFor(target) : target));
      layer.backward(inputs, output, this.gradientOf(index + 1), written, this.run);
      targets.forEach((target, k) => {
        const addition = written[k];
        if (target !== undefined && addition !== undefined && addition !== target) {
          this.run.ops.accumulate(addition.data, target.data);
        }
      });
    }
    this.transform?.end();
  }

  private takeInput(input: Tensor): void {
    this.input = input;
    for (const { inputNumbers, inputs } of this.steps) {
      inputNumbers.forEach((number, k) => {
        if (number === 0) inputs[k] = input;
      });
    }
  }

  private gradientOf(number: number): Tensor {
    let gradient = this.gradients[number];
    if (gradient === undefined) {
      gradient = this.createTensor(
        number === 0 ? this.network.inputShape : this.outputs[number - 1].shape.slice(1),
      );
      this.gradients[number] = gradient;
    }
    return gradient;
  }

  /** A tensor of a gradient's shape, for a derivative on its way to being added to it. */
  private spareFor(gradient: Tensor): Tensor {
    let spare = this.spares.get(gradient);
    if (spare === undefined) {
      spare = this.createTensor(gradient.shape.slice(1));
      this.spares.set(gradient, spare);
    }
    return spare;
  }

  private createTensor(shape: Shape): Tensor {
    const { batch, network, engine } = this;
    return new Tensor([batch, ...shape], engine.createFloats(network.dtype, batch * elementCount(shape)));
  }
}
