import { elementCount, type Shape, Tensor } from "../../base/tensor.js";
import type { Run } from "../layers/layer.js";
import type { Layer } from "../layers/layerKinds.js";
import { type Engine, typescriptEngine } from "../ops/engine.js";
import { GradientRoom } from "./gradientRoom.js";
import type { Network } from "./network.js";
import type { PassTransform } from "./passTransform.js";
import { findRectifiers, type Rectifiers } from "./rectifiers.js";

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
  readonly run: Run;
}

/** A layer on the way back, and the tensors that it and its caller write. */
interface BackwardStep {
  readonly step: Step;
  /** Of the activation that the layer gives. */
  readonly number: number;
  /** The derivative by its output; the caller's for the last layer. */
  readonly gradient: Tensor | undefined;
  readonly inputGradients: readonly (Tensor | undefined)[];
  /** What is added to where there is a derivative already. */
  readonly additions: readonly { readonly from: Tensor; readonly to: Tensor }[];
}

/**
 * The tensors for running a network's layers forth and back on batches of one size: made once, used for every step.
 * What `forward` and `outputs` give is overwritten by the next `forward`.
 */
export class Pass {
  /**
   * Each layer's output: [batch, ...outputShape]. In training, a layer that does the work of the ReLU behind it has
   * that one's output.
   */
  readonly outputs: readonly Tensor[];
  private readonly steps: readonly Step[];
  private input: Tensor | undefined;
  private plan: readonly BackwardStep[] | undefined;
  /** By activation: whether a parameter is upstream, so that the derivative by it is needed. */
  private readonly isTrained: boolean[] = [false];
  private readonly spares = new Map<Tensor, Tensor>();
  private readonly engine: Engine;
  private readonly run: Run;
  private readonly rectifiers: Rectifiers;
  private readonly transform: PassTransform | undefined;

  constructor(
    private readonly network: Network,
    private readonly batch: number,
    { layerCount, isTraining = false, engine = typescriptEngine, transform }: PassOptions = {},
  ) {
    this.engine = engine;
    this.transform = transform;
    this.run = { ops: engine.ops, isTraining, createFloats: engine.createFloats };
    const layers = network.layers.slice(0, layerCount);
    // A transform changes what flows between the two.
    const isFused = isTraining && transform === undefined;
    this.rectifiers = findRectifiers(isFused ? layers : [], network.connections);
    const { deriving } = this.rectifiers;
    this.outputs = this.createOutputs(layers);
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
        run: {
          ...this.run,
          rectifiesOutput: this.reluBehind(index + 1) !== undefined,
          rectifiesInput: deriving.has(index),
        },
      };
    });
  }

  /** @returns the last layer's output, or the input when there is no layer */
  forward(input: Tensor): Tensor {
    if (input !== this.input) this.takeInput(input);
    const { transform, run } = this;
    const { absorbed } = this.rectifiers;
    transform?.begin(this.engine);
    transform?.activation(0, input.data, run.isTraining);
    this.steps.forEach(({ layer, inputs, output, run }, index) => {
      if (!absorbed.has(index)) layer.forward(inputs, output, run);
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
    this.plan ??= this.planBackward(undefined);
    const plan = inputGradient === undefined ? this.plan : this.planBackward(inputGradient);
    for (const { step, number, gradient = outputGradient, inputGradients, additions } of plan) {
      this.transform?.gradient(number, gradient.data);
      step.layer.backward(step.inputs, step.output, gradient, inputGradients, step.run);
      for (const { from, to } of additions) this.run.ops.accumulate(from.data, to.data);
    }
    this.transform?.end();
  }

  private planBackward(inputGradient: Tensor | undefined): BackwardStep[] {
    const { engine, network, rectifiers } = this;
    const room = new GradientRoom((length) => engine.createFloats(network.dtype, length));
    const take = (number: number) => room.take(this.placeOf(number), this.outputs[number - 1].shape);
    const gradientOf = (number: number): Tensor | undefined => {
      if (number === 0) return inputGradient;
      return inputGradient !== undefined || this.isTrained[number] ? take(number) : undefined;
    };
    const plan: BackwardStep[] = [];
    for (let index = this.steps.length - 1; index >= 0; index--) {
      const step = this.steps[index];
      const gradient = index === this.steps.length - 1 ? undefined : take(index + 1);
      const additions: { from: Tensor; to: Tensor }[] = [];
      const inputGradients = step.inputNumbers.map((number, k) => {
        const to = gradientOf(number);
        if (to === undefined || !step.isUsedLater[k]) return to;
        const from = this.spareFor(to);
        additions.push({ from, to });
        return from;
      });
      // An absorbed ReLU works in place: the layer before it takes the same tensor.
      if (!rectifiers.absorbed.has(index)) room.giveBack(this.placeOf(index + 1));
      if (rectifiers.absorbedBackward.has(index)) continue;
      plan.push({ step, number: index + 1, gradient, inputGradients, additions });
    }
    return plan;
  }

  private takeInput(input: Tensor): void {
    this.input = input;
    for (const { inputNumbers, inputs } of this.steps) {
      inputNumbers.forEach((number, k) => {
        if (number === 0) inputs[k] = input;
      });
    }
  }

  /** The activation whose derivative has the same tensor: an absorbed ReLU's output for what goes into it. */
  private placeOf(number: number): number {
    const relu = this.reluBehind(number);
    return relu === undefined ? number : relu + 1;
  }

  /** The absorbed ReLU that takes an activation. */
  private reluBehind(number: number): number | undefined {
    for (const relu of this.rectifiers.absorbed) {
      if (this.network.connections[relu][0] === number) return relu;
    }
    return undefined;
  }

  private createOutputs(layers: readonly Layer[]): Tensor[] {
    const outputs: Tensor[] = [];
    for (let index = layers.length - 1; index >= 0; index--) {
      const relu = this.reluBehind(index + 1);
      outputs[index] = relu === undefined ? this.createTensor(layers[index].outputShape) : outputs[relu];
    }
    return outputs;
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
