import { UserError } from "../../base/errors.js";
import { listed, quoted } from "../../base/printable.js";
import {
  attributeField,
  dimField,
  functionField,
  graphField,
  modelField,
  nodeField,
  opsetField,
  shapeField,
  tensorTypeField,
  typeField,
  valueField,
} from "./onnxSchema.js";
import { ProtoBudget, ProtoMessage } from "./protoMessage.js";
import { type OnnxTensor, readTensor } from "./tensorData.js";

/** What a node's attribute holds; a graph is only told of. */
export interface OnnxAttribute {
  readonly float: number;
  readonly integer: number;
  readonly text: string;
  readonly floats: readonly number[];
  readonly integers: readonly number[];
  readonly texts: readonly string[];
  readonly tensor: OnnxTensor | undefined;
  readonly isGraph: boolean;
  /** In a function: the name of the function's own attribute that stands here; else empty. */
  readonly reference: string;
}

export interface OnnxNode {
  readonly index: number;
  readonly name: string;
  readonly operator: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** Names of values; empty is an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  /** What it stands for where the file is of another format. */
  readonly foreign?: ForeignOperator;
}

/** An operator of another format, of the same index, that nodes stand for. */
export interface ForeignOperator {
  /** "CONV_2D" */
  readonly operator: string;
  /** The beginning of its layers' names. */
  readonly layerName: string;
  /** What the file says of the node's output; undefined for one between an operator's nodes. */
  readonly shape?: readonly number[];
}

/** A graph's input or output. */
export interface OnnxValue {
  readonly name: string;
  /** One of `elementType`; 0 for what is no tensor. */
  readonly type: number;
  /** "sequence", where it is no tensor. */
  readonly otherKind: string | undefined;
  /** Sizes, and names of those that are free ("?" without a name); undefined where the file tells no shape. */
  readonly shape: readonly (number | string)[] | undefined;
}

export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly defaults: ReadonlyMap<string, OnnxAttribute>;
}

