import { crc32 } from "../base/crc32.js";

export interface FrameHeader {
  readonly type: number;
  /** 0, or a negative error code in an answer. */
  readonly status: number;
  /** An answer carries its request's. */
  readonly id: number;
}

/** A message on the line: header, payload. firmware/PROTOCOL.md has the bytes. */
export interface Frame extends FrameHeader {
  readonly payload: Uint8Array;
}

const END = 0xc0;
const ESC = 0xdb;
const ESC_END = 0xdc;
const ESC_ESC = 0xdd;
const HEADER_BYTES = 8;
const CRC_BYTES = 4;

/** Longer frames are dropped: more than any tensor of a microcontroller. */
export const MAX_FRAME_BYTES = 1 << 20;

/** The bytes on the line: END, escaped header, payload and CRC-32, END. Source: RFC 1055. */
export function encodeFrame(frame: Frame): Uint8Array {
  return encodeWithCrc(frame).bytes;
}

/** The bytes on the line, and the CRC-32 among them, by which an answer names its request. */
export function encodeWithCrc(frame: Frame): { readonly bytes: Uint8Array; readonly crc: number } {
  const plain = new Uint8Array(HEADER_BYTES + frame.payload.length + CRC_BYTES);
  const view = viewOf(plain);
  view.setUint8(0, frame.type);
  view.setInt8(1, frame.status);
  view.setUint16(2, frame.id, true);
  view.setUint32(4, frame.payload.length, true);
  plain.set(frame.payload, HEADER_BYTES);
  const end = plain.length - CRC_BYTES;
  const crc = crc32(plain.subarray(0, end));
  view.setUint32(end, crc, true);
  return { bytes: escapeBytes(plain), crc };
}

function escapeBytes(plain: Uint8Array): Uint8Array {
  const escaped = new Uint8Array(2 * plain.length + 2);
  let count = 0;
  escaped[count++] = END;
  for (const byte of plain) {
    if (byte === END || byte === ESC) {
      escaped[count++] = ESC;
      escaped[count++] = byte === END ? ESC_END : ESC_ESC;
    } else {
      escaped[count++] = byte;
    }
  }
  escaped[count++] = END;
  return escaped.slice(0, count);
}

/**
 * Cuts a stream of bytes into frames, however it is torn; drops what is broken and counts it.
 * Bytes before the first END are of no frame.
 */
export class FrameDecoder {
  /** Frames dropped for their CRC, length or escapes. */
  brokenFrames = 0;

  private buffer = new Uint8Array(1024);
  private count = 0;
  private state: "outside" | "inside" | "escaped" | "broken" = "outside";

  /** The frames that these bytes complete. */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (const byte of bytes) {
      if (byte === END) {
        const frame = this.end();
        if (frame !== undefined) frames.push(frame);
      } else if (this.state === "escaped") {
        this.state = "inside";
        if (byte === ESC_END) this.append(END);
        else if (byte === ESC_ESC) this.append(ESC);
        else this.state = "broken";
      } else if (this.state === "inside") {
        if (byte === ESC) this.state = "escaped";
        else this.append(byte);
      }
    }
    return frames;
  }

  /** Of the frame that is coming in, once its header has; not yet known to be right. */
  get header(): (FrameHeader & { readonly payloadBytes: number }) | undefined {
    if (this.count < HEADER_BYTES) return undefined;
    const view = viewOf(this.buffer);
    return { ...parseHeader(view), payloadBytes: Math.min(view.getUint32(4, true), MAX_FRAME_BYTES) };
  }

  private append(byte: number): void {
    if (this.count === MAX_FRAME_BYTES) {
      this.state = "broken";
      return;
    }
    if (this.count === this.buffer.length) {
      const larger = new Uint8Array(2 * this.buffer.length);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer[this.count++] = byte;
  }

  private end(): Frame | undefined {
    const isEmpty = this.count === 0 && this.state !== "escaped" && this.state !== "broken";
    const frame = this.state === "inside" ? parseFrame(this.buffer.subarray(0, this.count)) : undefined;
    if (frame === undefined && !isEmpty) this.brokenFrames++;
    this.state = frame === undefined ? "inside" : "outside";
    this.count = 0;
    return frame;
  }
}

function parseFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < HEADER_BYTES + CRC_BYTES) return undefined;
  const view = viewOf(bytes);
  const end = bytes.length - CRC_BYTES;
  if (view.getUint32(4, true) !== end - HEADER_BYTES) return undefined;
  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) return undefined;
  return { ...parseHeader(view), payload: bytes.slice(HEADER_BYTES, end) };
}

function parseHeader(view: DataView): FrameHeader {
  return { type: view.getUint8(0), status: view.getInt8(1), id: view.getUint16(2, true) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
