import { hexOf } from "../base/bytes.js";
import { ByteReader, ByteWriter } from "./bytes.js";

/** Payloads about slots; the twin of firmware/slots/slots.c. firmware/PROTOCOL.md has the bytes. */

/** Stands in the place of a slot's number while the tables that were built in are in use. */
const BUILT_IN = 0xff;
const STRUCTURE_BYTES = 32;

/** What a device tells of its slots. */
export interface DeviceSlots {
  /** SHA-256 of what all tables that fit have in common: 64 lower-case hexadecimal digits. */
  readonly structure: string;
  /** That one takes; 0 where there is no flash for them. */
  readonly contentBytes: number;
  /** That one write may bring. */
  readonly writeBytes: number;
  /** Which one is in use; undefined for the tables that were built in. */
  readonly running: number | undefined;
  /** Updates that were committed before it and with it. */
  readonly count: number;
}

export function decodeSlots(payload: Uint8Array): DeviceSlots {
  const reader = new ByteReader("slots answer", payload);
  const structure = hexOf(reader.bytes(STRUCTURE_BYTES));
  const [contentBytes, writeBytes, running, count] = [reader.u32(), reader.u32(), reader.u32(), reader.u32()];
  reader.expectEnd();
  return {
    structure,
    contentBytes,
    writeBytes: Math.max(4, writeBytes - (writeBytes % 4)),
    running: running === BUILT_IN ? undefined : running,
    count,
  };
}

export function encodeWriteSlot(offset: number, bytes: Uint8Array): Uint8Array {
  return new ByteWriter().u32(offset).bytes(bytes).finish();
}

export function encodeCommitSlot(size: number, crc: number): Uint8Array {
  return new ByteWriter().u32(size).u32(crc).finish();
}
