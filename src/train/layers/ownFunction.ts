import { UserError } from "../../base/errors.js";
import { describe, type Fields } from "../../base/fields.js";
import { quoted } from "../../base/printable.js";
import type { Shape, Tensor } from "../../base/tensor.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext } from "./layer.js";

/** A function of one value in real numbers. */
type RealFunction = (x: number) => number;

/** A function of one value as a user defines it. */
export interface FunctionDefinition {
  /** What reports and layers call it: "mish". */
  readonly name: string;
  readonly value: RealFunction;
  /** By x. Default: central differences of `value`, exact to about ten digits where it is smooth. */
  readonly derivative?: RealFunction;
}

/** Cube root of a double's precision: where rounding and the third derivative cost about the same. */
const relativeStep = 2 ** -17;

function numericDerivative(value: RealFunction): RealFunction {
  return (x) => {
    const step = relativeStep * Math.max(1, Math.abs(x));
    const [above, below] = [x + step, x - step];
    return (value(above) - value(below)) / (above - below);
  };
}

/** A user's function of one value, applied to each element of an input of any shape: [batch, …] → [batch, …]. */
export class OwnFunction implements LayerBase {
  readonly kind = "ownFunction";
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  /** @param own undefined in a model that was read from a file, which holds no code */
  constructor(
    readonly name: string,
    readonly outputShape: Shape,
    readonly functionName: string,
    private readonly own: Required<FunctionDefinition> | undefined,
  ) {
    this.inputShapes = [outputShape];
  }

  forward([input]: readonly Tensor[], output: Tensor): void {
    const { value } = this.ownOrThrow();
    for (let i = 0; i < input.data.length; i++) output.data[i] = value(input.data[i]);
  }

  backward(
    [input]: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
  ): void {
    if (inputGradient === undefined) return;
    const { derivative } = this.ownOrThrow();
    for (let i = 0; i < input.data.length; i++)
      inputGradient.data[i] = outputGradient.data[i] * derivative(input.data[i]);
  }

  get canRun(): boolean {
    return this.own !== undefined;
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { function: this.functionName };
  }

  private ownOrThrow(): Required<FunctionDefinition> {
    if (this.own) return this.own;
    throw new UserError(
      `layer ${quoted(this.name)} is the experiment's own function ${quoted(this.functionName)}: a model file has its table and not its code`,
      "run the float network from the experiment",
    );
  }
}

/**
 * A function of one value of your own, such as an activation that pinfer lacks: a layer to train with, and on the device a
 * table of its 256 results. Nothing of your code is in the model file.
 *
 * @throws UserError when the name is none, or a function is missing
 */
export function defineFunction({
  name,
  value,
  derivative = numericDerivative(value),
}: FunctionDefinition): (options?: LayerOptions) => LayerSpec<OwnFunction> {
  expectName("defineFunction", name);
  for (const [field, given] of Object.entries({ value, derivative }))
    if (typeof given !== "function")
      throw new UserError(`defineFunction: ${field} must be a function of x, found ${describe(given)}`);
  const own = { name, value, derivative };
  return (options = {}) =>
    defineLayer(
      "ownFunction",
      options,
      ({ name: layerName, inputShapes }) => new OwnFunction(layerName, onlyShape(inputShapes), name, own),
      name,
    );
}

/** @throws UserError when what a user calls a definition cannot be a name */
export function expectName(by: string, name: unknown): void {
  if (typeof name === "string" && /^[A-Za-z]\w{0,39}$/.test(name)) return;
  throw new UserError(
    `${by}: name must be a letter and up to 39 letters, digits and underscores, found ${describe(name)}`,
  );
}

/** Rebuilds a layer from its {@link OwnFunction.settings}, without the function. */
export function readOwnFunction(settings: Fields, { name, inputShapes }: RebuildContext): OwnFunction {
  return new OwnFunction(name, onlyShape(inputShapes), settings.string("function"), undefined);
}
