import { UserError } from "../base/errors.js";
import { FIRST_BAUD } from "../link/line.js";
import type { Transport } from "./transport.js";

interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
  releaseLock(): void;
}

interface Writer {
  write(bytes: Uint8Array): Promise<void>;
  abort(): Promise<void>;
  releaseLock(): void;
}

/** What is used of a browser's SerialPort. Source: Web Serial API, WICG draft, "SerialPort interface". */
export interface WebSerialPort {
  /** null while the port is closed, and once the device is gone. */
  readonly readable: { getReader(): Reader } | null;
  readonly writable: { getWriter(): Writer } | null;
  open(options: { baudRate: number; bufferSize?: number }): Promise<void>;
  close(): Promise<void>;
}

export interface WebSerialOptions {
  /** Default 115200, which the firmware speaks. */
  readonly baudRate?: number;
}

/** The browser's own is 255: a page that is busy for 22 ms would lose bytes. */
const BUFFER_BYTES = 1 << 16;
const BITS_PER_BYTE = 10;

/**
 * A port that `navigator.serial.requestPort()` gave. It is opened unless it is open already, and closed with the
 * transport.
 *
 * @throws UserError when the browser cannot open it
 */
export async function webSerialTransport(
  port: WebSerialPort,
  { baudRate = FIRST_BAUD }: WebSerialOptions = {},
): Promise<Transport> {
  if (port.readable === null) {
    await port.open({ baudRate, bufferSize: BUFFER_BYTES }).catch((cause: Error) => {
      throw new UserError(
        `the browser cannot open the serial port: ${cause.message}`,
        "close what else has it open: another page, a terminal program, `pinfer`",
        { cause },
      );
    });
  }
  return new WebSerialTransport(port, baudRate / BITS_PER_BYTE);
}

class WebSerialTransport implements Transport {
  readonly name = "the serial port";
  private reader: Reader | undefined;
  private writer: Writer | undefined;
  private isClosed = false;

  constructor(
    private readonly port: WebSerialPort,
    readonly bytesPerSecond: number,
  ) {}

  /**
   * A framing error or an overrun ends a stream, and the port has a new one: what was lost the link asks for again. Once
   * the device is gone there is none.
   */
  async read(): Promise<Uint8Array | undefined> {
    for (let ended: unknown; ; ) {
      const { readable } = this.port;
      if (this.isClosed) return undefined;
      if (readable === null || readable === ended) throw gone();
      this.reader ??= readable.getReader();
      try {
        const { done, value } = await this.reader.read();
        return done ? undefined : value;
      } catch {
        ended = readable;
        this.reader.releaseLock();
        this.reader = undefined;
      }
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { writable } = this.port;
    if (writable === null) throw gone();
    this.writer = writable.getWriter();
    try {
      await this.writer.write(bytes);
    } finally {
      this.writer?.releaseLock();
      this.writer = undefined;
    }
  }

  /** A port does not close while somebody holds its streams. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.writer?.abort().catch(() => undefined);
    this.writer?.releaseLock();
    this.writer = undefined;
    await this.reader?.cancel().catch(() => undefined);
    this.reader?.releaseLock();
    this.reader = undefined;
    if (this.port.readable !== null || this.port.writable !== null) await this.port.close();
  }
}

function gone(): UserError {
  return new UserError("the serial port went away", "check the cable, and that the board has power");
}
