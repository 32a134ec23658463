import { concatenateBytes, textOf } from "../base/bytes.js";
import { UserError } from "../base/errors.js";

/** Appends little-endian fields. */
export class ByteWriter {
  private readonly parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  u16(value: number): this {
    return this.bytes(Uint8Array.of(value, value >> 8));
  }

  u32(value: number): this {
    return this.bytes(Uint8Array.of(value, value >> 8, value >> 16, value >> 24));
  }

  f32(value: number): this {
    const field = new DataView(new ArrayBuffer(4));
    field.setFloat32(0, value, true);
    return this.bytes(new Uint8Array(field.buffer));
  }

  /** One byte of length, then UTF-8. */
  text(what: string, value: string): this {
    const encoded = new TextEncoder().encode(value);
    if (encoded.length > 255) {
      throw new UserError(
        `${what} name "${value}" has ${encoded.length} bytes; at most 255 travel`,
        "shorten it",
      );
    }
    return this.u8(encoded.length).bytes(encoded);
  }

  bytes(part: Uint8Array): this {
    this.parts.push(part);
    return this;
  }

  finish(): Uint8Array {
    return concatenateBytes(this.parts);
  }
}

/** Reads little-endian fields of bytes from outside; never past their end. */
export class ByteReader {
  private readonly view: DataView;
  private offset = 0;

  constructor(
    /** Names the bytes in messages. */
    private readonly what: string,
    private readonly source: Uint8Array,
  ) {
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  f32(): number {
    return this.view.getFloat32(this.take(4), true);
  }

  /** One byte of length, then UTF-8. */
  text(): string {
    return textOf(this.bytes(this.u8()));
  }

  bytes(count: number): Uint8Array {
    const start = this.take(count);
    return this.source.subarray(start, start + count);
  }

  rest(): Uint8Array {
    return this.bytes(this.source.length - this.offset);
  }

  expectEnd(): void {
    if (this.offset !== this.source.length) {
      throw new UserError(`${this.what}: ${this.source.length} bytes, but its fields take ${this.offset}`);
    }
  }

  /** Moves on and returns where the field starts. */
  private take(count: number): number {
    const start = this.offset;
    if (start + count > this.source.length) {
      throw new UserError(
        `${this.what}: a field of ${count} bytes starts at ${start}, but there are only ${this.source.length} bytes`,
      );
    }
    this.offset += count;
    return start;
  }
}
