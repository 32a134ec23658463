import { UserError } from "../../base/errors.js";
import type { Random } from "../../base/random.js";
import {
  type DType,
  elementCount,
  expectShape,
  formatShape,
  isSameShape,
  type Shape,
  type Tensor,
} from "../../base/tensor.js";
import { layersInOrder, type NetworkSpec } from "../layers/graph.js";
import type { LayerBase, Parameter, Statistic } from "../layers/layer.js";
import type { Layer } from "../layers/layerKinds.js";
import { Pass } from "./pass.js";

/**
 * A trained (or yet untrained) network of real-valued layers in running order. Activations are numbered: 0 is the
 * network's input, i + 1 what layer i gives; the last layer gives the output.
 */
export class Network {
  readonly outputShape: Shape;
  /** By layer: the numbers of the activations it takes. */
  readonly connections: readonly (readonly number[])[];

  /**
   * @param inputShape without the batch axis
   * @param layers their names are unique
   * @param connections what each layer takes; when absent, each takes what the one before gives
   * @throws UserError when layers do not fit together
   */
  constructor(
    readonly name: string,
    readonly inputShape: Shape,
    readonly dtype: DType,
    readonly layers: readonly Layer[],
    connections: readonly (readonly number[])[] = layers.map((_, index) => [index]),
  ) {
    this.connections = connections;
    const names = new Set<string>();
    const shapes = [inputShape];
    layers.forEach((layer, index) => {
      if (names.has(layer.name)) throw new UserError(`two layers are named "${layer.name}"`);
      names.add(layer.name);
      const found = connections[index].map((number) => shapes[number]);
      const fits =
        found.length === layer.inputShapes.length &&
        found.every((shape, k) => shape !== undefined && isSameShape(shape, layer.inputShapes[k]));
      if (!fits) {
        const [takes, given] = [layer.inputShapes, found].map((list) =>
          list.map((shape) => (shape ? formatShape(shape) : "nothing")).join(" and "),
        );
        throw new UserError(`layer "${layer.name}" takes ${takes}, found ${given}`);
      }
      shapes.push(layer.outputShape);
    });
    this.outputShape = shapes[layers.length];
  }

  /** False where a layer is the user's own and was read from a file, which holds no code. */
  get canRun(): boolean {
    return this.layers.every((layer: LayerBase) => layer.canRun !== false);
  }

  /** Multiply-accumulates for one sample. */
  get macs(): number {
    return this.layers.reduce((sum, layer) => sum + layer.macs, 0);
  }

  parameters(): Parameter[] {
    return this.layers.flatMap((layer) => layer.parameters);
  }

  /** What belongs to the network beside its parameters. */
  statistics(): Statistic[] {
    return this.layers.flatMap((layer: LayerBase) => layer.statistics ?? []);
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
    const pass = new Pass(this, input.shape[0]);
    pass.forward(input);
    return [...pass.outputs];
  }
}

/**
 * Makes a network of a list of layers, or of a graph, with fresh parameters.
 *
 * @param inputShape without the batch axis
 * @throws UserError when a layer cannot stand where it is written, or two have one name
 */
export function buildNetwork(
  name: string,
  inputShape: Shape,
  spec: NetworkSpec,
  random: Random,
  dtype: DType = "float32",
): Network {
  const described = layersInOrder(spec);
  if (described.length === 0) throw new UserError(`network "${name}" has no layers`);
  const counts = new Map<string, number>();
  const shapes = [inputShape];
  const layers = described.map(({ layer, inputs }) => {
    const count = (counts.get(layer.stem) ?? 0) + 1;
    counts.set(layer.stem, count);
    const built = layer.build({
      name: layer.options.name ?? `${layer.stem}_${count}`,
      inputShapes: inputs.map((number) => shapes[number]),
      dtype,
      random,
    });
    shapes.push(built.outputShape);
    return built;
  });
  return new Network(
    name,
    inputShape,
    dtype,
    layers,
    described.map(({ inputs }) => inputs),
  );
}
