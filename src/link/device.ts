import { UserError } from "../errors.js";
import { faultError } from "./faultReport.js";
import { encodeFrame, type Frame, FrameDecoder } from "./frame.js";
import type { Line } from "./line.js";
import {
  ANSWER_BIT,
  bytesOf,
  DEVICE_ERRORS,
  decodeChecksum,
  decodeFault,
  decodeHello,
  decodeRunResult,
  encodeChecksum,
  encodeRunLayer,
  type Hello,
  MessageType,
  type RunResult,
} from "./messages.js";

/** Counted since the device was opened. Bytes are those on the line; payload bytes leave out frames' overhead. */
export interface LinkStatistics {
  readonly requests: number;
  /** Requests sent again because no whole answer came. */
  readonly retries: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly payloadBytesSent: number;
  readonly payloadBytesReceived: number;
  /** Frames from the device dropped for their CRC, length or escapes. */
  readonly brokenFrames: number;
  /** Whole frames nobody waited for: late answers. */
  readonly unexpectedFrames: number;
}

/** A board, or the host firmware, that answers over a line. Requests wait for one another. */
export interface Device {
  /** What messages call it: the port's path. */
  readonly name: string;
  readonly statistics: LinkStatistics;
  hello(): Promise<Hello>;
  /** Runs the whole network; `input` int8, flat. */
  run(input: Int8Array): Promise<RunResult>;
  /** Runs layer `index` alone, in order from 0, which takes the input. */
  runLayer(index: number, input?: Int8Array): Promise<RunResult>;
  /** CRC-32 of `byteCount` bytes of flash or RAM. */
  memoryChecksum(address: number, byteCount: number): Promise<number>;
  /** Starts the firmware anew; returns when it has said that it will. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface DeviceOptions {
  /** How long a device may think, besides the time the bytes take on the line. Default 2000. */
  readonly timeoutMs?: number;
  /** How often a request is sent before giving up. Default 3. */
  readonly tries?: number;
  /** The image that runs, named in the hint of a fault. */
  readonly elf?: string;
}

/**
 * Hello is asked this often, for as long in all as any other request: a board that boots, and an emulator that has
 * not noticed yet that its port was opened, lose the first ones.
 */
const HELLO_INTERVAL_MS = 250;

/** After a broken frame: long enough for its remaining pieces, much shorter than a timeout. */
const BROKEN_FRAME_PATIENCE_MS = 200;

const NOTHING = new Uint8Array(0);

interface Pending {
  readonly what: string;
  readonly type: number;
  readonly id: number;
  readonly sentBytes: number;
  readonly bytes: Uint8Array;
  readonly waitMs: number;
  readonly maxTries: number;
  readonly resolve: (payload: Uint8Array) => void;
  readonly reject: (reason: Error) => void;
  /** Broken frames that had come when it was first sent. */
  readonly brokenBefore: number;
  tries: number;
  deadline: NodeJS.Timeout;
}

/** Speaks the protocol over any line. */
export function openDevice(line: Line, options: DeviceOptions = {}): Device {
  return new LineDevice(line, options);
}

class LineDevice implements Device {
  private readonly counts = {
    requests: 0,
    retries: 0,
    bytesSent: 0,
    bytesReceived: 0,
    payloadBytesSent: 0,
    payloadBytesReceived: 0,
    unexpectedFrames: 0,
  };
  private readonly decoder = new FrameDecoder();
  private readonly timeoutMs: number;
  private readonly tries: number;
  private pending: Pending | undefined;
  private latest: Promise<unknown> = Promise.resolve();
  private broken: Error | undefined;
  private nextId = 1;

  constructor(
    private readonly line: Line,
    private readonly options: DeviceOptions,
  ) {
    this.timeoutMs = options.timeoutMs ?? 2000;
    this.tries = options.tries ?? 3;
    line.listen(
      (bytes) => this.receive(bytes),
      (reason) => this.break(reason),
    );
  }

  get name(): string {
    return this.line.name;
  }

  get statistics(): LinkStatistics {
    return { ...this.counts, brokenFrames: this.decoder.brokenFrames };
  }

  async hello(): Promise<Hello> {
    const thinkMs = Math.min(HELLO_INTERVAL_MS, this.timeoutMs);
    const tries = Math.ceil((this.timeoutMs * this.tries) / thinkMs);
    return decodeHello(await this.request("hello", MessageType.hello, NOTHING, 512, thinkMs, tries));
  }

  async run(input: Int8Array): Promise<RunResult> {
    return decodeRunResult(await this.request("run", MessageType.run, bytesOf(input), input.length));
  }

  async runLayer(index: number, input?: Int8Array): Promise<RunResult> {
    const payload = encodeRunLayer(index, input);
    const what = `run layer ${index}`;
    return decodeRunResult(await this.request(what, MessageType.runLayer, payload, 64 * 1024));
  }

  async memoryChecksum(address: number, byteCount: number): Promise<number> {
    const payload = encodeChecksum(address, byteCount);
    return decodeChecksum(await this.request("checksum", MessageType.checksum, payload, 4));
  }

