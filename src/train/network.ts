import { UserError } from "../errors.js";
import type { Random } from "../random.js";
import {
  type DType,
  elementCount,
  expectShape,
  formatShape,
  isSameShape,
  type Shape,
  type Tensor,
} from "../tensor.js";
import type { Parameter } from "./layer.js";
import type { Layer, LayerSpec } from "./layerKinds.js";
import { Pass } from "./pass.js";

/** A trained (or yet untrained) network of real-valued layers, each feeding the next. */
export class Network {
  readonly outputShape: Shape;

  /**
   * @param inputShape without the batch axis
   * @param layers each takes what the one before gives; names are unique
   * @throws UserError when layers do not fit together
   */
  constructor(
    readonly name: string,
    readonly inputShape: Shape,
    readonly dtype: DType,
    readonly layers: readonly Layer[],
  ) {
    const names = new Set<string>();
    let shape = inputShape;
    for (const layer of layers) {
      if (names.has(layer.name)) throw new UserError(`two layers are named "${layer.name}"`);
      names.add(layer.name);
      if (!isSameShape(layer.inputShape, shape)) {
        throw new UserError(
          `layer "${layer.name}" takes ${formatShape(layer.inputShape)}, found ${formatShape(shape)}`,
        );
      }
      shape = layer.outputShape;
    }
    this.outputShape = shape;
  }

  /** Multiply-accumulates for one sample. */
  get macs(): number {
    return this.layers.reduce((sum, layer) => sum + layer.macs, 0);
  }

  parameters(): Parameter[] {
    return this.layers.flatMap((layer) => layer.parameters);
  }

  /** Number of trained values. */
  get parameterCount(): number {
    return this.parameters().reduce((sum, { value }) => sum + elementCount(value.shape), 0);
  }

  /**
   * @param input [batch, ...inputShape]
   * @returns [batch, ...outputShape]
   */
  forward(input: Tensor): Tensor {
    return this.forwardAll(input).at(-1) ?? input;
  }

  /**
   * @param input [batch, ...inputShape]
   * @returns each layer's output, in order: [batch, ...layer.outputShape]
   */
  forwardAll(input: Tensor): Tensor[] {
    expectShape("the network's input", input.shape, [null, ...this.inputShape]);
    const pass = new Pass(this.layers, this.inputShape, input.shape[0], this.dtype);
    pass.forward(input);
    return pass.outputs;
  }
}

/**
 * Makes a network of listed layers, with fresh parameters.
 *
 * @param inputShape without the batch axis
 * @throws UserError when a layer cannot stand where it is listed, or two have one name
 */
export function buildNetwork(
  name: string,
  inputShape: Shape,
  specs: readonly LayerSpec[],
  random: Random,
  dtype: DType = "float32",
): Network {
  if (specs.length === 0) throw new UserError(`network "${name}" has no layers`);
  const counts = new Map<string, number>();
  const layers: Layer[] = [];
  for (const spec of specs) {
    const count = (counts.get(spec.kind) ?? 0) + 1;
    counts.set(spec.kind, count);
    layers.push(
      spec.build({
        name: spec.name ?? `${spec.kind}_${count}`,
        inputShape: layers.at(-1)?.outputShape ?? inputShape,
        dtype,
        random,
      }),
    );
  }
  return new Network(name, inputShape, dtype, layers);
}
