import {
  brokenError,
  type ControlLines,
  closePort,
  openPort,
  type SerialPort,
  setLines,
} from "../link/serialPort.js";
import type { BootloaderLine } from "./bootloaderLine.js";

/** A serial port with a loader behind it. */
export interface SerialLoader extends BootloaderLine, ControlLines {
  close(): Promise<void>;
}

/** Start bit, 8 data bits, parity, stop bit. */
const BITS_PER_BYTE = 11;

/**
 * Opens a port as the ROM bootloader wants it: 8 data bits, even parity, 1 stop bit. AN3155 §2.
 *
 * @throws UserError when the port is missing, in use, or not ours to open.
 */
export async function openSerialLoader(path: string, baudRate: number): Promise<SerialLoader> {
  return new PortLoader(path, await openPort(path, { baudRate, parity: "even" }), baudRate);
}

class PortLoader implements SerialLoader {
  private received: Buffer = Buffer.alloc(0);
  private broken: Error | undefined;
  /** Called when more has come. */
  private wake: () => void = () => undefined;
  /** When the bytes that were written last have left the wire. */
  private sentAt = 0;

  constructor(
    readonly name: string,
    private readonly port: SerialPort,
    private readonly baudRate: number,
  ) {
    port.on("data", (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.wake();
    });
    const breakOff = (error?: Error | null) => {
      this.broken ??= brokenError(name, error);
      this.wake();
    };
    port.on("error", breakOff);
    port.on("close", breakOff);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.broken !== undefined) throw this.broken;
    await new Promise<void>((resolve, reject) => {
      this.port.write(bytes, (error) => (error ? reject(brokenError(this.name, error)) : resolve()));
    });
    this.sentAt = Math.max(this.sentAt, performance.now()) + this.wireMs(bytes.length);
  }

  async read(count: number, timeoutMs: number): Promise<Uint8Array> {
    // Twice the bare time: a line, and an emulated one most of all, is not always busy.
    const end = Math.max(this.sentAt, performance.now()) + timeoutMs + 2 * this.wireMs(count);
    while (this.received.length < count) {
      if (this.broken !== undefined) throw this.broken;
      const leftMs = end - performance.now();
      if (leftMs <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const bytes = this.received.subarray(0, count);
    this.received = this.received.subarray(bytes.length);
    return bytes;
  }

  discard(): void {
    this.received = Buffer.alloc(0);
  }

  set(lines: { rts?: boolean; dtr?: boolean; brk?: boolean }): Promise<void> {
    return setLines(this.port, lines);
  }

  close(): Promise<void> {
    return closePort(this.port);
  }

  private wireMs(byteCount: number): number {
    return (1000 * BITS_PER_BYTE * byteCount) / this.baudRate;
  }
}
