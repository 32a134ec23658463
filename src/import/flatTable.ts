import { ByteBuffer } from "flatbuffers";
import { UserError } from "../base/errors.js";
import { quoted } from "../base/printable.js";

/** Equal strings, vectors and tables may be shared by several places, but what is read stays in proportion to the file. */
const readsPerByte = 4;
/** Room for small files, in which little is shared by much. */
const readsBesides = 4096;
/** Longer names are cut: they are for readers only. */
const longestText = 1000;

const smallestVtableBytes = 4;

/**
 * The bytes of a FlatBuffers file that nobody vouches for. Tables are reached through offsets; every one is held to the
 * file's bounds before it is followed, and the sum of all that is read is bounded, so that a small file which shows the
 * same bytes many times cannot ask for much memory or time.
 *
 * Source: FlatBuffers internals, flatbuffers.dev/internals.
 */
export class FlatFile {
  readonly buffer: ByteBuffer;
  private unread: number;

  /** @param file its name, for messages */
  constructor(
    readonly file: string,
    readonly bytes: Uint8Array,
  ) {
    this.buffer = new ByteBuffer(bytes);
    this.unread = readsPerByte * bytes.length + readsBesides;
  }

  /** @throws UserError when the file does not begin with an offset and the identifier */
  root(identifier: string): FlatTable {
    const header = 8;
    const found = Buffer.from(this.bytes.subarray(4, header)).toString("latin1");
    if (this.bytes.length < header || found !== identifier) {
      throw new UserError(
        `${this.file}: bytes 4 to 7 of a .tflite model are "${identifier}", found ${quoted(found)}`,
        "give a model in TensorFlow Lite's file format, not a saved model, .h5, .keras or .onnx",
      );
    }
    return this.table(this.buffer.readUint32(0), "model");
  }

  /** @throws UserError when there is no whole table at the position */
  table(position: number, place: string): FlatTable {
    const vtable = position - this.at(position, 4, place).readInt32(position);
    const vtableBytes = this.at(vtable, smallestVtableBytes, place).readUint16(vtable);
    const tableBytes = this.buffer.readUint16(vtable + 2);
    if (vtableBytes < smallestVtableBytes || vtableBytes % 2 !== 0 || tableBytes < 4) {
      this.damaged(place, `a table of ${tableBytes} B with an index of ${vtableBytes} B`);
    }
    this.at(vtable, vtableBytes, place);
    this.at(position, tableBytes, place);
    this.spend(tableBytes, place);
    return new FlatTable(this, place, position, tableBytes, vtable, vtableBytes);
  }

  /** The file's bytes, after a check that so many stand at the position. */
  at(position: number, bytes: number, place: string): ByteBuffer {
    if (position < 0 || position + bytes > this.bytes.length) {
      this.damaged(place, `bytes ${position} to ${position + bytes - 1} of a file of ${this.bytes.length}`);
    }
    return this.buffer;
  }

  /** Counts what is read. */
  spend(bytes: number, place: string): void {
    this.unread -= bytes;
    if (this.unread < 0) this.damaged(place, "the same bytes again and again");
  }

  damaged(place: string, found: string): never {
    throw new UserError(
      `${this.file}: ${place} should lie within the file, found ${found}`,
      "the file is cut short or damaged: fetch or convert it again",
    );
  }
}

/** A table of a FlatBuffers file: fields by their number in the schema. An absent field has its default. */
export class FlatTable {
  constructor(
    private readonly file: FlatFile,
    /** For messages: "tensor 7". */
    readonly place: string,
    private readonly position: number,
    private readonly tableBytes: number,
    private readonly vtable: number,
    private readonly vtableBytes: number,
  ) {}

  int8(field: number, whenAbsent = 0): number {
    const at = this.find(field, 1);
    return at === undefined ? whenAbsent : this.file.buffer.readInt8(at);
  }

  uint8(field: number): number {
    const at = this.find(field, 1);
    return at === undefined ? 0 : this.file.buffer.readUint8(at);
  }

  boolean(field: number): boolean {
    return this.uint8(field) !== 0;
  }

