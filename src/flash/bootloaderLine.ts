/** Bytes to a loader and back, read as they are asked for. */
export interface BootloaderLine {
  /** What messages call it: the port's path. */
  readonly name: string;
  write(bytes: Uint8Array): Promise<void>;
  /** @returns the next `count` bytes, or as many as came in time */
  read(count: number, timeoutMs: number): Promise<Uint8Array>;
  /** Forgets what has come in and was not read. */
  discard(): void;
}
