import { UserError } from "../errors.js";
import type { Fields } from "../fields.js";
import { formatShape, type Shape, Tensor } from "../tensor.js";
import { affineForward, affineInputGradient, affineWeightGradient, NonZeros } from "./affine.js";
import { he, type Initializer } from "./initializers.js";
import type { BuildContext, LayerBase, LayerSetting, Parameter, RebuildContext } from "./layer.js";

/**
 * Fully connected layer: output = input · weightsᵀ + bias.
 *
 *   input    [batch, inFeatures]
 *   weights  [outFeatures, inFeatures]
 *   bias     [outFeatures], or none
 *   output   [batch, outFeatures]
 */
export class Dense implements LayerBase {
  readonly kind = "dense";
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly weights: Parameter;
  readonly bias: Parameter | undefined;
  readonly parameters: readonly Parameter[];
  readonly macs: number;
  /** Scratch of the products; no part of what the layer is. */
  readonly #row: NonZeros;
  readonly #gradients: NonZeros;

  /**
   * @param weights [outFeatures, inFeatures]
   * @param bias [outFeatures], of the weights' element type
   */
  constructor(
    readonly name: string,
    weights: Tensor,
    bias: Tensor | undefined,
  ) {
    const [outFeatures, inFeatures] = weights.shape;
    this.inputShape = [inFeatures];
    this.outputShape = [outFeatures];
    this.weights = createParameter("weights", weights);
    this.bias = bias === undefined ? undefined : createParameter("bias", bias);
    this.parameters = this.bias === undefined ? [this.weights] : [this.weights, this.bias];
    this.macs = outFeatures * inFeatures;
    this.#row = new NonZeros(inFeatures);
    this.#gradients = new NonZeros(outFeatures);
  }

  get units(): number {
    return this.outputShape[0];
  }

  forward(input: Tensor, output: Tensor): void {
    const bias = this.bias?.value.data;
    affineForward(this.sizes(input), input.data, this.weights.value.data, bias, output.data, this.#row);
  }

  backward(input: Tensor, _output: Tensor, outputGradient: Tensor, inputGradient: Tensor | undefined): void {
    const sizes = this.sizes(input);
    affineWeightGradient(
      sizes,
      input.data,
      outputGradient.data,
      this.weights.gradient.data,
      this.#row,
      this.#gradients,
    );
    if (this.bias !== undefined) {
      const biasGradient = this.bias.gradient.data;
      for (let index = 0; index < outputGradient.data.length; index++) {
        biasGradient[index % this.units] += outputGradient.data[index];
      }
    }
    if (inputGradient !== undefined) {
      affineInputGradient(sizes, outputGradient.data, this.weights.value.data, inputGradient.data);
    }
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { units: this.units, bias: this.bias !== undefined };
  }

  private sizes(input: Tensor) {
    return { batch: input.shape[0], inFeatures: this.inputShape[0], outFeatures: this.units };
  }
}

function createParameter(name: string, value: Tensor): Parameter {
  return { name, value, gradient: Tensor.zeros(value.shape, value.dtype) };
}

export interface DenseOptions {
  /** Default true; starts at zero. */
  readonly bias?: boolean;
  /** Default {@link he}. */
  readonly weights?: Initializer;
  /** Default "dense_1", "dense_2", … */
  readonly name?: string;
}

export interface DenseSpec extends DenseOptions {
  readonly kind: "dense";
  readonly units: number;
  build(context: BuildContext): Dense;
}

/**
 * A fully connected layer of `units` outputs.
 *
 * @throws UserError when built on an input that is not [features]
 */
export function dense(units: number, options: DenseOptions = {}): DenseSpec {
  if (!Number.isInteger(units) || units < 1) {
    throw new UserError(`dense(units): units must be an integer above 0, found ${units}`);
  }
  return {
    ...options,
    kind: "dense",
    units,
    build({ name, inputShape, dtype, random }) {
      const inFeatures = expectFlat(name, inputShape);
      const weights = Tensor.zeros([units, inFeatures], dtype);
      (options.weights ?? he)(weights.data, inFeatures, units, random);
      return new Dense(name, weights, options.bias === false ? undefined : Tensor.zeros([units], dtype));
    },
  };
}

/** Rebuilds a layer from its {@link Dense.settings}. */
export function readDense(settings: Fields, context: RebuildContext): Dense {
  const units = settings.integer("units", 1, 2 ** 31 - 1);
  const weights = context.parameter("weights", [units, expectFlat(context.name, context.inputShape)]);
  return new Dense(
    context.name,
    weights,
    settings.boolean("bias") ? context.parameter("bias", [units]) : undefined,
  );
}

function expectFlat(name: string, inputShape: Shape): number {
  if (inputShape.length !== 1) {
    throw new UserError(
      `layer "${name}" takes a flat input [features], found ${formatShape(inputShape)}`,
      "give the samples as one row of numbers each",
    );
  }
  return inputShape[0];
}
