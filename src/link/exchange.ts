import { UserError } from "../errors.js";
import { faultError } from "./faultReport.js";
import { encodeFrame, type Frame, FrameDecoder, type FrameHeader } from "./frame.js";
import type { Line } from "./line.js";
import { ANSWER_BIT, DEVICE_ERRORS, decodeFault, MessageType } from "./messages.js";

export const DEFAULT_TIMEOUT_MS = 2000;
export const DEFAULT_TRIES = 3;
/** After a broken frame: long enough for its remaining pieces, much shorter than a timeout. */
const BROKEN_FRAME_PATIENCE_MS = 200;

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

export interface DeviceOptions {
  /** How long a device may think, besides the time the bytes take on the line. Default 2000. */
  readonly timeoutMs?: number;
  /** How often a request is sent before giving up. Default 3. */
  readonly tries?: number;
  /** The image that runs, named in the hint of a fault. */
  readonly elf?: string;
}

export interface Request {
  /** What messages call it. */
  readonly what: string;
  readonly type: number;
  readonly payload: Uint8Array;
  /** The device's time to think, each try; default `timeoutMs`. */
  readonly thinkMs?: number;
  readonly tries?: number;
}

/** A device answered with an error. */
export class DeviceRefusal extends UserError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A request that waits for its answer. */
interface Pending extends Request {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** From a try to the next, if nothing comes. */
  readonly waitMs: number;
  readonly maxTries: number;
  /** Broken frames that had come when it was first sent. */
  readonly brokenBefore: number;
  readonly resolve: (payload: Uint8Array) => void;
  readonly reject: (reason: Error) => void;
  tries: number;
  deadline: NodeJS.Timeout;
  /** The latest try's answer has begun to come in, and the deadline was moved to its end. */
  isAnswering: boolean;
}

/** One request after the other over a line: repeats, timeouts, and the reports of faults. */
export class Exchange {
  /** The device said that it would start anew, or reported a fault, and has not answered since. */
  isRestarting = false;

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
  private broken: Error | undefined;
  private nextId = 1;

  constructor(
    private readonly line: Line,
    private readonly options: DeviceOptions,
  ) {
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.tries = options.tries ?? DEFAULT_TRIES;
    line.listen(
      (bytes) => this.receive(bytes),
      (reason) => this.break(reason),
    );
  }

  get statistics(): LinkStatistics {
    return { ...this.counts, brokenFrames: this.decoder.brokenFrames };
  }

  /** Sends it, again if need be, and gives the payload of its answer. One at a time. */
  ask(request: Request): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.broken !== undefined) {
        reject(this.broken);
        return;
      }
      const id = this.nextId;
      this.nextId = id === 0xffff ? 1 : id + 1; // 0 in a fault report means that no request was worked on
      const bytes = encodeFrame({ type: request.type, status: 0, id, payload: request.payload });
      const waitMs = (request.thinkMs ?? this.timeoutMs) + this.lineMs(bytes.length);
      this.pending = {
        ...request,
        id,
        bytes,
        waitMs,
        maxTries: request.tries ?? this.tries,
        brokenBefore: this.decoder.brokenFrames,
        resolve,
        reject,
        tries: 1,
        deadline: setTimeout(() => this.repeat(), waitMs),
        isAnswering: false,
      };
      this.counts.requests++;
      this.send(this.pending);
    });
  }

  /** Twice the bare time of the bytes: a line, and an emulated one most of all, is not always busy. */
  private lineMs(byteCount: number): number {
    return Math.ceil((2000 * byteCount) / this.line.bytesPerSecond);
  }

  private send(pending: Pending): void {
    this.counts.bytesSent += pending.bytes.length;
    this.counts.payloadBytesSent += pending.payload.length;
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
    pending.isAnswering = false;
    pending.deadline = setTimeout(() => this.repeat(), pending.waitMs);
    this.counts.retries++;
    this.send(pending);
  }

  private noAnswer(pending: Pending): UserError {
    const brokenFrames = this.decoder.brokenFrames - pending.brokenBefore;
    if (brokenFrames > 0) {
      return new UserError(
        `no whole answer to ${pending.what} from ${this.line.name} after ${pending.tries} tries; ` +
          `${brokenFrames} broken frames came`,
        "check the baud rate (115200), the ground wire and the cable's length",
      );
    }
    const waitedMs = pending.tries * pending.waitMs;
    const heard = this.counts.bytesReceived === 0 ? "" : ` (${this.counts.bytesReceived} bytes came before)`;
    return new UserError(
      `no answer to ${pending.what} from ${this.line.name} in ${waitedMs} ms after ${pending.tries} tries${heard}`,
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
    const pending = this.pending;
    if (pending === undefined) return;
    if (this.decoder.brokenFrames > brokenBefore) {
      this.postpone(pending, BROKEN_FRAME_PATIENCE_MS);
    } else if (!pending.isAnswering && this.isAnswer(pending, this.decoder.header)) {
      pending.isAnswering = true;
      this.postpone(pending, pending.waitMs + this.lineMs(this.decoder.header!.payloadBytes));
    }
  }

  private postpone(pending: Pending, waitMs: number): void {
    clearTimeout(pending.deadline);
    pending.deadline = setTimeout(() => this.repeat(), waitMs);
  }

  private isAnswer(pending: Pending, header: FrameHeader | undefined): boolean {
    return header?.id === pending.id && header.type === (pending.type | ANSWER_BIT);
  }

  private take(frame: Frame): void {
    const pending = this.pending;
    if (frame.type === MessageType.fault) {
      this.isRestarting = true;
      if (pending !== undefined) this.settle().reject(this.readFault(frame));
    } else if (pending !== undefined && this.isAnswer(pending, frame)) {
      this.isRestarting = false;
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
      return faultError(this.line.name, decodeFault(frame.payload), this.options.elf);
    } catch (error) {
      return error as Error;
    }
  }

  private refusal(pending: Pending, status: number): UserError {
    const meaning = DEVICE_ERRORS.get(status) ?? "an error this pinfer does not know";
    return new DeviceRefusal(
      status,
      `${this.line.name} refused ${pending.what}: ${meaning} (${status}); ${pending.payload.length} payload bytes were sent`,
    );
  }

  /** Rejects what waits, and whatever is asked from now on. */
  break(reason: Error): void {
    this.broken ??= reason;
    if (this.pending !== undefined) this.settle().reject(this.broken);
  }
}
