import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  attributeField,
  dimField,
  elementType,
  functionField,
  graphField,
  modelField,
  nodeField,
  opsetField,
  shapeField,
  tensorField,
  tensorTypeField,
  typeField,
  valueField,
} from "../../../src/import/onnx/onnxSchema.js";

export interface TensorSpec {
  readonly dims: readonly number[];
  readonly values: ArrayLike<number>;
  readonly type?: number;
}

export type AttributeSpec =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | TensorSpec;

export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
}

export interface OnnxSpec {
  readonly nodes: readonly NodeSpec[];
  readonly constants?: Readonly<Record<string, TensorSpec>>;
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: readonly string[];
  /** Where they are not float32. */
  readonly outputTypes?: Readonly<Record<string, number>>;
  readonly opset?: number;
  readonly producer?: string;
  /** Versions of other operators than ONNX's own, by domain. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly inputType?: number;
  readonly outputType?: number;
  readonly functions?: readonly {
    readonly name: string;
    readonly domain: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly nodes: readonly NodeSpec[];
  }[];
}

type Write = (writer: BinaryWriter) => void;

const message =
  (field: number, write: Write): Write =>
  (writer) => {
    writer.tag(field, WireType.LengthDelimited).fork();
    write(writer);
    writer.join();
  };
const text =
  (field: number, value: string): Write =>
  (writer) => {
    writer.tag(field, WireType.LengthDelimited).string(value);
  };
const integer =
  (field: number, value: number): Write =>
  (writer) => {
    writer.tag(field, WireType.Varint).int64(BigInt(value));
  };
const all =
  (...writes: readonly Write[]): Write =>
  (writer) => {
    for (const write of writes) write(writer);
  };

const arrays = new Map<number, typeof Int8Array | typeof Uint8Array | typeof Int32Array>([
  [elementType.int8, Int8Array],
  [elementType.uint8, Uint8Array],
  [elementType.int32, Int32Array],
]);

function tensorBytes({ values, type = elementType.float }: TensorSpec): Uint8Array {
  if (type === elementType.int64) {
    return new Uint8Array(BigInt64Array.from(Array.from(values, BigInt)).buffer);
  }
  return new Uint8Array((arrays.get(type) ?? Float32Array).from(values).buffer);
}

const tensor = (spec: TensorSpec, name = ""): Write =>
  all(
    ...spec.dims.map((size) => integer(tensorField.dims, size)),
    integer(tensorField.type, spec.type ?? elementType.float),
    text(tensorField.name, name),
    (writer) => writer.tag(tensorField.raw, WireType.LengthDelimited).bytes(tensorBytes(spec)),
  );

function attribute(value: AttributeSpec): Write {
  if (typeof value === "number") return integer(attributeField.integer, value);
  if (typeof value === "string") return text(attributeField.text, value);
  if ("dims" in value) return message(attributeField.tensor, tensor(value));
  if ("float" in value)
    return (writer) => writer.tag(attributeField.float, WireType.Bit32).float(value.float);
  if ("texts" in value) return all(...value.texts.map((item) => text(attributeField.texts, item)));
  if ("floats" in value) {
    return all(
      ...value.floats.map(
        (item): Write =>
          (writer) => {
            writer.tag(attributeField.floats, WireType.Bit32).float(item);
          },
      ),
    );
  }
  return all(...value.map((item) => integer(attributeField.integers, item)));
}

/** AttributeProto.AttributeType. */
function typeOf(value: AttributeSpec): number {
  if (typeof value === "number") return 2;
  if (typeof value === "string") return 3;
  if ("dims" in value) return 4;
  if ("float" in value) return 1;
  if ("texts" in value) return 8;
  return "floats" in value ? 6 : 7;
}

const node = ({ op, inputs, outputs, name = "", domain = "", attributes = {} }: NodeSpec): Write =>
  all(
    ...inputs.map((input) => text(nodeField.inputs, input)),
    ...outputs.map((output) => text(nodeField.outputs, output)),
    text(nodeField.name, name),
    text(nodeField.operator, op),
    text(nodeField.domain, domain),
    ...Object.entries(attributes).map(([key, value]) =>
      message(
        nodeField.attributes,
        all(text(attributeField.name, key), attribute(value), integer(attributeField.type, typeOf(value))),
      ),
    ),
  );

const value = (name: string, shape: readonly (number | string)[], type: number): Write =>
  all(
    text(valueField.name, name),
    message(
      valueField.type,
      message(
        typeField.tensor,
        all(
          integer(tensorTypeField.element, type),
          message(
            tensorTypeField.shape,
            all(
              ...shape.map((size) =>
                message(
                  shapeField.dims,
                  typeof size === "number" ? integer(dimField.value, size) : text(dimField.parameter, size),
                ),
              ),
            ),
          ),
        ),
      ),
    ),
  );

/** The bytes of an .onnx file. */
export function buildOnnx(spec: OnnxSpec): Uint8Array {
  const {
    nodes,
    constants = {},
    inputs,
    outputs,
    outputTypes = {},
    opset = 13,
    producer = "a test",
    domains = {},
    inputType = elementType.float,
    outputType = elementType.float,
    functions = [],
  } = spec;
  const writer = new BinaryWriter();
  const graph = all(
    ...nodes.map((own) => message(graphField.nodes, node(own))),
    ...Object.entries(constants).map(([name, own]) => message(graphField.initializers, tensor(own, name))),
    ...Object.entries(inputs).map(([name, shape]) =>
      message(graphField.inputs, value(name, shape, inputType)),
    ),
    ...outputs.map((name) => message(graphField.outputs, value(name, [], outputTypes[name] ?? outputType))),
  );
  const set = (domain: string, version: number) =>
    all(text(opsetField.domain, domain), integer(opsetField.version, version));
  all(
    integer(modelField.irVersion, 8),
    text(modelField.producer, producer),
    message(modelField.graph, graph),
    message(modelField.opsets, set("", opset)),
    ...(nodes.some(({ domain }) => domain === "com.microsoft")
      ? [message(modelField.opsets, set("com.microsoft", 1))]
      : []),
    ...Object.entries(domains).map(([domain, version]) => message(modelField.opsets, set(domain, version))),
    ...functions.map((own) =>
      message(
        modelField.functions,
        all(
          text(functionField.name, own.name),
          text(functionField.domain, own.domain),
          ...own.inputs.map((name) => text(functionField.inputs, name)),
          ...own.outputs.map((name) => text(functionField.outputs, name)),
          ...own.nodes.map((inner) => message(functionField.nodes, node(inner))),
        ),
      ),
    ),
  )(writer);
  return writer.finish();
}

/** Values that are neither regular nor large. */
export function numbers(count: number, factor = 1): Float32Array {
  return Float32Array.from({ length: count }, (_, k) => factor * Math.sin(1.7 * k + 0.3));
}
