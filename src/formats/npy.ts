import { type DType, parse as parseWithNpyjs } from "npyjs";
import { UserError } from "../base/errors.js";
import { elementCount, formatShape, type Shape } from "../base/tensor.js";

/** Element types as NumPy abbreviates them: i1 is int8, f4 is float32. */
export type SampleType = "i1" | "u1" | "i2" | "u2" | "i4" | "u4" | "i8" | "u8" | "b1" | "f2" | "f4" | "f8";
export type SampleData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** Samples as a file gives them. */
export interface Samples {
  /** [samples, ...the shape of one]. */
  readonly shape: Shape;
  /** Row-major. 64-bit integers come as float64, float16 as float32, booleans as 0 and 1. */
  readonly data: SampleData;
  /** The element type in the file; f8 for .csv. */
  readonly type: SampleType;
}

const bytesPerElement: Readonly<Record<SampleType, number>> = {
  i1: 1,
  u1: 1,
  b1: 1,
  i2: 2,
  u2: 2,
  f2: 2,
  i4: 4,
  u4: 4,
  f4: 4,
  i8: 8,
  u8: 8,
  f8: 8,
};

/**
 * Reads the bytes of a .npy file.
 *
 * @param name the file, for messages
 * @throws UserError when they are damaged, in Fortran order, or of an element type that is not read
 * Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays", versions 1.0 to 3.0.
 */
export function parseNpy(bytes: Buffer, name: string): Samples {
  const isNpy = bytes.length >= 12 && bytes.subarray(0, 6).toString("latin1") === "\x93NUMPY";
  if (!isNpy) throw new UserError(`${name}: is not a .npy file`, "write it with numpy.save(path, array)");
  if (bytes[6] < 1 || bytes[6] > 3) {
    throw new UserError(
      `${name}: is of version ${bytes[6]} of the .npy format; 1 to 3 are read`,
      "write it with numpy.save(path, array)",
    );
  }
  const dataOffset = bytes[6] === 1 ? 10 + bytes.readUInt16LE(8) : 12 + bytes.readUInt32LE(8);
  if (dataOffset > bytes.length) {
    throw truncated(name, `the header ends at byte ${dataOffset}, the file at ${bytes.length}`);
  }
  const { dtype, shape, fortranOrder } = parseOrExplain(name, bytes.subarray(0, dataOffset));
  if (!isSampleType(dtype)) throw unreadType(name, dtype);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new UserError(`${name}: the header has the shape ${formatShape(shape)}; expected sizes of axes`);
  }
  const expected = elementCount(shape) * bytesPerElement[dtype];
  const found = bytes.length - dataOffset;
  if (found < expected) {
    throw truncated(name, `${dtype} ${formatShape(shape)} takes ${expected} B, the file holds ${found} B`);
  }
  if (found > expected) {
    throw new UserError(
      `${name}: ${dtype} ${formatShape(shape)} takes ${expected} B, the file holds ${found} B`,
      "save one array a file",
    );
  }
  if (fortranOrder && shape.filter((size) => size > 1).length > 1) {
    throw new UserError(
      `${name}: is stored column by column (Fortran order)`,
      "write it with numpy.save(path, numpy.ascontiguousarray(array))",
    );
  }
  const { data } = parseOrExplain(name, bytes.subarray(0, dataOffset + expected));
  return { shape, data: toSampleData(data), type: dtype };
}

function parseOrExplain(name: string, bytes: Uint8Array): ReturnType<typeof parseWithNpyjs> {
  try {
    return parseWithNpyjs(Uint8Array.from(bytes).buffer);
  } catch (cause) {
    const type = /Unsupported dtype: (.*)/.exec((cause as Error).message)?.[1];
    if (type !== undefined) throw unreadType(name, type);
    throw new UserError(`${name}: the .npy header cannot be read: ${(cause as Error).message}`, undefined, {
      cause,
    });
  }
}

function isSampleType(type: DType): type is SampleType {
  return type in bytesPerElement;
}

function truncated(name: string, why: string): UserError {
  return new UserError(`${name}: is cut short: ${why}`, "write or copy it again");
}

function unreadType(name: string, type: string): UserError {
  return new UserError(
    `${name}: elements of type "${type}" are not read`,
    `save them as numbers in this machine's byte order: numpy.save(path, array.astype("float32"))`,
  );
}

function toSampleData(data: ArrayBufferView): SampleData {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from(data as BigInt64Array, Number);
  }
  // npyjs gives booleans as a plain array, whatever its type says
  return Array.isArray(data) ? Uint8Array.from(data as boolean[], Number) : (data as SampleData);
}