  async reset(): Promise<void> {
    await this.request("reset", MessageType.reset, NOTHING, 0);
  }

  async close(): Promise<void> {
    this.break(new Error(`${this.name} was closed`));
    await this.line.close();
  }

  /** `answerBytes`: about as much as the answer's payload may be, for the timeout. */
  private request(
    what: string,
    type: number,
    payload: Uint8Array,
    answerBytes: number,
    thinkMs = this.timeoutMs,
    maxTries = this.tries,
  ): Promise<Uint8Array> {
    const send = () =>
      new Promise<Uint8Array>((resolve, reject) => {
        if (this.broken !== undefined) {
          reject(this.broken);
          return;
        }
        const id = this.nextId;
        this.nextId = id === 0xffff ? 1 : id + 1; // 0 in a fault report means that no request was worked on
        const bytes = encodeFrame({ type, status: 0, id, payload });
        // Twice the bare time of the bytes: a line, and an emulated one most of all, is not always busy.
        const lineMs = Math.ceil((2000 * (bytes.length + answerBytes)) / this.line.bytesPerSecond);
        const waitMs = thinkMs + lineMs;
        const deadline = setTimeout(() => this.repeat(), waitMs);
        const sentBytes = payload.length;
        this.pending = {
          what,
          type,
          id,
          sentBytes,
          bytes,
          waitMs,
          maxTries,
          resolve,
          reject,
          brokenBefore: this.decoder.brokenFrames,
          tries: 1,
          deadline,
        };
        this.counts.requests++;
        this.send(this.pending);
      });
    const answer = this.latest.then(send);
    this.latest = answer.catch(() => undefined);
    return answer;
  }

  private send(pending: Pending): void {
    this.counts.bytesSent += pending.bytes.length;
    this.counts.payloadBytesSent += pending.sentBytes;
    this.line.write(pending.bytes);
  }

  /** Sends the request again, with its id: a late answer to the first try is as good. */
  private repeat(): void {
    const pending = this.pending;
    if (pending === undefined) return;
    if (pending.tries === pending.maxTries) {
      this.settle().reject(this.noAnswer(pending));
      return;
    }
    pending.tries++;
    pending.deadline = setTimeout(() => this.repeat(), pending.waitMs);
    this.counts.retries++;
    this.send(pending);
  }

  private noAnswer(pending: Pending): UserError {
    const brokenFrames = this.decoder.brokenFrames - pending.brokenBefore;
    if (brokenFrames > 0) {
      return new UserError(
        `no whole answer to ${pending.what} from ${this.name} after ${pending.tries} tries; ` +
          `${brokenFrames} broken frames came`,
        "check the baud rate (115200), the ground wire and the cable's length",
      );
    }
    const heard = this.counts.bytesReceived === 0 ? "" : ` (${this.counts.bytesReceived} bytes came before)`;
    return new UserError(
      `no answer to ${pending.what} from ${this.name} in ${pending.waitMs} ms after ${pending.tries} tries${heard}`,
      "check that the board is powered, flashed and wired to this port (its TX to your RX), and reset it",
    );
  }

  /** Ends the wait for an answer. */
  private settle(): Pending {
    const pending = this.pending!;
    clearTimeout(pending.deadline);
    this.pending = undefined;
    return pending;
  }

  private receive(bytes: Uint8Array): void {
    this.counts.bytesReceived += bytes.length;
    const brokenBefore = this.decoder.brokenFrames;
    for (const frame of this.decoder.push(bytes)) this.take(frame);
    if (this.decoder.brokenFrames > brokenBefore && this.pending !== undefined) {
      clearTimeout(this.pending.deadline);
      this.pending.deadline = setTimeout(() => this.repeat(), BROKEN_FRAME_PATIENCE_MS);
    }
  }

  private take(frame: Frame): void {
    const pending = this.pending;
    if (pending !== undefined && frame.type === MessageType.fault) {
      this.settle().reject(this.readFault(frame));
    } else if (pending?.id === frame.id && frame.type === (pending.type | ANSWER_BIT)) {
      this.counts.payloadBytesReceived += frame.payload.length;
      this.settle();
      if (frame.status === 0) pending.resolve(frame.payload);
      else pending.reject(this.refusal(pending, frame.status));
    } else {
      this.counts.unexpectedFrames++;
    }
  }

  private readFault(frame: Frame): Error {
    try {
      return faultError(this.name, decodeFault(frame.payload), this.options.elf);
    } catch (error) {
      return error as Error;
    }
  }

  private refusal(pending: Pending, status: number): UserError {
    const meaning = DEVICE_ERRORS.get(status) ?? "an error this pinfer does not know";
    return new UserError(
      `${this.name} refused ${pending.what}: ${meaning} (${status}); ${pending.sentBytes} payload bytes were sent`,
    );
  }

  private break(reason: Error): void {
    this.broken ??= reason;
    if (this.pending !== undefined) this.settle().reject(this.broken);
  }
}
