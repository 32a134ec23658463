import type { UserError } from "../base/errors.js";
import type { DeviceOptions, LinkStatistics } from "./deviceOptions.js";
import { faultError } from "./faultReport.js";
import { encodeFrame, encodeWithCrc, type Frame, FrameDecoder, type FrameHeader } from "./frame.js";
import type { Line } from "./line.js";
import { noAnswer, Refusal } from "./linkErrors.js";
import { LinkRate } from "./linkRate.js";
import { ANSWER_BIT, decodeAnswer, decodeFault, expectProtocolVersion, MessageType } from "./messages.js";
import { Patience } from "./patience.js";

export const DEFAULT_TIMEOUT_MS = 2000;
export const DEFAULT_TRIES = 3;
/** A raised rate is given up when so many tries in a row were not answered. */
const TRIES_AT_RAISED_RATE = 2;
/** After a broken frame: long enough for its remaining pieces, much shorter than a timeout. */
const BROKEN_FRAME_PATIENCE_MS = 200;
/** Before a hello has told more: no answer is longer. */
const DEFAULT_LONGEST_ANSWER = 8192;
/** 0 in a fault report means that no request was worked on. */
const FIRST_ID = 1;
const LAST_ID = 0xffff;

/** What an STM32's ROM loader says to bytes that are no command of it (AN3155 §2). */
const LOADER_ACK = 0x79;
const LOADER_NACK = 0x1f;

export interface Request {
  /** What messages call it. */
  readonly what: string;
  readonly type: number;
  readonly payload: Uint8Array;
  /** The device's time to think, each try; default `timeoutMs`. */
  readonly thinkMs?: number;
  readonly tries?: number;
}

/** What came back, and how the request was named on the line. */
export interface Answer {
  readonly payload: Uint8Array;
  /** CRC-32 of the request's frame. */
  readonly requestCrc: number;
  /** On the line, of request and answer, each once. */
  readonly lineBytes: number;
}

/** A request that waits for its answer. */
interface Pending extends Request {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly crc: number;
  /** From a try to the next, if nothing comes. */
  readonly waitMs: number;
  maxTries: number;
  /** Broken frames that had come when it was made. */
  readonly brokenBefore: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: Error) => void;
  tries: number;
  /** Of `bytes`, in the present try. */
  sentBytes: number;
}

/**
 * Requests over a line, answered in their order: repeats, time limits, and the reports of faults.
 *
 * While the oldest one is worked on, so much of the following ones is sent ahead as the device can hold (`aheadBytes`):
 * the line does not stand still between an answer and the next request, and no byte is lost.
 */
export class Exchange {
  /** The device said that it would start anew, or reported a fault, and has not answered since. */
  isRestarting = false;
  /** Bytes the device holds while it works; 0 until it has told. */
  aheadBytes = 0;
  readonly rate: LinkRate;
  /** Payload bytes; a longer answer is none. */
  longestAnswer = DEFAULT_LONGEST_ANSWER;

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
  /** The oldest first. */
  private readonly waiting: Pending[] = [];
  /** Runs while there is an oldest request, for it. */
  private patience: Patience | undefined;
  /** The oldest one's answer has begun to come in, and its time was lengthened to the answer's end. */
  private isAnswering = false;
  private broken: Error | undefined;
  private nextId = FIRST_ID;
  /** Something has come that no ROM loader says. */
  private heardOther = false;

  constructor(
    private readonly line: Line,
    private readonly options: DeviceOptions,
  ) {
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.tries = options.tries ?? DEFAULT_TRIES;
    this.rate = new LinkRate(line);
    line.listen(
      (bytes) => this.receive(bytes),
      (reason) => this.break(reason),
    );
  }

  /** The line's. */
  get name(): string {
    return this.line.name;
  }

  get statistics(): LinkStatistics {
    return { ...this.counts, brokenFrames: this.decoder.brokenFrames };
  }

