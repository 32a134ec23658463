import { type Clock, systemClock } from "../base/clock.js";

/** How often is looked whether time has passed in which nobody could work. */
const SLICE_MS = 50;
/** However busy the computer is, of the time that passes at least this part counts, so that a wait ends. */
const LEAST_SHARE = 1 / 16;

/**
 * A time limit on a busy computer: calls `onEnd` after `limitMs` in which both sides could work.
 *
 * Time in which this process was not run does not count: a slice that took much longer than asked for counts as two.
 * Nor does time in which the other side, an emulator on the same computer, stood ready and was not run (`stolenMs`). A
 * side that computes for ever, and one that sleeps for ever, do reach the limit.
 */
export class Patience {
  private leftMs = 0;
  private sliceStart = 0;
  private stolenBefore = 0;
  private sliceMs = 0;
  private cancelSlice = (): void => undefined;

  /**
   * @param stolenMs for how long the other side has not been run since it began, though it stood ready
   * @param clock calls after what came in time has been read, however late it is itself
   */
  constructor(
    limitMs: number,
    private readonly stolenMs: () => number,
    private readonly onEnd: () => void,
    private readonly clock: Clock = systemClock,
  ) {
    this.renew(limitMs);
  }

  /** Ends after so much from now, if it has not ended. */
  renew(limitMs: number): void {
    this.cancel();
    this.leftMs = limitMs;
    this.sliceStart = this.clock.now();
    this.stolenBefore = this.stolenMs();
    this.startSlice();
  }

  /** Ends at the latest after so much more. */
  shorten(limitMs: number): void {
    if (limitMs < this.leftMs) this.renew(limitMs);
  }

  cancel(): void {
    this.cancelSlice();
  }

  private startSlice(): void {
    this.sliceMs = Math.min(SLICE_MS, this.leftMs);
    this.cancelSlice = this.clock.after(this.sliceMs, () => this.endSlice());
  }

  private endSlice(): void {
    const now = this.clock.now();
    const stolen = this.stolenMs();
    const passedMs = now - this.sliceStart;
    const usableMs = Math.max(passedMs - (stolen - this.stolenBefore), passedMs * LEAST_SHARE);
    this.leftMs -= Math.min(usableMs, 2 * this.sliceMs);
    this.sliceStart = now;
    this.stolenBefore = stolen;
    if (this.leftMs <= 0) this.onEnd();
    else this.startSlice();
  }
}
