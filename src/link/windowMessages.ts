import { ByteReader, ByteWriter } from "./bytes.js";

/** Payloads about windows of what pins read; the twin of firmware/sampling.c. firmware/PROTOCOL.md has the bytes. */

/** How a device cuts moments into windows, and how far it is. */
export interface DeviceWindows {
  /** Moments. */
  readonly window: number;
  readonly hop: number;
  /** Windows. */
  readonly average: number;
  readonly wins: number;
  readonly of: number;
  /** Since the windows began: at a reset, and when a host begins to bring moments or has gone silent. */
  readonly moments: number;
  readonly inferred: number;
  /** Whole windows that were not inferred: the one before took too long. */
  readonly leftOut: number;
  /** Moments that were not read: the one before took too long. */
  readonly lost: number;
}

/** What a moment that the host brought came to. */
export interface MomentAnswer {
  readonly moments: number;
  /** Windows inferred. */
  readonly inferred: number;
  /** Of the output pins. */
  readonly levels: readonly number[];
  /** Of the window that became whole with this moment; undefined where none did. */
  readonly output: Int8Array | undefined;
  /** Undefined also while there are not enough outputs to average. */
  readonly average: Int8Array | undefined;
}

/** In the place of a reading: what the pin has. */
const AS_IT_READS = 0xffff;

export function encodeDeviceWindows(windows: DeviceWindows): Uint8Array {
  const { window, hop, average, wins, of, moments, inferred, leftOut, lost } = windows;
  return new ByteWriter()
    .u16(window)
    .u16(hop)
    .u8(average)
    .u8(wins)
    .u8(of)
    .u32(moments)
    .u32(inferred)
    .u32(leftOut)
    .u32(lost)
    .finish();
}

export function decodeDeviceWindows(payload: Uint8Array): DeviceWindows {
  const reader = new ByteReader("windows", payload);
  const cut = { window: reader.u16(), hop: reader.u16() };
  const judged = { average: reader.u8(), wins: reader.u8(), of: reader.u8() };
  const done = { moments: reader.u32(), inferred: reader.u32(), leftOut: reader.u32(), lost: reader.u32() };
  reader.expectEnd();
  return { ...cut, ...judged, ...done };
}

/**
 * @param position of the moment, 0 for the first
 * @param readings one for each input pin; undefined: what it reads
 */
export function encodeMoment(position: number, readings: readonly (number | undefined)[]): Uint8Array {
  const writer = new ByteWriter().u32(position);
  for (const reading of readings) writer.u16(reading ?? AS_IT_READS);
  return writer.finish();
}

export function encodeMomentAnswer({ moments, inferred, levels, output, average }: MomentAnswer): Uint8Array {
  const tensors = [output, average].filter((values) => values !== undefined);
  const writer = new ByteWriter().u32(moments).u32(inferred).u8(tensors.length).u8(levels.length);
  for (const level of levels) writer.u8(level);
  for (const values of tensors) writer.bytes(new Uint8Array(values));
  return writer.finish();
}

export function decodeMomentAnswer(payload: Uint8Array): MomentAnswer {
  const reader = new ByteReader("answer to a moment", payload);
  const [moments, inferred, tensors, pins] = [reader.u32(), reader.u32(), reader.u8(), reader.u8()];
  const levels = Array.from({ length: pins }, () => reader.u8());
  const [output, average] = [0, 1].map((index) =>
    index < tensors
      ? new Int8Array(reader.bytes(Math.floor((payload.length - 10 - pins) / tensors)))
      : undefined,
  );
  reader.expectEnd();
  return { moments, inferred, levels, output, average };
}
