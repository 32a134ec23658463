import { setImmediate as turn } from "node:timers/promises";
import type { Line } from "../../../src/link/line.js";
import type { PassingTime } from "./passingTime.js";

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

  constructor(private readonly time: PassingTime) {}

  deliver(pieces: readonly Piece[], reach: (bytes: Uint8Array) => void): void {
    const arrive = (bytes: Uint8Array): void => {
      this.time.arrivals++;
      reach(bytes);
    };
    for (const { bytes, afterMs = 0, isOvertaken } of pieces) {
      if (isOvertaken) {
        this.time.clock.after(afterMs, () => arrive(bytes));
        continue;
      }
      if (this.isIdle && afterMs === 0) {
        arrive(bytes);
        continue;
      }
      this.isIdle = false;
      const latest = this.ready.then(async () => {
        await this.passed(afterMs);
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

  private passed(ms: number): Promise<void> {
    return ms === 0 ? turn() : new Promise((resolve) => void this.time.clock.after(ms, resolve));
  }
}

/** A line on which bytes come to harm when told so, and whose other end can be exchanged. */
export class FaultyLine implements Line {
  readonly name = "the line under fire";
  readonly bytesPerSecond: number;
  /** Faults that bytes have met. */
  strikes = 0;

  private readonly lanes: Readonly<Record<Direction, Lane>>;
  private armed: { direction: Direction; fault: ByteFault; chunksBefore: number } | undefined;
  private end: Line;
  private onBytes: (bytes: Uint8Array) => void = () => undefined;
  private onBroken: (reason: Error) => void = () => undefined;

  constructor(
    private readonly openEnd: () => Line,
    time: PassingTime,
  ) {
    this.lanes = { sent: new Lane(time), received: new Lane(time) };
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
    this.end = this.openEnd();
    this.hear(this.end);
    await old.close();
  }

  /** Ends the device. */
  breakEnd(): Promise<void> {
    return this.end.close();
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
