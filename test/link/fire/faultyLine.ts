import type { Line } from "../../../src/link/line.js";

/** Bytes, and how long after those before them they arrive. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly afterMs?: number;
  /** What comes behind it does not wait for it. */
  readonly isOvertaken?: boolean;
}

/** What becomes of bytes on their way. */
export type ByteFault = (bytes: Uint8Array) => readonly Piece[];

export type Direction = "sent" | "received";

/** One way of a line: bytes arrive in their order, some of them late. */
class Lane {
  private ready: Promise<void> = Promise.resolve();
  private isIdle = true;

  deliver(pieces: readonly Piece[], arrive: (bytes: Uint8Array) => void): void {
    for (const { bytes, afterMs = 0, isOvertaken } of pieces) {
      if (isOvertaken) {
        setTimeout(() => arrive(bytes), afterMs);
        continue;
      }
      if (this.isIdle && afterMs === 0) {
        arrive(bytes);
        continue;
      }
      this.isIdle = false;
      const latest = this.ready.then(async () => {
        await passed(afterMs);
        arrive(bytes);
        if (this.ready === latest) this.isIdle = true;
      });
      this.ready = latest;
    }
  }

  /** All that was delivered has arrived, but for what may be overtaken. */
  async quiet(): Promise<void> {
    while (!this.isIdle) await this.ready;
  }
}

/** At once is no timer: on a busy computer each of them may take as long as a try. */
function passed(ms: number): Promise<unknown> {
  return new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));
}

/** A line on which bytes come to harm when told so, and whose other end can be exchanged. */
export class FaultyLine implements Line {
  readonly name = "the line under fire";
  readonly bytesPerSecond: number;
  /** Faults that bytes have met. */
  strikes = 0;

  private readonly lanes = { sent: new Lane(), received: new Lane() };
  private armed: { direction: Direction; fault: ByteFault; chunksBefore: number } | undefined;
  private end: Line;
  /** Of the ends before this one. */
  private stolenBefore = 0;
  private onBytes: (bytes: Uint8Array) => void = () => undefined;
  private onBroken: (reason: Error) => void = () => undefined;

  constructor(private readonly openEnd: () => Line) {
    this.end = openEnd();
    this.bytesPerSecond = this.end.bytesPerSecond;
    this.hear(this.end);
  }

  /** The fault meets the next bytes that pass in this direction, after so many others. */
  arm(direction: Direction, fault: ByteFault, chunksBefore: number): void {
    this.armed = { direction, fault, chunksBefore };
  }

  disarm(): void {
    this.armed = undefined;
  }

  write(bytes: Uint8Array): void {
    // The end may be exchanged before late bytes arrive: they arrive at the new one, as on a wire.
    this.lanes.sent.deliver(this.strike("sent", bytes), (piece) => this.end.write(piece));
  }

  listen(onBytes: (bytes: Uint8Array) => void, onBroken: (reason: Error) => void): void {
    this.onBytes = onBytes;
    this.onBroken = onBroken;
  }

  /** Delivers bytes at the end as it is now, whatever waits on the line. */
  writeNow(bytes: Uint8Array): void {
    this.end.write(bytes);
  }

  /** Another device in place of the present one, which forgets what it was about to say. */
  async exchangeEnd(): Promise<void> {
    const old = this.end;
    this.stolenBefore = this.stolenMs();
    this.end = this.openEnd();
    this.hear(this.end);
    await old.close();
  }

  /** Ends the device. */
  breakEnd(): Promise<void> {
    return this.end.close();
  }

  stolenMs(): number {
    return this.stolenBefore + (this.end.stolenMs?.() ?? 0);
  }

  /** What the faults held back on the line has arrived. */
  async quiet(): Promise<void> {
    await this.lanes.sent.quiet();
    await this.lanes.received.quiet();
  }

  close(): Promise<void> {
    return this.end.close();
  }

  private hear(end: Line): void {
    end.listen(
      (bytes) => {
        if (end !== this.end) return;
        this.lanes.received.deliver(this.strike("received", bytes), (piece) => this.onBytes(piece));
      },
      (reason) => {
        if (end === this.end) this.onBroken(reason);
      },
    );
  }

  private strike(direction: Direction, bytes: Uint8Array): readonly Piece[] {
    if (this.armed?.direction !== direction) return [{ bytes }];
    if (this.armed.chunksBefore > 0) {
      this.armed = { ...this.armed, chunksBefore: this.armed.chunksBefore - 1 };
      return [{ bytes }];
    }
    const { fault } = this.armed;
    this.armed = undefined;
    this.strikes++;
    return fault(bytes);
  }
}
