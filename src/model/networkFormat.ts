import type { Fields } from "../base/fields.js";
import type { JsonObject } from "../base/json.js";
import { type DType, elementCount, type Shape, Tensor } from "../base/tensor.js";
import type { LayerBase } from "../train/layers/layer.js";
import { joiningKinds, type Layer, layerReaders } from "../train/layers/layerKinds.js";
import { Network } from "../train/network/network.js";
import type { StoredTensors, TensorsToStore } from "./storedTensors.js";

/** Far beyond any microcontroller, and small enough that no shape makes the reader ask for too much memory. */
const maxElements = 2 ** 27;

/** A shape of 1 to 8 axes whose product is bounded. */
export function readShape(fields: Fields, name: string): Shape {
  const shape = fields.integers(name, 1, maxElements);
  const isRight = shape.length >= 1 && shape.length <= 8 && elementCount(shape) <= maxElements;
  return isRight ? shape : fields.fail(name, `1 to 8 sizes of ${maxElements} elements at most`);
}

/**
 * The float network as JSON; its parameters and statistics are put as `network/<layer>/<name>`. Layers stand in running
 * order. `inputs` are the numbers of the activations that a layer takes, 0 for the network's input and i + 1 for what
 * layer i gives; a layer without it takes what the one before gives.
 */
export function describeNetwork(network: Network, tensors: TensorsToStore): JsonObject {
  for (const layer of network.layers as readonly LayerBase[]) {
    for (const { name, value } of [...layer.parameters, ...(layer.statistics ?? [])]) {
      tensors.put(`network/${layer.name}/${name}`, value.shape, value.data);
    }
  }
  return {
    name: network.name,
    inputShape: network.inputShape,
    dtype: network.dtype,
    layers: network.layers.map((layer, index) => {
      const inputs = network.connections[index];
      const isNext = inputs.length === 1 && inputs[0] === index;
      return { kind: layer.kind, name: layer.name, ...(!isNext && { inputs }), ...layer.settings() };
    }),
  };
}

/** @throws UserError when a layer is of an unknown kind, or settings and tensors do not fit */
export function readNetwork(fields: Fields, tensors: StoredTensors): Network {
  const dtype = fields.oneOf<DType>("dtype", ["float32", "float64"]);
  const inputShape = readShape(fields, "inputShape");
  const kinds = Object.keys(layerReaders) as Layer["kind"][];
  const layers: Layer[] = [];
  const connections: number[][] = [];
  const shapes = [inputShape];
  for (const settings of fields.objects("layers")) {
    const layerName = settings.string("name");
    const parameter = (name: string, shape: Shape) => {
      const key = `network/${layerName}/${name}`;
      const data =
        dtype === "float32" ? tensors.get(key, shape, Float32Array) : tensors.get(key, shape, Float64Array);
      return new Tensor(shape, data);
    };
    const latest = layers.length;
    const inputs = settings.has("inputs") ? settings.integers("inputs", 0, latest) : [latest];
    const kind =
      kinds.find((known) => known === settings.value("kind")) ??
      settings.fail("kind", "a kind of layer that this pinfer knows");
    if (inputs.length !== 1 && !joiningKinds.has(kind)) {
      settings.fail("inputs", "the number of one activation");
    }
    const context = { name: layerName, inputShapes: inputs.map((number) => shapes[number]), parameter };
    const layer = layerReaders[kind](settings, context);
    layers.push(layer);
    connections.push(inputs);
    shapes.push(layer.outputShape);
  }
  return new Network(fields.string("name"), inputShape, dtype, layers, connections);
}
