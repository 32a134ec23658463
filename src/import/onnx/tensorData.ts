import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { readBytes } from "../../base/files.js";
import { halfToFloat } from "../../base/halfToFloat.js";
import { quoted } from "../../base/printable.js";
import { elementCount, formatShape, type Shape } from "../../base/tensor.js";
import { elementBytes, elementType, elementTypeName, entryField, tensorField } from "./onnxSchema.js";
import type { ProtoMessage } from "./protoMessage.js";

/** A tensor as it stands in the file, not decoded. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** One of `elementType`, or another number. */
  readonly type: number;
  /** A view of the file; undefined where the values stand as numbers, or in another file. */
  readonly raw: Uint8Array | undefined;
  /** Where they stand as numbers, as the message keeps them; undefined where they do not. */
  readonly message: ProtoMessage | undefined;
  /** Keys and values of what says where the data is: in another file. */
  readonly external: ReadonlyMap<string, string> | undefined;
}

export function readTensor(message: ProtoMessage): OnnxTensor {
  const entries = message.messages(tensorField.external, 100, "entry");
  return {
    name: message.text(tensorField.name),
    dims: message.integers(tensorField.dims),
    type: message.integer(tensorField.type),
    raw: message.data(tensorField.raw),
    message,
    external:
      message.integer(tensorField.location) === 1 || entries.length > 0
        ? new Map(entries.map((entry) => [entry.text(entryField.key), entry.text(entryField.value)]))
        : undefined,
  };
}

/** Values that are known when the model is read: row-major. Integers and truth values are kept as doubles, exactly. */
export class Constant {
  constructor(
    readonly shape: Shape,
    readonly values: Float32Array | Float64Array,
    readonly isInteger: boolean,
    /** One of `elementType`, where the file tells it. */
    readonly type?: number,
  ) {}

  static integers(values: readonly number[], shape: Shape = [values.length]): Constant {
    return new Constant(shape, Float64Array.from(values), true);
  }
}

/** Decodes tensors, and reads those whose data stands beside the model. */
export class TensorDecoder {
  /** Elements of all that was decoded. */
  private elements = 0;
  private readonly files = new Map<string, Uint8Array>();

  /** @param folder of the model; undefined where it has none, so that nothing else is read */
  constructor(
    private readonly file: string,
    private readonly folder: string | undefined,
  ) {}

  /** @throws UserError when the data does not fit its shape, is elsewhere, or of a type that no constant has */
  decode(tensor: OnnxTensor): Constant {
    const { dims, type, message } = tensor;
    const name = `${this.file}: tensor ${quoted(tensor.name)}`;
    const bytesEach = elementBytes[type];
    if (bytesEach === undefined) {
      throw new UserError(
        `${name} holds ${elementTypeName(type)}, which no network on a microcontroller takes`,
        "export the model with float32 weights",
      );
    }
    if (dims.length > 8 || dims.some((size) => !(size >= 0))) {
      throw new UserError(`${name} has the shape ${formatShape(dims.slice(0, 8))}; expected up to 8 sizes`);
    }
    const count = elementCount(dims);
    this.elements += count;
    if (!(this.elements <= mostElements)) {
      throw new UserError(
        `${name}: constants of more than ${mostElements} values in all (its shape is ${formatShape(dims)})`,
        "no microcontroller holds as much: take a smaller model",
      );
    }
    const raw = tensor.external === undefined ? tensor.raw : this.readExternal(tensor, name);
    if (raw !== undefined) {
      expectCount(name, dims, count * bytesEach, raw.length, "B");
      return fromBytes(dims, type, raw);
    }
    const values = message === undefined ? [] : listed(message, type);
    expectCount(name, dims, count, values.length, "values");
    return fromNumbers(dims, type, values);
  }

