import type { Fields } from "../../base/fields.js";
import { elementCount, type Shape, type Tensor } from "../../base/tensor.js";
import { onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext } from "./layer.js";

/**
 * Zeros before and behind the values of each axis, where a layer cannot pad by itself: pooling, which counts no padding.
 *
 *   input   [batch, ...inputShape]
 *   output  [batch, ...(before + inputShape + after)]
 */
export class Pad implements LayerBase {
  readonly kind = "pad";
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;
  /** For each element of the input: where it is in the output. */
  private readonly places: Int32Array;

  /** @param before one number for each axis, as `after` */
  constructor(
    readonly name: string,
    inputShape: Shape,
    readonly before: readonly number[],
    readonly after: readonly number[],
  ) {
    this.inputShapes = [inputShape];
    this.outputShape = inputShape.map((size, axis) => before[axis] + size + after[axis]);
    this.places = placesOf(inputShape, this.outputShape, before);
  }

  forward([input]: readonly Tensor[], output: Tensor): void {
    output.data.fill(0);
    this.forEach(input.shape[0], (inside, outside) => {
      output.data[outside] = input.data[inside];
    });
  }

  backward(
    _inputs: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
  ): void {
    if (inputGradient === undefined) return;
    this.forEach(outputGradient.shape[0], (inside, outside) => {
      inputGradient.data[inside] = outputGradient.data[outside];
    });
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { before: this.before, after: this.after };
  }

  private forEach(batch: number, visit: (inside: number, outside: number) => void): void {
    const size = elementCount(this.outputShape);
    const own = this.places.length;
    for (let b = 0; b < batch; b++) {
      for (let i = 0; i < own; i++) visit(b * own + i, b * size + this.places[i]);
    }
  }
}

function placesOf(inputShape: Shape, outputShape: Shape, before: readonly number[]): Int32Array {
  let places = [0];
  inputShape.forEach((size, axis) => {
    places = places.flatMap((place) =>
      Array.from({ length: size }, (_, k) => place * outputShape[axis] + before[axis] + k),
    );
  });
  return Int32Array.from(places);
}

/** Rebuilds a layer from its {@link Pad.settings}. */
export function readPad(settings: Fields, { name, inputShapes }: RebuildContext): Pad {
  const shape = onlyShape(inputShapes);
  const [before, after] = ["before", "after"].map((field) => {
    const amounts = settings.integers(field, 0, 2 ** 16);
    return amounts.length === shape.length ? amounts : settings.fail(field, `${shape.length} integers`);
  });
  const padded = shape.map((size, axis) => before[axis] + size + after[axis]);
  if (!(elementCount(padded) <= 2 ** 27)) settings.fail("before", "an output of fewer elements");
  return new Pad(name, shape, before, after);
}