/** A model as it stands in the file: nothing of it is proven but that it lies within the file. */
export interface OnnxModel {
  /** The file's name, for messages. */
  readonly file: string;
  /** "pytorch 2.9.0": free text. */
  readonly producer: string;
  /** Versions by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly functions: readonly OnnxFunction[];
}

/** No microcontroller's flash holds as much. */
export const largestOnnxFile = 2 ** 26;
/** Networks that fit a microcontroller have a few hundred. */
const most = {
  nodes: 10_000,
  tensors: 10_000,
  values: 10_000,
  names: 1000,
  attributes: 100,
  /** Decision trees have one for each node. */
  texts: 1_000_000,
  functions: 1000,
};

/**
 * Whether the bytes look like a model: the format has no mark, but every model begins with small fields, and has a graph
 * and its operators' version.
 */
export function isOnnx(bytes: Uint8Array): boolean {
  if (bytes.length > largestOnnxFile || bytes.length < 8) return false;
  try {
    const model = new ProtoMessage(new ProtoBudget("", 100_000), "", bytes);
    return model.count(modelField.graph) === 1 && model.count(modelField.opsets) > 0;
  } catch {
    return false;
  }
}

/**
 * Reads the messages of a .onnx file.
 *
 * @param file its name, for messages
 * @throws UserError when the bytes are no ONNX model, or a length leads out of the file
 */
export function readOnnx(bytes: Uint8Array, file: string): OnnxModel {
  if (bytes.length > largestOnnxFile) {
    throw new UserError(
      `${file}: ${bytes.length} B; models of at most ${largestOnnxFile} B are imported`,
      "no microcontroller holds as much: take a smaller model",
    );
  }
  const budget = new ProtoBudget(file, 2 ** 22);
  const model = new ProtoMessage(budget, "model", bytes);
  const graph = model.message(modelField.graph, "graph");
  if (graph === undefined) {
    throw new UserError(`${file} is no ONNX model: it has no graph`, "export it again: torch.onnx.export(…)");
  }
  if (graph.count(graphField.sparseInitializers) > 0) {
    throw new UserError(
      `${file} has sparse weights, which are not read`,
      "export the model with dense weights",
    );
  }
  const producer = [modelField.producer, modelField.producerVersion].map((field) => model.text(field));
  return {
    file,
    producer: producer.filter((text) => text !== "").join(" "),
    opsets: readOpsets(model, modelField.opsets),
    nodes: readNodes(graph, graphField.nodes),
    initializers: graph
      .messages(graphField.initializers, most.tensors, "initializer")
      .map((tensor) => readTensor(tensor)),
    inputs: graph.messages(graphField.inputs, most.values, "input").map(readValue),
    outputs: graph.messages(graphField.outputs, most.values, "output").map(readValue),
    functions: model.messages(modelField.functions, most.functions, "function").map(readFunction),
  };
}

/** ONNX's own domain has two names. */
const domainOf = (name: string): string => (name === "ai.onnx" ? "" : name);

function readOpsets(message: ProtoMessage, field: number): Map<string, number> {
  return new Map(
    message
      .messages(field, most.names, "operator set")
      .map((opset) => [domainOf(opset.text(opsetField.domain)), opset.integer(opsetField.version, 1)]),
  );
}

function readNodes(message: ProtoMessage, field: number): OnnxNode[] {
  return message.messages(field, most.nodes, "node").map((node, index) => ({
    index,
    name: node.text(nodeField.name),
    operator: node.text(nodeField.operator),
    domain: domainOf(node.text(nodeField.domain)),
    inputs: node.texts(nodeField.inputs, most.names, "input"),
    outputs: node.texts(nodeField.outputs, most.names, "output"),
    attributes: readAttributes(node, nodeField.attributes),
  }));
}

function readAttributes(message: ProtoMessage, field: number): Map<string, OnnxAttribute> {
  return new Map(
    message.messages(field, most.attributes, "attribute").map((attribute) => {
      const tensor = attribute.message(attributeField.tensor, "tensor");
      const value: OnnxAttribute = {
        float: attribute.float(attributeField.float),
        integer: attribute.integer(attributeField.integer),
        text: attribute.text(attributeField.text),
        floats: attribute.floats(attributeField.floats),
        integers: attribute.integers(attributeField.integers),
        texts: attribute.texts(attributeField.texts, most.texts, "text"),
        tensor: tensor && readTensor(tensor),
        isGraph: attribute.has(attributeField.graph) || attribute.has(attributeField.graphs),
        reference: attribute.text(attributeField.reference),
      };
      return [attribute.text(attributeField.name), value];
    }),
  );
}

const otherKinds: readonly (readonly [number, string])[] = [
  [typeField.sequence, "sequence"],
  [typeField.map, "map"],
  [typeField.sparse, "sparse tensor"],
  [typeField.optional, "optional value"],
];

function readValue(value: ProtoMessage): OnnxValue {
  const type = value.message(valueField.type, "type");
  const tensor = type?.message(typeField.tensor, "tensor type");
  const shape = tensor?.message(tensorTypeField.shape, "shape");
  return {
    name: value.text(valueField.name),
    type: tensor?.integer(tensorTypeField.element) ?? 0,
    otherKind: otherKinds.find(([field]) => type?.has(field))?.[1],
    shape: shape?.messages(shapeField.dims, 64, "size").map((dim) => {
      const parameter = dim.text(dimField.parameter);
      const size = dim.integer(dimField.value);
      return dim.has(dimField.value) && size > 0 ? size : parameter || "?";
    }),
  };
}

function readFunction(message: ProtoMessage): OnnxFunction {
  return {
    name: message.text(functionField.name),
    domain: domainOf(message.text(functionField.domain)),
    inputs: message.texts(functionField.inputs, most.names, "input"),
    outputs: message.texts(functionField.outputs, most.names, "output"),
    nodes: readNodes(message, functionField.nodes),
    defaults: readAttributes(message, functionField.defaults),
  };
}

/** `node 3 Conv "/conv1/Conv"` */
export function describeNode({ index, operator, domain, name, foreign }: OnnxNode): string {
  if (foreign !== undefined) return `operator ${index} (${foreign.operator})`;
  const full = domain === "" ? operator : `${domain}.${operator}`;
  const shown = /^[\w.]{1,60}$/.test(full) ? full : quoted(full);
  return `node ${index} ${shown}${name === "" ? "" : ` ${quoted(name)}`}`;
}

export const describeNames = (names: readonly string[]): string => listed(names);
