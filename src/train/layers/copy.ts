import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { elementCount, type Shape, type Tensor } from "../../base/tensor.js";
import { onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext } from "./layer.js";

/**
 * Some of the input's values in another order: a slice, a transpose, a repetition. Imported networks have them.
 *
 *   output[i] = input[start + Σ index of i along an axis · stride of the axis]
 *
 *   input   [batch, ...inputShape]
 *   output  [batch, ...outputShape]
 */
export class Copy implements LayerBase {
  readonly kind = "copy";
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Parameter[] = [];
  readonly macs = 0;
  /** For each element of the output: which of the input it is. */
  private readonly places: Int32Array;

  /**
   * @param strides in elements of the input, one for each axis of the output; 0 repeats, below 0 goes back
   * @throws UserError when a value lies outside of the input
   */
  constructor(
    readonly name: string,
    inputShape: Shape,
    readonly outputShape: Shape,
    readonly start: number,
    readonly strides: readonly number[],
  ) {
    this.inputShapes = [inputShape];
    let places = Int32Array.of(start);
    outputShape.forEach((size, axis) => {
      places = Int32Array.from(
        { length: places.length * size },
        (_, i) => places[Math.floor(i / size)] + (i % size) * strides[axis],
      );
    });
    const size = elementCount(inputShape);
    const outside = places.find((place) => place < 0 || place >= size);
    if (outside !== undefined) {
      throw new UserError(`layer "${name}" takes element ${outside} of an input of ${size}`);
    }
    this.places = places;
  }

  forward([input]: readonly Tensor[], output: Tensor): void {
    this.forEach(input, (from, to) => {
      output.data[to] = input.data[from];
    });
  }

  backward(
    [input]: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
  ): void {
    if (inputGradient === undefined) return;
    inputGradient.data.fill(0);
    this.forEach(input, (from, to) => {
      inputGradient.data[from] += outputGradient.data[to];
    });
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { shape: this.outputShape, start: this.start, strides: this.strides };
  }

  private forEach({ data, shape: [batch] }: Tensor, visit: (from: number, to: number) => void): void {
    const { places } = this;
    const size = data.length / batch;
    for (let b = 0; b < batch; b++) {
      for (let i = 0; i < places.length; i++) visit(b * size + places[i], b * places.length + i);
    }
  }
}

/** Rebuilds a layer from its {@link Copy.settings}. */
export function readCopy(settings: Fields, { name, inputShapes }: RebuildContext): Copy {
  const shape = settings.integers("shape", 1, 2 ** 24);
  if (shape.length > 8 || !(elementCount(shape) <= 2 ** 24)) settings.fail("shape", "8 sizes at most");
  const strides = settings.integers("strides", -(2 ** 24), 2 ** 24);
  if (strides.length !== shape.length) settings.fail("strides", `${shape.length} integers`);
  return new Copy(name, onlyShape(inputShapes), shape, settings.integer("start", 0, 2 ** 24), strides);
}
