import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { formatShape, type Shape, Tensor } from "../../base/tensor.js";
import type { Penalty } from "../losses/penalties.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import { he, type Initializer } from "./initializers.js";
import {
  createParameter,
  type LayerBase,
  type LayerSetting,
  type Parameter,
  type RebuildContext,
  type Run,
} from "./layer.js";

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
  readonly rectifies = "output";
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly weights: Parameter;
  readonly bias: Parameter | undefined;
  readonly parameters: readonly Parameter[];
  readonly macs: number;

  /**
   * @param weights [outFeatures, inFeatures]
   * @param bias [outFeatures], of the weights' element type
   */
  constructor(
    readonly name: string,
    weights: Tensor,
    bias: Tensor | undefined,
    penalty?: Penalty,
  ) {
    const [outFeatures, inFeatures] = weights.shape;
    this.inputShapes = [[inFeatures]];
    this.outputShape = [outFeatures];
    this.weights = createParameter("weights", weights, { isWeight: true, penalty });
    this.bias = bias === undefined ? undefined : createParameter("bias", bias);
    this.parameters = this.bias === undefined ? [this.weights] : [this.weights, this.bias];
    this.macs = outFeatures * inFeatures;
  }

  get units(): number {
    return this.outputShape[0];
  }

  forward([input]: readonly Tensor[], output: Tensor, { ops, rectifiesOutput }: Run): void {
    const values = [input.data, this.weights.value.data, this.bias?.value.data, output.data] as const;
    ops.affineForward(this.sizes(input), ...values, rectifiesOutput);
  }

  backward(
    [input]: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops }: Run,
  ): void {
    const sizes = this.sizes(input);
    ops.affineWeightGradient(sizes, input.data, outputGradient.data, this.weights.gradient.data);
    if (this.bias !== undefined) {
      ops.addColumnSums(sizes.batch, sizes.outFeatures, outputGradient.data, this.bias.gradient.data);
    }
    if (inputGradient !== undefined) {
      ops.affineInputGradient(sizes, outputGradient.data, this.weights.value.data, inputGradient.data);
    }
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { units: this.units, bias: this.bias !== undefined };
  }

  private sizes(input: Tensor) {
    return { batch: input.shape[0], inFeatures: this.inputShapes[0][0], outFeatures: this.units };
  }
}

export interface DenseOptions extends LayerOptions {
  /** Default true; starts at zero. */
  readonly bias?: boolean;
  /** Default {@link he}. */
  readonly weights?: Initializer;
  /** On the weights, beside one of the whole network. */
  readonly penalty?: Penalty;
}

/**
 * A fully connected layer of `units` outputs.
 *
 * @throws UserError when built on an input that is not [features]
 */
export function dense(units: number, options: DenseOptions = {}): LayerSpec<Dense> {
  if (!Number.isInteger(units) || units < 1) {
    throw new UserError(`dense(units): units must be an integer above 0, found ${units}`);
  }
  return defineLayer("dense", options, ({ name, inputShapes, dtype, random }) => {
    const inFeatures = expectFlat(name, inputShapes);
    const weights = Tensor.zeros([units, inFeatures], dtype);
    (options.weights ?? he)(weights, random, { fanIn: inFeatures, fanOut: units });
    const bias = options.bias === false ? undefined : Tensor.zeros([units], dtype);
    return new Dense(name, weights, bias, options.penalty);
  });
}

/** Rebuilds a layer from its {@link Dense.settings}. */
export function readDense(settings: Fields, context: RebuildContext): Dense {
  const units = settings.integer("units", 1, 2 ** 31 - 1);
  const weights = context.parameter("weights", [units, expectFlat(context.name, context.inputShapes)]);
  return new Dense(
    context.name,
    weights,
    settings.boolean("bias") ? context.parameter("bias", [units]) : undefined,
  );
}

function expectFlat(name: string, inputShapes: readonly Shape[]): number {
  const inputShape = onlyShape(inputShapes);
  if (inputShape.length !== 1) {
    throw new UserError(
      `layer "${name}" takes a flat input [features], found ${formatShape(inputShape)}`,
      "put flatten() before it, or give the samples as one row of numbers each",
    );
  }
  return inputShape[0];
}
