import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { formatShape, type Shape, Tensor } from "../../base/tensor.js";
import type { Penalty } from "../losses/penalties.js";
import {
  type Activation,
  defineLayer,
  type LayerGroup,
  type LayerOptions,
  type LayerSpec,
  onlyShape,
} from "./graph.js";
import { glorot, type Initializer, orthogonal } from "./initializers.js";
import type { BuildContext, RebuildContext } from "./layer.js";
import { concatenate } from "./merge.js";
import { gateCounts, Recurrent, type RecurrentForm, type RecurrentKind } from "./recurrent.js";

export interface RecurrentOptions extends LayerOptions {
  /** The last step's output, [units], or all of them, [steps, units]. Default "last". */
  readonly returns?: "last" | "all";
  /** From the last step to the first; "all" still has each output at its own step. Default false. */
  readonly backwards?: boolean;
  /** Of the input. Default {@link glorot}. */
  readonly weights?: Initializer;
  /** Of the step before. Default {@link orthogonal}. */
  readonly recurrentWeights?: Initializer;
  /** On both kinds of weights, beside one of the whole network. */
  readonly penalty?: Penalty;
}

/** A recurrent layer as the user writes it. */
export interface RecurrentSpec extends LayerSpec<Recurrent> {
  readonly options: RecurrentOptions;
  readonly units: number;
}

/**
 * Long short-term memory: it keeps a cell beside its output, and gates say what goes in, stays and comes out. The forget
 * gates' biases begin at 1.
 *
 * @throws UserError when built on an input that is not [steps, features]
 * Source: Hochreiter and Schmidhuber 1997, Neural Computation 9; forget gates, Gers et al. 2000, Neural Computation 12;
 * their bias, Jozefowicz et al. 2015, ICML §2.2.
 */
export function lstm(units: number, options: RecurrentOptions = {}): RecurrentSpec {
  return recurrent("lstm", units, options);
}

/**
 * Gated recurrent unit: what it gave before, mixed with a candidate; the reset gate comes after the product.
 *
 * @throws UserError when built on an input that is not [steps, features]
 * Source: Cho et al. 2014, arXiv:1406.1078, in the form of cuDNN, PyTorch and Keras' `reset_after`.
 */
export function gru(units: number, options: RecurrentOptions = {}): RecurrentSpec {
  return recurrent("gru", units, options);
}

/**
 * output = tanh(weights · input + recurrentWeights · output before + bias), step by step.
 *
 * @throws UserError when built on an input that is not [steps, features]
 * Source: Elman 1990, Cognitive Science 14.
 */
export function simpleRnn(units: number, options: RecurrentOptions = {}): RecurrentSpec {
  return recurrent("simpleRnn", units, options);
}

/**
 * A recurrent layer and its like that goes the other way, side by side: [steps, 2 · units], or [2 · units].
 *
 *   bidirectional(gru(16, { returns: "all" }))
 *
 * Source: Schuster and Paliwal 1997, IEEE Transactions on Signal Processing 45.
 */
export function bidirectional(layer: RecurrentSpec): LayerGroup {
  const { kind, units, options } = layer;
  const { name } = options;
  const backwards = { ...options, backwards: options.backwards !== true };
  const other = recurrent(kind, units, { ...backwards, ...(name && { name: `${name}_backwards` }) });
  const run = (input: Activation) => concatenate(layer(input), other(input));
  return Object.assign(run, { layers: [layer, other] });
}

function recurrent(kind: RecurrentKind, units: number, options: RecurrentOptions): RecurrentSpec {
  if (!Number.isInteger(units) || units < 1) {
    throw new UserError(`${kind}(units): units must be an integer above 0, found ${units}`);
  }
  const returns = options.returns ?? "last";
  if (returns !== "last" && returns !== "all") {
    throw new UserError(`${kind}(units, { returns }): "last" or "all" is expected, found "${returns}"`);
  }
  const form = { returnsAll: returns === "all", isBackwards: options.backwards ?? false };
  const spec = defineLayer<Recurrent>(kind, options, (context) => build(kind, units, form, options, context));
  return Object.assign(spec, { units, options });
}

function build(
  kind: RecurrentKind,
  units: number,
  form: RecurrentForm,
  options: RecurrentOptions,
  { name, inputShapes, dtype, random }: BuildContext,
): Recurrent {
  const inputShape = expectSeries(name, inputShapes);
  const [, features] = inputShape;
  const sums = gateCounts[kind] * units;
  const weights = Tensor.zeros([sums, features], dtype);
  const recurrentWeights = Tensor.zeros([sums, units], dtype);
  (options.weights ?? glorot)(weights, random, { fanIn: features, fanOut: sums });
  (options.recurrentWeights ?? orthogonal)(recurrentWeights, random, { fanIn: units, fanOut: sums });
  const bias = Tensor.zeros([sums], dtype);
  if (kind === "lstm") bias.data.fill(1, units, 2 * units);
  const recurrentBias = kind === "gru" ? Tensor.zeros([sums], dtype) : undefined;
  const tensors = { weights, recurrentWeights, bias, recurrentBias };
  return new Recurrent(kind, name, inputShape, form, tensors, options.penalty);
}

/** Rebuilds a layer of a kind from its {@link Recurrent.settings}. */
export const readRecurrent =
  <Kind extends RecurrentKind>(kind: Kind) =>
  (settings: Fields, context: RebuildContext): Recurrent<Kind> => {
    const inputShape = expectSeries(context.name, context.inputShapes);
    const units = settings.integer("units", 1, 2 ** 20);
    const returns = settings.string("returns");
    if (returns !== "all" && returns !== "last") settings.fail("returns", '"all" or "last"');
    const form = { returnsAll: returns === "all", isBackwards: settings.boolean("backwards") };
    const sums = gateCounts[kind] * units;
    return new Recurrent(kind, context.name, inputShape, form, {
      weights: context.parameter("weights", [sums, inputShape[1]]),
      recurrentWeights: context.parameter("recurrentWeights", [sums, units]),
      bias: context.parameter("bias", [sums]),
      recurrentBias: kind === "gru" ? context.parameter("recurrentBias", [sums]) : undefined,
    });
  };

function expectSeries(name: string, inputShapes: readonly Shape[]): Shape {
  const inputShape = onlyShape(inputShapes);
  if (inputShape.length !== 2) {
    throw new UserError(
      `layer "${name}" takes a series [steps, features], found ${formatShape(inputShape)}`,
      "put reshape([steps, features]) before it",
    );
  }
  return inputShape;
}
