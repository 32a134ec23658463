import { UserError } from "../base/errors.js";
import { Fields } from "../base/fields.js";
import { elementCount, formatShape, type Shape } from "../base/tensor.js";

export type StoredArray = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Int32Array;

/** A tensor as it stands in a file. */
export interface StoredTensor {
  readonly shape: Shape;
  readonly data: StoredArray;
}

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): StoredArray;
}

/** The file's names of the element types that are read and written; all little-endian. */
const storedTypes: ReadonlyMap<string, ArrayType> = new Map<string, ArrayType>([
  ["F64", Float64Array],
  ["F32", Float32Array],
  ["I32", Int32Array],
  ["I16", Int16Array],
  ["I8", Int8Array],
  ["U8", Uint8Array],
]);

/** The format's own limit. */
const maxHeaderBytes = 100_000_000;

/** "F32" for a Float32Array and so on. */
export function storedTypeName(data: StoredArray): string {
  for (const [name, type] of storedTypes) if (data instanceof type) return name;
  throw new Error(`no safetensors type for ${data.constructor.name}`);
}

/**
 * The bytes of a safetensors file: header length as uint64, header as JSON, then the tensors' bytes without gaps.
 * Wide elements come first, then names in alphabetical order: the same tensors give the same bytes.
 *
 * Source: the safetensors format description, github.com/huggingface/safetensors.
 */
export function writeSafetensors(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  const ordered = [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (nameA < nameB ? -1 : 1),
  );
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, { shape, data }] of ordered) {
    const start = end;
    end += data.byteLength;
    header[name] = { dtype: storedTypeName(data), shape, data_offsets: [start, end] };
  }
  const text = JSON.stringify(header);
  const textBytes = Buffer.byteLength(text);
  const paddedBytes = Math.ceil(textBytes / 8) * 8; // so that wide elements stand aligned
  const file = Buffer.alloc(8 + paddedBytes + end, " ");
  file.writeBigUInt64LE(BigInt(paddedBytes));
  file.write(text, 8);
  let position = 8 + paddedBytes;
  for (const [, { data }] of ordered) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return file;
}

interface Entry {
  readonly name: string;
  readonly type: ArrayType;
  readonly shape: Shape;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a safetensors file. Every tensor has memory of its own.
 *
 * @param file its name, for messages
 * @throws UserError when the bytes are not such a file: header, types, shapes and offsets are all checked, and
 *   tensors must cover the data without gap or overlap
 */
export function readSafetensors(bytes: Uint8Array, file: string): Map<string, StoredTensor> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = readHeaderLength(buffer, file);
  const dataStart = 8 + headerBytes;
  const entries = readHeader(buffer.toString("utf8", 8, dataStart), file);
  const tensors = new Map<string, StoredTensor>();
  let position = 0;
  for (const { name, type, shape, start, end } of entries.sort(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    if (start !== position) {
      throw new UserError(
        `${file}: tensor "${name}" starts at byte ${start} of the data, expected ${position}`,
      );
    }
    if (dataStart + end > buffer.length) {
      throw new UserError(
        `${file}: tensor "${name}" ends at byte ${dataStart + end}; the file has ${buffer.length} bytes`,
        "the file is cut short; fetch or train it again",
      );
    }
    const copy = new Uint8Array(end - start);
    copy.set(buffer.subarray(dataStart + start, dataStart + end));
    tensors.set(name, { shape, data: new type(copy.buffer) });
    position = end;
  }
  if (dataStart + position !== buffer.length) {
    throw new UserError(
      `${file}: the tensors end at byte ${dataStart + position}; the file has ${buffer.length} bytes`,
    );
  }
  return tensors;
}

function readHeaderLength(buffer: Buffer, file: string): number {
  if (buffer.length < 8) {
    throw new UserError(`${file}: a safetensors file has at least 8 bytes, found ${buffer.length}`);
  }
  const length = buffer.readBigUInt64LE();
  if (length > BigInt(Math.min(maxHeaderBytes, buffer.length - 8))) {
    throw new UserError(
      `${file}: its header should have ${length} bytes; the file has ${buffer.length} in all`,
      "the file is cut short or is no safetensors file",
    );
  }
  return Number(length);
}

function readHeader(text: string, file: string): Entry[] {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${file}: its header is not JSON: ${(cause as Error).message}`, undefined, { cause });
  }
  const entries: Entry[] = [];
  const fields = new Fields(`${file}: header`, header);
  for (const name of fields.names()) {
    if (name === "__metadata__") continue;
    const entry = fields.object(name);
    const typeName = entry.oneOf("dtype", [...storedTypes.keys()]);
    const shape = entry.integers("shape", 0, Number.MAX_SAFE_INTEGER);
    const [start, end, ...more] = entry.integers("data_offsets", 0, Number.MAX_SAFE_INTEGER);
    if (end === undefined || more.length > 0) entry.fail("data_offsets", "two numbers");
    const type = storedTypes.get(typeName)!;
    if (end - start !== elementCount(shape) * type.BYTES_PER_ELEMENT) {
      throw new UserError(
        `${file}: tensor "${name}" ${typeName} ${formatShape(shape)} has ` +
          `${elementCount(shape) * type.BYTES_PER_ELEMENT} bytes, found ${end - start}`,
      );
    }
    entries.push({ name, type, shape, start, end });
  }
  return entries;
}