  /** Requests get the ids that follow this number: any, for it is their CRC that keeps answers apart. */
  numberFrom(count: number): void {
    this.nextId = FIRST_ID + (count % LAST_ID);
  }

  /** Sends it as soon as the device can take it, again if need be. */
  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.broken !== undefined) {
        reject(this.broken);
        return;
      }
      const id = this.nextId;
      this.nextId = id === LAST_ID ? FIRST_ID : id + 1;
      const { type, payload } = request;
      const { bytes, crc } = encodeWithCrc({ type, status: 0, id, payload });
      this.waiting.push({
        ...request,
        id,
        bytes,
        crc,
        waitMs: (request.thinkMs ?? this.timeoutMs) + this.lineMs(bytes.length),
        maxTries: request.tries ?? this.tries,
        brokenBefore: this.decoder.brokenFrames,
        resolve,
        reject,
        tries: 0,
        sentBytes: 0,
      });
      this.counts.requests++;
      if (this.waiting.length === 1) this.turnToOldest();
      else this.sendAhead();
    });
  }

  /** Twice the bare time of the bytes: a line, and an emulated one most of all, is not always busy. */
  private lineMs(byteCount: number): number {
    return Math.ceil((2000 * byteCount) / this.line.bytesPerSecond);
  }

  /** The oldest one has changed, or is tried again: its time begins, and all of it goes out. */
  private turnToOldest(): void {
    this.patience?.cancel();
    this.patience = undefined;
    this.isAnswering = false;
    const oldest = this.waiting[0];
    if (oldest === undefined) return;
    this.patience = new Patience(oldest.waitMs, this.stolenMs, () => this.repeat(), this.options.clock);
    this.send(oldest, oldest.bytes.length);
    this.sendAhead();
  }

  private readonly stolenMs = (): number => this.line.stolenMs?.() ?? 0;

  private sendAhead(): void {
    let room = this.aheadBytes;
    for (const pending of this.waiting.slice(1)) {
      if (room <= 0) return;
      this.send(pending, room);
      room -= pending.sentBytes;
    }
  }

  /** Sends it as far as byte `end`. */
  private send(pending: Pending, end: number): void {
    const bytes = pending.bytes.subarray(pending.sentBytes, end);
    if (bytes.length === 0) return;
    if (pending.sentBytes === 0) {
      pending.tries++;
      if (pending.tries > 1) this.counts.retries++;
      this.counts.payloadBytesSent += pending.payload.length;
    }
    pending.sentBytes += bytes.length;
    this.counts.bytesSent += bytes.length;
    this.line.write(bytes);
  }

  /** Sends the oldest request again, with its id: a late answer to the first try is as good. The others follow. */
  private repeat(): void {
    const oldest = this.waiting[0];
    if (oldest === undefined) return;
    if (this.rate.isRaised && !this.rate.isOnTrial && oldest.tries >= TRIES_AT_RAISED_RATE) {
      oldest.maxTries = oldest.tries + this.tries;
      this.giveUpRate().catch((error) => this.break(error));
      return;
    }
    if (oldest.tries >= oldest.maxTries) {
      this.settle(oldest).reject(this.noAnswer(oldest));
      return;
    }
    this.sendAllAgain();
  }

  private sendAllAgain(): void {
    for (const pending of this.waiting) pending.sentBytes = 0;
    this.turnToOldest();
  }

  /** The device may have started anew, or the cable may be too long for the rate. */
  private async giveUpRate(): Promise<void> {
    const { baud } = this.rate;
    await this.rate.fallBack();
    this.options.onFallBack?.(baud);
    this.sendAllAgain();
  }

  private noAnswer({ what, tries, waitMs, brokenBefore }: Pending): UserError {
    const brokenFrames = this.decoder.brokenFrames - brokenBefore;
    const { bytesReceived } = this.counts;
    const isLoader = bytesReceived > 0 && !this.heardOther;
    return noAnswer(this.line.name, { what, tries, waitMs, brokenFrames, bytesReceived, isLoader });
  }

  /** Ends the wait for an answer. */
  private settle(pending: Pending): Pending {
    const place = this.waiting.indexOf(pending);
    this.waiting.splice(place, 1);
    if (place === 0) this.turnToOldest();
    return pending;
  }

  private receive(bytes: Uint8Array): void {
    this.counts.bytesReceived += bytes.length;
    this.heardOther ||= bytes.some((byte) => byte !== LOADER_ACK && byte !== LOADER_NACK);
    const brokenBefore = this.decoder.brokenFrames;
    for (const frame of this.decoder.push(bytes)) this.take(frame);
    const oldest = this.waiting[0];
    const { header } = this.decoder;
    if (oldest === undefined) return;
    if (this.decoder.brokenFrames > brokenBefore) {
      this.patience?.shorten(BROKEN_FRAME_PATIENCE_MS);
    } else if (!this.isAnswering && header !== undefined && this.isAnswer(oldest, header)) {
      if (header.payloadBytes > this.longestAnswer) return;
      this.isAnswering = true;
      this.patience?.renew(oldest.waitMs + this.lineMs(header.payloadBytes));
    }
  }

  private isAnswer(pending: Pending, header: FrameHeader): boolean {
    return header.id === pending.id && header.type === (pending.type | ANSWER_BIT);
  }

  private take(frame: Frame): void {
    if (frame.type === MessageType.fault) {
      this.takeFault(frame);
      return;
    }
    const pending = this.waiting.find((each) => this.isAnswer(each, frame));
    const { payload, requestCrc } = decodeAnswer(frame.payload);
    if (pending === undefined || requestCrc !== pending.crc) {
      this.counts.unexpectedFrames++;
      if (pending?.type === MessageType.hello) this.refuseVersion(pending, frame.payload);
      return;
    }
    this.isRestarting = false;
    this.counts.payloadBytesReceived += payload.length;
    this.sendLostAgain(this.waiting.splice(0, this.waiting.indexOf(pending)));
    this.settle(pending);
    if (frame.status === 0)
      pending.resolve({ payload, requestCrc, lineBytes: pending.bytes.length + encodeFrame(frame).length });
    else pending.reject(new Refusal(this.line.name, pending, frame.status));
  }

  /** Answers come in order, so when one is missing it was lost. Its request follows those that are on their way. */
  private sendLostAgain(lost: readonly Pending[]): void {
    for (const pending of lost) {
      if (pending.tries >= pending.maxTries) {
        pending.reject(this.noAnswer(pending));
        continue;
      }
      pending.sentBytes = 0;
      const firstUnsent = this.waiting.findIndex(({ sentBytes }) => sentBytes === 0);
      this.waiting.splice(firstUnsent < 0 ? this.waiting.length : firstUnsent, 0, pending);
    }
  }

  /** A device of another version may name requests in another way. */
  private refuseVersion(pending: Pending, payload: Uint8Array): void {
    try {
      expectProtocolVersion(payload);
    } catch (error) {
      this.settle(pending).reject(error as Error);
    }
  }

  /** Rejects the request that was worked on; if it is not known, the oldest. */
  private takeFault(frame: Frame): void {
    this.isRestarting = true;
    const { payload, requestCrc } = decodeAnswer(frame.payload);
    const pending =
      this.waiting.find(({ id, crc }) => id === frame.id && crc === requestCrc) ?? this.waiting[0];
    if (pending !== undefined) this.settle(pending).reject(this.readFault(payload));
  }

  private readFault(payload: Uint8Array): Error {
    try {
      return faultError(this.line.name, decodeFault(payload), this.options.elf);
    } catch (error) {
      return error as Error;
    }
  }

  /** Rejects what waits, and whatever is asked from now on. */
  break(reason: Error): void {
    this.broken ??= reason;
    for (const pending of this.waiting.splice(0)) pending.reject(this.broken);
    this.turnToOldest();
  }
}
