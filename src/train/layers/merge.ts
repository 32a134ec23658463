import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { elementCount, formatShape, isSameShape, type Shape, type Tensor } from "../../base/tensor.js";
import { type Activation, connect, defineLayer, type LayerOptions } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext, Run } from "./layer.js";

/**
 * The sum of two inputs or more, element by element, added from the first to the last: the joint of a residual block.
 *
 *   inputs, output  [batch, …], all of one shape
 *
 * Source: He et al. 2016, arXiv:1512.03385 §3.2, eq. 1.
 */
export class Add implements LayerBase {
  readonly kind = "add";
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  constructor(
    readonly name: string,
    readonly inputShapes: readonly Shape[],
  ) {
    expectSeveral(name, inputShapes);
    const other = inputShapes.find((shape) => !isSameShape(shape, inputShapes[0]));
    if (other !== undefined) {
      throw new UserError(
        `layer "${name}" adds inputs of one shape, found ${formatShape(inputShapes[0])} and ${formatShape(other)}`,
        "bring them to one shape first, for example by a 1×1 convolution of the same stride",
      );
    }
    this.outputShape = inputShapes[0];
  }

  forward(inputs: readonly Tensor[], output: Tensor, { ops }: Run): void {
    ops.copyValues(inputs[0].data, output.data);
    for (const input of inputs.slice(1)) ops.accumulate(input.data, output.data);
  }

  backward(
    _inputs: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    inputGradients: readonly (Tensor | undefined)[],
    { ops }: Run,
  ): void {
    for (const gradient of inputGradients) {
      if (gradient !== undefined) ops.copyValues(outputGradient.data, gradient.data);
    }
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return {};
  }
}

/**
 * The product of two inputs, element by element.
 *
 *   inputs, output  [batch, …], all of one shape
 */
export class Multiply implements LayerBase {
  readonly kind = "multiply";
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  constructor(
    readonly name: string,
    readonly inputShapes: readonly Shape[],
  ) {
    const [first, second, ...more] = inputShapes;
    if (second === undefined || more.length > 0 || !isSameShape(first, second)) {
      throw new UserError(
        `layer "${name}" multiplies two inputs of one shape, found ${inputShapes.map(formatShape).join(" and ")}`,
      );
    }
    this.outputShape = first;
  }

  forward([first, second]: readonly Tensor[], output: Tensor, { ops }: Run): void {
    ops.multiply(first.data, second.data, output.data);
  }

  backward(
    inputs: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    inputGradients: readonly (Tensor | undefined)[],
    { ops }: Run,
  ): void {
    inputGradients.forEach((gradient, k) => {
      if (gradient !== undefined) ops.multiply(outputGradient.data, inputs[1 - k].data, gradient.data);
    });
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return {};
  }
}

/**
 * Inputs side by side along the last axis (channels), in the given order.
 *
 *   inputs  [batch, …, channels of each], equal in all other axes
 *   output  [batch, …, sum of channels]
 */
export class Concatenate implements LayerBase {
  readonly kind = "concatenate";
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;

  constructor(
    readonly name: string,
    readonly inputShapes: readonly Shape[],
  ) {
    expectSeveral(name, inputShapes);
    const [first] = inputShapes;
    const other = inputShapes.find((shape) => !isSameShape(shape.slice(0, -1), first.slice(0, -1)));
    if (other !== undefined) {
      throw new UserError(
        `layer "${name}" joins inputs that differ in channels only, found ${formatShape(first)} and ${formatShape(other)}`,
      );
    }
    this.outputShape = [
      ...first.slice(0, -1),
      inputShapes.reduce((sum, shape) => sum + shape[shape.length - 1], 0),
    ];
  }

  forward(inputs: readonly Tensor[], output: Tensor, { ops }: Run): void {
    this.forEachInput(output, (index, rows, count, start, columns) => {
      ops.copyColumns(rows, count, inputs[index].data, count, 0, output.data, columns, start);
    });
  }

  backward(
    _inputs: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    inputGradients: readonly (Tensor | undefined)[],
    { ops }: Run,
  ): void {
    this.forEachInput(outputGradient, (index, rows, count, start, columns) => {
      const gradient = inputGradients[index];
      if (gradient === undefined) return;
      ops.copyColumns(rows, count, outputGradient.data, columns, start, gradient.data, count, 0);
    });
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return {};
  }

  private forEachInput(
    output: Tensor,
    visit: (index: number, rows: number, count: number, start: number, columns: number) => void,
  ): void {
    const columns = this.outputShape[this.outputShape.length - 1];
    const rows = elementCount(output.shape) / columns;
    let start = 0;
    this.inputShapes.forEach((shape, index) => {
      const count = shape[shape.length - 1];
      visit(index, rows, count, start, columns);
      start += count;
    });
  }
}

function expectSeveral(name: string, inputShapes: readonly Shape[]): void {
  if (inputShapes.length < 2) {
    throw new UserError(`layer "${name}" takes two inputs or more, found ${inputShapes.length}`);
  }
}

const addSpec = defineMerge("add", (name, inputShapes) => new Add(name, inputShapes));
const concatenateSpec = defineMerge("concatenate", (name, inputShapes) => new Concatenate(name, inputShapes));

function defineMerge<L extends Add | Concatenate>(
  kind: L["kind"],
  create: (name: string, inputShapes: readonly Shape[]) => L,
) {
  return (options: LayerOptions) =>
    defineLayer<L>(kind, options, ({ name, inputShapes }) => create(name, inputShapes));
}

/** The sum of activations of one shape: `add(conv2d(8, 3)(x), x)`. */
export function add(...inputs: readonly Activation[]): Activation {
  return connect(addSpec({}), inputs);
}

/** Activations side by side along the last axis: `concatenate(conv2d(8, 1)(x), conv2d(8, 3)(x))`. */
export function concatenate(...inputs: readonly Activation[]): Activation {
  return connect(concatenateSpec({}), inputs);
}

export const readAdd = (_settings: Fields, { name, inputShapes }: RebuildContext) =>
  new Add(name, inputShapes);

export const readConcatenate = (_settings: Fields, { name, inputShapes }: RebuildContext) =>
  new Concatenate(name, inputShapes);

export const readMultiply = (_settings: Fields, { name, inputShapes }: RebuildContext) =>
  new Multiply(name, inputShapes);
