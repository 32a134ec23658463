/** The lines of a serial port besides its data. True is asserted: on an adapter's pin that is the low level. */
export interface ControlLines {
  /** All that are not named are asserted, but for the break. */
  set(lines: { rts?: boolean; dtr?: boolean; brk?: boolean }): Promise<void>;
}

export interface PortSettings {
  readonly baudRate: number;
  /** Default none. */
  readonly parity?: "none" | "even";
}

/** An open port: of this computer, or one that a network reaches. */
export interface Port extends ControlLines {
  /** What messages call it, and what opens it again. */
  readonly name: string;
  /** Queues the bytes. @returns once the system has taken them; what breaks the port rejects it */
  write(bytes: Uint8Array): Promise<void>;
  /** Sets who takes what comes in, and who is told that the port went away. Called once. */
  listen(onBytes: (bytes: Uint8Array) => void, onBroken: (reason: Error) => void): void;
  /** Only ports that have a rate, or whose server has. */
  setBaud?(baud: number): Promise<void>;
  close(): Promise<void>;
}
