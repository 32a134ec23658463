import type { Line } from "../../src/link/line.js";

/**
 * A browser's SerialPort before a device: its streams are made, end and are locked as the specification has it.
 *
 * Source: Web Serial API, WICG draft: open(), readable, writable, close().
 */
export class FakeSerialPort {
  /** With what it was opened. */
  options: { baudRate: number; bufferSize?: number } | undefined;
  private state: "closed" | "opened" = "closed";
  private isGone = false;
  private stream: ReadableStream<Uint8Array> | null = null;
  private sink: WritableStream<Uint8Array> | null = null;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private line: Line | undefined;

  constructor(private readonly device: () => Line) {}

  async open(options: { baudRate: number; bufferSize?: number }): Promise<void> {
    if (this.state !== "closed") throw new DOMException("The port is already open.", "InvalidStateError");
    if (this.isGone) throw new DOMException("Failed to open serial port.", "NetworkError");
    this.options = options;
    this.state = "opened";
    this.line = this.device();
    this.line.listen(
      (bytes) => this.controller?.enqueue(bytes),
      () => undefined,
    );
  }

  get readable(): ReadableStream<Uint8Array> | null {
    if (this.state !== "opened" || this.isGone) return null;
    this.stream ??= new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.controller = controller;
      },
      cancel: () => {
        this.stream = null;
      },
    });
    return this.stream;
  }

  get writable(): WritableStream<Uint8Array> | null {
    if (this.state !== "opened" || this.isGone) return null;
    this.sink ??= new WritableStream<Uint8Array>({
      write: (bytes) => this.line?.write(bytes),
      abort: () => {
        this.sink = null;
      },
    });
    return this.sink;
  }

  /** Streams that somebody holds reject: the port stays open then. */
  async close(): Promise<void> {
    if (this.state !== "opened") throw new DOMException("The port is already closed.", "InvalidStateError");
    await Promise.all([this.stream?.cancel(), this.sink?.abort()]);
    this.state = "closed";
    await this.line?.close();
  }

  get isOpen(): boolean {
    return this.state === "opened";
  }

  /** Something was wrong on the wire: the stream ends, the port has another. */
  breakFrame(): void {
    const { controller } = this;
    this.stream = null;
    controller?.error(new DOMException("A framing error has been detected.", "FramingError"));
  }

  /** The cable was pulled. */
  async pull(): Promise<void> {
    this.isGone = true;
    this.controller?.error(new DOMException("The device has been lost.", "NetworkError"));
    await this.line?.close();
  }
}