  int32(field: number, whenAbsent = 0): number {
    const at = this.find(field, 4);
    return at === undefined ? whenAbsent : this.file.buffer.readInt32(at);
  }

  uint32(field: number): number {
    const at = this.find(field, 4);
    return at === undefined ? 0 : this.file.buffer.readUint32(at);
  }

  float32(field: number): number {
    const at = this.find(field, 4);
    return at === undefined ? 0 : this.file.buffer.readFloat32(at);
  }

  /** A uint64; beyond 2^53 rounded. */
  uint64(field: number): number {
    const at = this.find(field, 8);
    return at === undefined ? 0 : Number(this.file.buffer.readUint64(at));
  }

  has(field: number): boolean {
    return this.find(field, 1) !== undefined;
  }

  /** A table that the field points to; undefined when absent. */
  table(field: number, place: string): FlatTable | undefined {
    const at = this.follow(field);
    return at === undefined ? undefined : this.file.table(at, place);
  }

  /** @throws UserError when there are more than `most` */
  tables(field: number, most: number, name: string): FlatTable[] {
    const { start, length } = this.vector(field, 4, most, name);
    return Array.from({ length }, (_, index) => {
      const at = start + 4 * index;
      return this.file.table(at + this.file.buffer.readUint32(at), `${name} ${index}`);
    });
  }

  int32s(field: number, most: number, name: string): number[] {
    const { start, length } = this.vector(field, 4, most, name);
    return Array.from({ length }, (_, index) => this.file.buffer.readInt32(start + 4 * index));
  }

  float32s(field: number, most: number, name: string): number[] {
    const { start, length } = this.vector(field, 4, most, name);
    return Array.from({ length }, (_, index) => this.file.buffer.readFloat32(start + 4 * index));
  }

  /** int64 values; beyond 2^53 rounded. */
  int64s(field: number, most: number, name: string): number[] {
    const { start, length } = this.vector(field, 8, most, name);
    return Array.from({ length }, (_, index) => Number(this.file.buffer.readInt64(start + 8 * index)));
  }

  /** A view of a vector of bytes; empty when absent. */
  bytes(field: number, name: string): Uint8Array {
    const { start, length } = this.vector(field, 1, this.file.bytes.length, name);
    return this.file.bytes.subarray(start, start + length);
  }

  /** UTF-8; cut after 1000 bytes, and "" when absent. */
  text(field: number): string {
    const at = this.follow(field);
    if (at === undefined) return "";
    const length = this.file.at(at, 4, this.place).readUint32(at);
    this.file.at(at + 4, length, this.place);
    const kept = Math.min(length, longestText);
    this.file.spend(kept, this.place);
    return Buffer.from(this.file.bytes.subarray(at + 4, at + 4 + kept)).toString("utf8");
  }

  private vector(
    field: number,
    elementBytes: number,
    most: number,
    name: string,
  ): { start: number; length: number } {
    const at = this.follow(field);
    if (at === undefined) return { start: 0, length: 0 };
    const place = `${this.place}'s ${name}`;
    const length = this.file.at(at, 4, place).readUint32(at);
    this.file.at(at + 4, length * elementBytes, place);
    if (length > most) {
      throw new UserError(
        `${this.file.file}: ${this.place} has ${length} values of ${name}, at most ${most} are read`,
        "no network that fits a microcontroller has as many",
      );
    }
    this.file.spend(length * elementBytes, place);
    return { start: at + 4, length };
  }

  /** The position that an offset field points to. */
  private follow(field: number): number | undefined {
    const at = this.find(field, 4);
    return at === undefined ? undefined : at + this.file.buffer.readUint32(at);
  }

  /** The position of a field's bytes; undefined when absent. */
  private find(field: number, bytes: number): number | undefined {
    const entry = 4 + 2 * field;
    if (entry + 2 > this.vtableBytes) return undefined;
    const offset = this.file.buffer.readUint16(this.vtable + entry);
    if (offset === 0) return undefined;
    if (offset < 4 || offset + bytes > this.tableBytes) {
      this.file.damaged(this.place, `field ${field} at byte ${offset} of a table of ${this.tableBytes} B`);
    }
    return this.position + offset;
  }
}
