import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../src/base/clock.js";

/** As the system has it: else a wait that halves itself would never end. */
const LEAST_MS = 1;

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  private time = 0;
  private timers: Timer[] = [];

  now(): number {
    return this.time;
  }

  after(milliseconds: number, call: () => void): () => void {
    const timer = { at: this.time + Math.max(LEAST_MS, milliseconds), call };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  /** Calls what is due meanwhile, each at its time. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.timers = this.timers.filter((each) => each !== next);
      this.time = Math.max(this.time, next.at);
      next.call();
    }
    this.time = end;
  }

  /** Until something is due, which is called. */
  passToNext(): void {
    const next = Math.min(...this.timers.map(({ at }) => at));
    if (next !== Number.POSITIVE_INFINITY) this.pass(next - this.time);
  }

  /** The same as `pass`, and whoever waits for a promise that a call settled goes on before the next one. */
  async passInTurns(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      await turn();
      const next = Math.min(end, ...this.timers.map(({ at }) => at));
      this.pass(next - this.time);
      if (next === end) return turn();
    }
  }

  /** The system ran others for so long: what is due then is late. */
  stall(milliseconds: number): void {
    this.time += milliseconds;
  }
}
