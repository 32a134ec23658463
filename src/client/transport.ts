import { UserError } from "../base/errors.js";
import type { Line } from "../link/line.js";

/** Bytes both ways between a program and a device: a serial port, a process, or whatever else carries them in order. */
export interface Transport {
  /** What messages call it. */
  readonly name: string;
  /** How fast bytes travel, for time limits; default that of 115200 baud. Changes with the rate. */
  readonly bytesPerSecond?: number;
  /** What came in next, at least one byte; undefined when nothing will come any more. Not called before it has resolved. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when the transport can take more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Goes over to another rate, once all that was written has left. Only transports that have one. */
  setBaud?(baud: number): Promise<void>;
  /** A read that waits resolves, or rejects. */
  close(): Promise<void>;
  /** For how long the other side, a process on this computer, has stood ready and was not run. */
  stolenMs?(): number;
}

/** 10 bits a byte. */
const DEFAULT_BYTES_PER_SECOND = 11_520;

/** A transport as the link wants it: bytes are told when they come, and so is its end. */
export function lineOf(transport: Transport): Line {
  let written: Promise<unknown> = Promise.resolve();
  let tellBroken = (_: Error): void => undefined;
  const fail = (reason: unknown): void =>
    tellBroken(reason instanceof Error ? reason : new Error(String(reason)));
  return {
    name: transport.name,
    get bytesPerSecond() {
      return transport.bytesPerSecond ?? DEFAULT_BYTES_PER_SECOND;
    },
    ...(transport.setBaud !== undefined && {
      setBaud: async (baud: number) => {
        await written;
        await transport.setBaud!(baud);
      },
    }),
    write: (bytes) => {
      written = written.then(() => transport.write(bytes)).catch(fail);
    },
    listen: (onBytes, onBroken) => {
      tellBroken = onBroken;
      readAll(transport, onBytes).catch(fail);
    },
    stolenMs: () => transport.stolenMs?.() ?? 0,
    close: () => transport.close(),
  };
}

async function readAll(transport: Transport, onBytes: (bytes: Uint8Array) => void): Promise<never> {
  for (;;) {
    const bytes = await transport.read();
    if (bytes === undefined) throw new UserError(`${transport.name} ended`, "open it again");
    onBytes(bytes);
  }
}
