import { openPort } from "../link/openPort.js";
import type { ControlLines, Port } from "../link/port.js";
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
 * @param name as `readPortName` takes it
 * @throws UserError when the port is missing, in use, or not ours to open.
 */
export async function openSerialLoader(name: string, baudRate: number): Promise<SerialLoader> {
  return new PortLoader(await openPort(name, { baudRate, parity: "even" }), baudRate);
}

class PortLoader implements SerialLoader {
  private received: Buffer = Buffer.alloc(0);
  private broken: Error | undefined;
  /** Called when more has come. */
  private wake: () => void = () => undefined;
  /** When the bytes that were written last have left the wire. */
  private sentAt = 0;

  constructor(
    private readonly port: Port,
    private readonly baudRate: number,
  ) {
    port.listen(
      (bytes) => {
        this.received = Buffer.concat([this.received, bytes]);
        this.wake();
      },
      (reason) => {
        this.broken ??= reason;
        this.wake();
      },
    );
  }

  get name(): string {
    return this.port.name;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.broken !== undefined) throw this.broken;
    await this.port.write(bytes);
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
    return this.port.set(lines);
  }

  close(): Promise<void> {
    return this.port.close();
  }

  private wireMs(byteCount: number): number {
    return (1000 * BITS_PER_BYTE * byteCount) / this.baudRate;
  }
}
