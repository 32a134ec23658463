import { ByteReader, ByteWriter } from "./bytes.js";

/** Meaning of the payloads about how a board fares; the twin of firmware/health.c. firmware/PROTOCOL.md has the bytes. */

/** By their numbers on the wire. */
export const resetReasons = [
  "unknown",
  "power",
  "brown-out",
  "pin",
  "software",
  "watchdog",
  "other",
] as const;
export type ResetReason = (typeof resetReasons)[number];

export interface Health {
  /** Why the firmware started; "power" may be a brown-out on chips that do not tell the two apart. */
  readonly resetReason: ResetReason;
  /** It starts anew by itself when the firmware hangs. */
  readonly hasWatchdog: boolean;
  /** Readings of analog pins that the ADC did not give in time; the one before stood for each. */
  readonly analogFaults: number;
  /** Bytes without a stop bit, since reset: noise, or another rate. */
  readonly framingErrors: number;
  /** The link's rate; 0 where it has none. */
  readonly baud: number;
}

/** What of it nobody should overlook. */
export function healthTroubles({ resetReason, analogFaults }: Health): string[] {
  const troubles: string[] = [];
  if (resetReason === "watchdog") troubles.push("its watchdog started the board anew: the firmware had hung");
  if (resetReason === "brown-out")
    troubles.push("the board started after a brown-out: its supply fell too low");
  if (analogFaults > 0)
    troubles.push(
      `${analogFaults} readings of analog pins did not come in time; the one before stood for each`,
    );
  return troubles;
}

export function encodeHealth(health: Health): Uint8Array {
  return new ByteWriter()
    .u8(resetReasons.indexOf(health.resetReason))
    .u8(Number(health.hasWatchdog))
    .u32(health.analogFaults)
    .u32(health.framingErrors)
    .u32(health.baud)
    .finish();
}

export function decodeHealth(payload: Uint8Array): Health {
  const reader = new ByteReader("health", payload);
  const health = {
    resetReason: resetReasons[reader.u8()] ?? "unknown",
    hasWatchdog: reader.u8() !== 0,
    analogFaults: reader.u32(),
    framingErrors: reader.u32(),
    baud: reader.u32(),
  };
  reader.expectEnd();
  return health;
}

export function encodeBaud(baud: number): Uint8Array {
  return new ByteWriter().u32(baud).finish();
}
