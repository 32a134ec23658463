import { UserError } from "../base/errors.js";
import { elementCount, type Shape } from "../base/tensor.js";

/** Elements of an IDX file, whose format is that of MNIST. */
export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** An IDX file's content, in the machine's byte order. */
export interface Idx {
  readonly shape: Shape;
  readonly data: IdxData;
}

interface IdxType {
  readonly bytes: number;
  create(count: number): IdxData;
  read(view: DataView, offset: number): number;
}

/** Third byte of the file → element type; all big-endian. */
const idxTypes: ReadonlyMap<number, IdxType> = new Map([
  [
    0x08,
    { bytes: 1, create: (n: number) => new Uint8Array(n), read: (v: DataView, o: number) => v.getUint8(o) },
  ],
  [
    0x09,
    { bytes: 1, create: (n: number) => new Int8Array(n), read: (v: DataView, o: number) => v.getInt8(o) },
  ],
  [
    0x0b,
    { bytes: 2, create: (n: number) => new Int16Array(n), read: (v: DataView, o: number) => v.getInt16(o) },
  ],
  [
    0x0c,
    { bytes: 4, create: (n: number) => new Int32Array(n), read: (v: DataView, o: number) => v.getInt32(o) },
  ],
  [
    0x0d,
    {
      bytes: 4,
      create: (n: number) => new Float32Array(n),
      read: (v: DataView, o: number) => v.getFloat32(o),
    },
  ],
  [
    0x0e,
    {
      bytes: 8,
      create: (n: number) => new Float64Array(n),
      read: (v: DataView, o: number) => v.getFloat64(o),
    },
  ],
]);

/**
 * Reads an IDX file: two zero bytes, element type, rank, each axis's size as 32-bit big-endian, elements.
 *
 * @param name the file, for messages
 * @throws UserError when the bytes are no such file or their number is not what the header says
 * Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits", file formats.
 */
export function parseIdx(bytes: Uint8Array, name: string): Idx {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4)
    throw new UserError(`${name}: an IDX file has at least 4 bytes, found ${bytes.length}`);
  const type = idxTypes.get(bytes[2]);
  if (bytes[0] !== 0 || bytes[1] !== 0 || type === undefined) {
    const found = Buffer.from(bytes.subarray(0, 4)).toString("hex");
    throw new UserError(
      `${name}: an IDX file starts with 0000 and a type 08, 09 or 0b to 0e, found ${found}`,
      found.startsWith("1f8b") ? "the file is gzipped; unpack it first" : undefined,
    );
  }
  const rank = bytes[3];
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    throw new UserError(`${name}: an IDX header of rank ${rank} has ${start} bytes, found ${bytes.length}`);
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = elementCount(shape);
  if (bytes.length - start !== count * type.bytes) {
    throw new UserError(
      `${name}: its header promises ${shape.join(" x ")} elements, ${start + count * type.bytes} bytes in all, ` +
        `found ${bytes.length}`,
      "fetch the file again",
    );
  }
  const data = type.create(count);
  if (data instanceof Uint8Array) {
    data.set(bytes.subarray(start));
  } else {
    for (let index = 0; index < count; index++) data[index] = type.read(view, start + index * type.bytes);
  }
  return { shape, data };
}
