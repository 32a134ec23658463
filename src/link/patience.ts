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
  private timer: NodeJS.Timeout | undefined;
  private ending: NodeJS.Immediate | undefined;

  /** @param stolenMs for how long the other side has not been run since it began, though it stood ready */
  constructor(
    limitMs: number,
    private readonly stolenMs: () => number,
    private readonly onEnd: () => void,
  ) {
    this.renew(limitMs);
  }

  /** Ends after so much from now, if it has not ended. */
  renew(limitMs: number): void {
    this.cancel();
    this.leftMs = limitMs;
    this.sliceStart = performance.now();
    this.stolenBefore = this.stolenMs();
    this.startSlice();
  }

  /** Ends at the latest after so much more. */
  shorten(limitMs: number): void {
    if (limitMs < this.leftMs) this.renew(limitMs);
  }

  cancel(): void {
    clearTimeout(this.timer);
    clearImmediate(this.ending);
  }

  private startSlice(): void {
    this.sliceMs = Math.min(SLICE_MS, this.leftMs);
    this.timer = setTimeout(() => this.endSlice(), this.sliceMs);
  }

  private endSlice(): void {
    const now = performance.now();
    const stolen = this.stolenMs();
    const passedMs = now - this.sliceStart;
    const usableMs = Math.max(passedMs - (stolen - this.stolenBefore), passedMs * LEAST_SHARE);
    this.leftMs -= Math.min(usableMs, 2 * this.sliceMs);
    this.sliceStart = now;
    this.stolenBefore = stolen;
    // Bytes that came while this process was not run are read between a timer and an immediate.
    if (this.leftMs <= 0) this.ending = setImmediate(this.onEnd);
    else this.startSlice();
  }
}
