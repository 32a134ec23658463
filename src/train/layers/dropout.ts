import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { Random } from "../../base/random.js";
import { createFloats, type FloatArray, type Shape, type Tensor } from "../../base/tensor.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext, Run } from "./layer.js";

/**
 * While fitting, each value is 0 with probability `rate`, else divided by 1 − rate, so that its mean stays; otherwise
 * nothing changes. Each layer draws from a stream of its own, seeded when the network is built.
 *
 *   input, output  [batch, …]
 *
 * Source: Srivastava et al. 2014, JMLR 15, §4, in the form that scales while training.
 */
export class Dropout implements LayerBase {
  readonly kind = "dropout";
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;
  /** What the latest forward multiplied by. */
  private factors: FloatArray = createFloats("float32", 0);

  /** @param random the layer's own: its state, which a checkpoint must keep, decides all that the layer will drop */
  constructor(
    readonly name: string,
    readonly outputShape: Shape,
    readonly rate: number,
    public random: Random,
  ) {
    this.inputShapes = [outputShape];
  }

  forward([input]: readonly Tensor[], output: Tensor, { ops, isTraining }: Run): void {
    if (!isTraining) {
      ops.copyValues(input.data, output.data);
      return;
    }
    if (this.factors.length !== input.data.length || input.dtype !== dtypeOf(this.factors)) {
      this.factors = createFloats(input.dtype, input.data.length);
    }
    ops.drawDropout(this.random, this.rate, this.factors);
    ops.multiply(input.data, this.factors, output.data);
  }

  backward(
    _inputs: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops, isTraining }: Run,
  ): void {
    if (inputGradient === undefined) return;
    if (isTraining) ops.multiply(outputGradient.data, this.factors, inputGradient.data);
    else ops.copyValues(outputGradient.data, inputGradient.data);
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { rate: this.rate };
  }
}

const dtypeOf = (values: FloatArray) => (values instanceof Float32Array ? "float32" : "float64");

/**
 * Leaves out values at random while fitting, against learning the samples by heart.
 *
 * @param rate probability of being left out: 0 or more, below 1
 */
export function dropout(rate: number, options: LayerOptions = {}): LayerSpec<Dropout> {
  if (!(rate >= 0 && rate < 1))
    throw new UserError(`dropout(rate): rate must be 0 or more and below 1, found ${rate}`);
  return defineLayer("dropout", options, ({ name, inputShapes, random }) => {
    return new Dropout(name, onlyShape(inputShapes), rate, new Random(random.integer(2 ** 32)));
  });
}

/** Rebuilds a layer from its {@link Dropout.settings}; training on draws from the beginning of a stream. */
export function readDropout(settings: Fields, { name, inputShapes }: RebuildContext): Dropout {
  const rate = settings.number("rate");
  if (!(rate >= 0 && rate < 1)) settings.fail("rate", "0 or more and below 1");
  return new Dropout(name, onlyShape(inputShapes), rate, new Random(0));
}