  /** Weights beside the model: a plain file name in its folder, and nothing else of the disk. */
  private readExternal({ external = new Map() }: OnnxTensor, name: string): Uint8Array {
    const location = external.get("location") ?? "";
    const isPlain = /^[^/\\:\p{C}]{1,255}$/u.test(location) && location !== "." && location !== "..";
    if (!isPlain || this.folder === undefined) {
      throw new UserError(
        `${name}: its data is said to be in ${quoted(location)}; only files beside the model are read`,
        "export the model with its weights in one file, or beside it: torch.onnx.export(…, external_data=False)",
      );
    }
    const bytes = this.files.get(location) ?? readBeside(this.folder, location, this.file);
    this.files.set(location, bytes);
    const offset = Number(external.get("offset") ?? 0);
    const length = Number(external.get("length") ?? bytes.length - offset);
    const fits = Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0;
    if (!fits || offset + length > bytes.length) {
      throw new UserError(
        `${name}: its data is bytes ${offset} to ${offset + length} of ${quoted(location)}, which has ${bytes.length}`,
        "copy both files again",
      );
    }
    return bytes.subarray(offset, offset + length);
  }
}

/** 64 MiB of float32. */
const mostElements = 2 ** 24;
const largestExternal = 2 ** 26;

function readBeside(folder: string, location: string, file: string): Uint8Array {
  try {
    return readBytes(join(folder, location), largestExternal);
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(
      `${file}: its weights are in ${quoted(location)} beside it, which cannot be read: ${cause.message}`,
      "copy both files; PyTorch writes model.onnx and model.onnx.data",
      { cause },
    );
  }
}

function expectCount(name: string, dims: Shape, expected: number, found: number, unit: string): void {
  if (expected === found) return;
  throw new UserError(
    `${name} has the shape ${formatShape(dims)}, which takes ${expected} ${unit}; the file holds ${found}`,
    "the file is damaged: copy or export it again",
  );
}

const integerTypes: ReadonlySet<number> = new Set([
  elementType.uint8,
  elementType.int8,
  elementType.uint16,
  elementType.int16,
  elementType.int32,
  elementType.int64,
  elementType.bool,
  elementType.uint32,
  elementType.uint64,
]);

/** Values that stand as numbers. Source: onnx.proto, TensorProto, which list holds which type. */
function listed(message: ProtoMessage, type: number): number[] {
  switch (type) {
    case elementType.float:
      return message.floats(tensorField.floats);
    case elementType.double:
      return message.doubles(tensorField.doubles);
    case elementType.int64:
      return message.integers(tensorField.int64s);
    case elementType.uint32:
    case elementType.uint64:
      return message.integers(tensorField.uint64s);
    default:
      return message.integers(tensorField.int32s);
  }
}

function fromNumbers(dims: Shape, type: number, values: readonly number[]): Constant {
  if (integerTypes.has(type)) return new Constant(dims, Float64Array.from(values), true, type);
  if (type === elementType.float16) return new Constant(dims, Float32Array.from(values, halfToFloat), false);
  if (type === elementType.bfloat16) return new Constant(dims, Float32Array.from(values, bfloat16), false);
  const data = type === elementType.double ? Float64Array.from(values) : Float32Array.from(values);
  return new Constant(dims, data, false);
}

function fromBytes(dims: Shape, type: number, bytes: Uint8Array): Constant {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = elementBytes[type];
  const read = readers[type];
  const isDouble = integerTypes.has(type) || type === elementType.double;
  const count = bytes.length / size;
  const values = isDouble ? new Float64Array(count) : new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, i * size);
  return new Constant(dims, values, integerTypes.has(type), type);
}

/** Little-endian. */
const readers: Readonly<Record<number, (view: DataView, at: number) => number>> = {
  [elementType.float]: (view, at) => view.getFloat32(at, true),
  [elementType.uint8]: (view, at) => view.getUint8(at),
  [elementType.int8]: (view, at) => view.getInt8(at),
  [elementType.uint16]: (view, at) => view.getUint16(at, true),
  [elementType.int16]: (view, at) => view.getInt16(at, true),
  [elementType.int32]: (view, at) => view.getInt32(at, true),
  [elementType.int64]: (view, at) => Number(view.getBigInt64(at, true)),
  [elementType.bool]: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  [elementType.float16]: (view, at) => halfToFloat(view.getUint16(at, true)),
  [elementType.double]: (view, at) => view.getFloat64(at, true),
  [elementType.uint32]: (view, at) => view.getUint32(at, true),
  [elementType.uint64]: (view, at) => Number(view.getBigUint64(at, true)),
  [elementType.bfloat16]: (view, at) => bfloat16(view.getUint16(at, true)),
};

const scratch = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function bfloat16(bits: number): number {
  scratch.setUint32(0, (bits << 16) >>> 0);
  return scratch.getFloat32(0);
}
