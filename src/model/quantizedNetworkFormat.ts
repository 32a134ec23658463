import type { Fields } from "../base/fields.js";
import type { JsonObject } from "../base/json.js";
import type { Shape } from "../base/tensor.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedLayer, QuantizedNetwork, QuantizedTensor } from "../network/quantizedNetwork.js";
import { readShape } from "./networkFormat.js";
import { type QuantizedLayerFormat, readScale } from "./quantizedLayerFormat.js";
import { quantizedLayerFormats } from "./quantizedLayerFormats.js";
import type { StoredTensors, TensorsToStore } from "./storedTensors.js";

/** The integer network as JSON; its tensors are put as `quantized/<layer>/<tensor>`. */
export function describeQuantizedNetwork(network: QuantizedNetwork, tensors: TensorsToStore): JsonObject {
  return {
    name: network.name,
    input: onlyInput(network).tensor,
    output: onlyOutput(network).tensor,
    tensors: network.tensors.map((tensor) => ({
      ...{ name: tensor.name, shape: tensor.shape },
      ...(tensor.elementType !== "int8" && { elementType: tensor.elementType }),
      ...quantizationOf(tensor),
    })),
    layers: network.layers.map((layer) => {
      const put = (name: string, shape: Shape, data: Int8Array | Int32Array) =>
        tensors.put(`quantized/${layer.name}/${name}`, shape, data);
      const { kind, name, inputs, output } = layer;
      return { kind, name, inputs, output, ...formatOf(kind).write(layer, put) };
    }),
  };
}

/** @throws UserError when the graph cannot run in the given order, or a number is out of range */
export function readQuantizedNetwork(fields: Fields, stored: StoredTensors): QuantizedNetwork {
  const tensors = fields.objects("tensors").map(readTensor);
  const last = tensors.length - 1;
  const input = fields.integer("input", 0, last);
  const filled = new Set([input]);
  const names = new Set<string>();
  const layers = fields.objects("layers").map((layerFields) => {
    const name = layerFields.string("name");
    if (names.has(name)) layerFields.fail("name", "a name of its own");
    names.add(name);
    const layer = readLayer(layerFields, tensors, stored);
    expectElementTypes(layerFields, layer, tensors);
    for (const index of layer.inputs) {
      if (!filled.has(index)) layerFields.fail("inputs", `tensors that are filled before; ${index} is not`);
    }
    if (filled.has(layer.output)) layerFields.fail("output", "a tensor that is not filled before");
    filled.add(layer.output);
    return layer;
  });
  const output = fields.integer("output", 0, last);
  if (!filled.has(output)) fields.fail("output", "a tensor that a layer fills");
  return {
    name: fields.string("name"),
    tensors,
    inputs: [{ tensor: input, name: "input", border: "float32" }],
    outputs: [{ tensor: output, name: "output", border: "float32" }],
    states: [],
    layers,
  };
}

function readTensor(fields: Fields): QuantizedTensor {
  const elementType = fields.has("elementType") ? fields.oneOf("elementType", ["int8", "int16"]) : "int8";
  const [min, max] = elementType === "int16" ? [0, 0] : [-128, 127];
  return {
    name: fields.string("name"),
    shape: readShape(fields, "shape"),
    elementType,
    quantization: { scale: readScale(fields, "scale"), zeroPoint: fields.integer("zeroPoint", min, max) },
  };
}

/** Only a normalization reads int16, and no layer makes it. */
function expectElementTypes(
  fields: Fields,
  layer: QuantizedLayer,
  tensors: readonly QuantizedTensor[],
): void {
  const isInt16 = (index: number) => tensors[index].elementType === "int16";
  if (layer.kind !== "normalization" && layer.inputs.some(isInt16)) {
    fields.fail("inputs", "tensors of element type int8");
  }
  if (isInt16(layer.output)) fields.fail("output", "a tensor of element type int8");
}

function readLayer(
  fields: Fields,
  tensors: readonly QuantizedTensor[],
  stored: StoredTensors,
): QuantizedLayer {
  const kind = fields.oneOf("kind", Object.keys(quantizedLayerFormats) as QuantizedLayer["kind"][]);
  const { arity, read } = formatOf(kind);
  const name = fields.string("name");
  const inputs = fields.integers("inputs", 0, tensors.length - 1);
  const output = fields.integer("output", 0, tensors.length - 1);
  const isRight = arity === "any" ? inputs.length > 0 : inputs.length === arity;
  if (!isRight) fields.fail("inputs", `an array of ${arity === "any" ? "one or more" : arity}`);
  const own = read({
    fields,
    inputs: inputs.map((index) => tensors[index]),
    output: tensors[output],
    int8: (tensor, shape) => stored.get(`quantized/${name}/${tensor}`, shape, Int8Array),
    int32: (tensor, shape) => stored.get(`quantized/${name}/${tensor}`, shape, Int32Array),
  });
  return { kind, name, inputs, output, ...own } as QuantizedLayer; // the table pairs kinds with their fields
}

/** The table's row for a kind that is only known at run time. */
function formatOf(kind: QuantizedLayer["kind"]): QuantizedLayerFormat<QuantizedLayer> {
  return quantizedLayerFormats[kind] as unknown as QuantizedLayerFormat<QuantizedLayer>;
}
