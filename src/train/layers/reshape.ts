import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { elementCount, formatShape, type Shape, type Tensor } from "../../base/tensor.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext, Run } from "./layer.js";

/**
 * The same numbers in another shape, in the same order.
 *
 *   input   [batch, ...inputShape]
 *   output  [batch, ...outputShape], as many elements
 */
export class Reshape<Kind extends "flatten" | "reshape" = "flatten" | "reshape"> implements LayerBase {
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  constructor(
    readonly kind: Kind,
    readonly name: string,
    inputShape: Shape,
    readonly outputShape: Shape,
  ) {
    if (elementCount(inputShape) !== elementCount(outputShape)) {
      const [from, to] = [inputShape, outputShape].map(
        (shape) => `${formatShape(shape)} (${elementCount(shape)} elements)`,
      );
      throw new UserError(`layer "${name}" cannot make ${to} of ${from}`);
    }
    this.inputShapes = [inputShape];
  }

  forward([input]: readonly Tensor[], output: Tensor, { ops }: Run): void {
    ops.copyValues(input.data, output.data);
  }

  backward(
    _inputs: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    { ops }: Run,
  ): void {
    if (inputGradient !== undefined) ops.copyValues(outputGradient.data, inputGradient.data);
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return this.kind === "flatten" ? {} : { shape: this.outputShape };
  }
}

/** Images or series as one row of numbers: [batch, height, width, channels] → [batch, height · width · channels]. */
export function flatten(options: LayerOptions = {}): LayerSpec<Reshape<"flatten">> {
  return defineLayer("flatten", options, ({ name, inputShapes }) =>
    createFlatten(name, onlyShape(inputShapes)),
  );
}

/**
 * The same numbers as samples of another shape: `reshape([28, 28, 1])`.
 *
 * @throws UserError when built on an input of another number of elements
 */
export function reshape(shape: Shape, options: LayerOptions = {}): LayerSpec<Reshape<"reshape">> {
  const wrong = shape.find((size) => !Number.isInteger(size) || size < 1);
  if (wrong !== undefined) {
    throw new UserError(`reshape(shape): sizes must be integers above 0, found ${wrong}`);
  }
  return defineLayer(
    "reshape",
    options,
    ({ name, inputShapes }) => new Reshape("reshape", name, onlyShape(inputShapes), shape),
  );
}

const createFlatten = (name: string, inputShape: Shape) =>
  new Reshape("flatten", name, inputShape, [elementCount(inputShape)]);

export const readFlatten = (_settings: Fields, { name, inputShapes }: RebuildContext) =>
  createFlatten(name, onlyShape(inputShapes));

export const readReshape = (settings: Fields, { name, inputShapes }: RebuildContext) =>
  new Reshape("reshape", name, onlyShape(inputShapes), settings.integers("shape", 1, 2 ** 27));
