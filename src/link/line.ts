/** What a link begins with; both sides may raise it. */
export const FIRST_BAUD = 115_200;

/** Bytes both ways: a serial port, or a process's standard input and output. */
export interface Line {
  /** What messages call it: the port's path. */
  readonly name: string;
  /** How fast bytes travel, for timeouts; changes with the rate. */
  readonly bytesPerSecond: number;
  /** Queues the bytes; the line sends them in order. */
  write(bytes: Uint8Array): void;
  /** Sets who takes what comes in, and who is told that the line broke. Called once, before the first write. */
  listen(onBytes: (bytes: Uint8Array) => void, onBroken: (reason: Error) => void): void;
  /** For how long the other side, a process on this computer, has stood ready and was not run. */
  stolenMs?(): number;
  /** Goes over to another rate, once all that was written has left. Only lines that have one. */
  setBaud?(baud: number): Promise<void>;
  close(): Promise<void>;
}
