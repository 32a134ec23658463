import type { Fields } from "../base/fields.js";
import type { JsonObject } from "../base/json.js";
import type { Shape } from "../base/tensor.js";
import { expectBorderQuantizations } from "../network/borderQuantizations.js";
import { wrongElementType } from "../network/elementTypes.js";
import { expectRunnable, stateKinds, stateKindsText } from "../network/ports.js";
import { quantizationsOf } from "../network/quantization.js";
import type {
  Quantization,
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../network/quantizedNetwork.js";
import { readShape } from "./networkFormat.js";
import { describePort, describeState, readInput, readOutput, readState } from "./portFormat.js";
import {
  type QuantizedLayerFormat,
  readScale,
  readScales,
  type StoredInteger,
} from "./quantizedLayerFormat.js";
import { quantizedLayerFormats } from "./quantizedLayerFormats.js";
import type { StoredTensors, TensorsToStore } from "./storedTensors.js";

/** What is read; 2 is written. Version 1 has one input, one output, and one quantization for a tensor. */
export type ModelVersion = 1 | 2;

const int32Range = [-(2 ** 31), 2 ** 31 - 1] as const;

/** The integer network as JSON; its tensors are put as `quantized/<layer>/<tensor>`. */
export function describeQuantizedNetwork(network: QuantizedNetwork, tensors: TensorsToStore): JsonObject {
  expectRunnable(network);
  return {
    name: network.name,
    inputs: network.inputs.map(describePort),
    outputs: network.outputs.map(describePort),
    ...(network.fillRuns !== undefined && { fillRuns: network.fillRuns }),
    states: network.states.map((state) => describeState(state, network.tensors[state.tensor].shape, tensors)),
    tensors: network.tensors.map(describeTensor),
    layers: network.layers.map((layer) => {
      const put = (name: string, shape: Shape, data: StoredInteger) =>
        tensors.put(`quantized/${layer.name}/${name}`, shape, data);
      const { kind, name, inputs, output } = layer;
      return { kind, name, inputs, output, ...formatOf(kind).write(layer, put) };
    }),
  };
}

function describeTensor(tensor: QuantizedTensor): JsonObject {
  const { name, shape, elementType } = tensor;
  const columns = quantizationsOf(tensor);
  const one = columns.length === 1 && columns[0];
  return {
    ...{ name, shape, elementType },
    ...(one || {
      scales: columns.map(({ scale }) => scale),
      zeroPoints: columns.map(({ zeroPoint }) => zeroPoint),
    }),
  };
}

/**
 * @param version of the model file
 * @throws UserError when the graph cannot run in the given order, or a number is out of range
 */
export function readQuantizedNetwork(
  fields: Fields,
  stored: StoredTensors,
  version: ModelVersion,
): QuantizedNetwork {
  const name = fields.string("name");
  const tensors = fields.objects("tensors").map((tensor) => readTensor(tensor, version));
  const ports = version === 1 ? readOldPorts(fields, tensors) : readPorts(fields, tensors, stored);
  const network = { name, tensors, ...ports };
  expectRunnable(network);
  const filled = new Set(ports.inputs.map(({ tensor }) => tensor));
  const states = new Set(ports.states.map(({ tensor }) => tensor));
  const layers = readLayers(fields, tensors, { filled, states }, stored);
  for (const [index, { tensor }] of ports.states.entries()) {
    const isFirst = ports.states.findIndex((state) => state.tensor === tensor) === index;
    if (isFirst && layers.some(({ output }) => output === tensor)) continue;
    fields
      .objects("states")
      [index].fail("tensor", `one of its own that a layer of kind ${stateKindsText} writes`);
  }
  for (const [index, { tensor }] of ports.outputs.entries()) {
    if (filled.has(tensor)) continue;
    const [place, field] = version === 1 ? [fields, "output"] : [fields.objects("outputs")[index], "tensor"];
    place.fail(field, "a tensor that a layer fills");
  }
  const fillRuns = fields.has("fillRuns") ? fields.integer("fillRuns", 0, mostFillRuns) : 0;
  const whole = { ...network, layers, ...(fillRuns > 0 && { fillRuns }) };
  expectBorderQuantizations(whole);
  return whole;
}

/** Years of them. */
const mostFillRuns = 2 ** 31 - 1;

type Ports = Pick<QuantizedNetwork, "inputs" | "outputs" | "states">;

function readPorts(fields: Fields, tensors: readonly QuantizedTensor[], stored: StoredTensors): Ports {
  return {
    inputs: fields.objects("inputs").map((port) => readInput(port, tensors)),
    outputs: fields.objects("outputs").map((port) => readOutput(port, tensors)),
    states: fields.objects("states").map((state) => readState(state, tensors, stored)),
  };
}

/** Version 1 has one input and one output, and does not tell what their users hold. */
function readOldPorts(fields: Fields, tensors: readonly QuantizedTensor[]): Ports {
  const tensor = (name: string) => fields.integer(name, 0, tensors.length - 1);
  return {
    inputs: [{ tensor: tensor("input"), name: "input", border: "float32" }],
    outputs: [{ tensor: tensor("output"), name: "output", border: "float32" }],
    states: [],
  };
}

/** Tensors by when they hold values. */
interface Fillings {
  /** Before the layer that is read; takes those that layers fill. */
  readonly filled: Set<number>;
  /** From one run to the next. */
  readonly states: ReadonlySet<number>;
}

function readLayers(
  fields: Fields,
  tensors: readonly QuantizedTensor[],
  { filled, states }: Fillings,
  stored: StoredTensors,
): QuantizedLayer[] {
  const names = new Set<string>();
  return fields.objects("layers").map((layerFields) => {
    const name = layerFields.string("name");
    if (names.has(name)) layerFields.fail("name", "a name of its own");
    names.add(name);
    const layer = readLayer(layerFields, tensors, stored);
    expectElementTypes(layerFields, layer, tensors);
    const isWindow = stateKinds.has(layer.kind);
    if (isWindow !== states.has(layer.output)) {
      layerFields.fail(
        "output",
        isWindow ? "one of the states" : `no state, which layers of kind ${stateKindsText} write`,
      );
    }
    for (const index of isWindow ? layer.inputs.slice(0, 1) : layer.inputs) {
      if (!filled.has(index)) layerFields.fail("inputs", `tensors that are filled before; ${index} is not`);
    }
    if (filled.has(layer.output)) layerFields.fail("output", "a tensor that is not filled before");
    filled.add(layer.output);
    return layer;
  });
}

function readTensor(fields: Fields, version: ModelVersion): QuantizedTensor {
  const isOld = version === 1 && !fields.has("elementType");
  const elementType = isOld ? "int8" : fields.oneOf("elementType", ["int8", "int16", "int32"]);
  const name = fields.string("name");
  const shape = readShape(fields, "shape");
  if (elementType === "int16" && fields.has("scales")) {
    return { name, shape, elementType, quantization: readColumns(fields, shape) };
  }
  const ofVersion1 = elementType === "int8" ? ([-128, 127] as const) : ([0, 0] as const);
  const zeroPoint = fields.integer("zeroPoint", ...(version === 1 ? ofVersion1 : int32Range));
  return { name, shape, elementType, quantization: { scale: readScale(fields, "scale"), zeroPoint } };
}

/** A quantization for each index of the last axis. */
function readColumns(fields: Fields, shape: Shape): readonly Quantization[] {
  const columns = shape.at(-1) ?? 0;
  const scales = readScales(fields, "scales", columns);
  const zeroPoints = fields.integers("zeroPoints", ...int32Range);
  if (scales.length !== columns) fields.fail("scales", `${columns} numbers, one for each column`);
  if (zeroPoints.length !== columns) fields.fail("zeroPoints", `${columns} numbers, one for each column`);
  return scales.map((scale, column) => ({ scale, zeroPoint: zeroPoints[column] }));
}

function expectElementTypes(
  fields: Fields,
  layer: QuantizedLayer,
  tensors: readonly QuantizedTensor[],
): void {
  const wrong = wrongElementType(layer, tensors);
  if (wrong !== undefined) fields.fail(wrong.of, wrong.expected);
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
    uint8: (tensor, shape) => stored.get(`quantized/${name}/${tensor}`, shape, Uint8Array),
    int16: (tensor, shape) => stored.get(`quantized/${name}/${tensor}`, shape, Int16Array),
    int32: (tensor, shape) => stored.get(`quantized/${name}/${tensor}`, shape, Int32Array),
  });
  return { kind, name, inputs, output, ...own } as QuantizedLayer; // the table pairs kinds with their fields
}

/** The table's row for a kind that is only known at run time. */
function formatOf(kind: QuantizedLayer["kind"]): QuantizedLayerFormat<QuantizedLayer> {
  return quantizedLayerFormats[kind] as unknown as QuantizedLayerFormat<QuantizedLayer>;
}
