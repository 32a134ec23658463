import { ManualClock } from "../../support/clock.js";
import { untilIdleBelow } from "../../support/idle.js";

/**
 * The time of a line and of the hosts at one end of it. It passes only while somebody waits, and only when the device at
 * the other end, a process of its own, has nothing left to do: so nothing is late but by a fault.
 */
export class PassingTime {
  readonly clock = new ManualClock();
  /** Bytes that have arrived somewhere: while there are, time does not pass. */
  arrivals = 0;

  private waiting = 0;
  private isRunning = false;

  async during<T>(promise: Promise<T>): Promise<T> {
    this.waiting++;
    if (!this.isRunning) void this.run();
    try {
      return await promise;
    } finally {
      this.waiting--;
    }
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.waiting > 0) {
      const { arrivals } = this;
      await untilIdleBelow(() => this.waiting === 0);
      if (this.waiting > 0 && arrivals === this.arrivals) this.clock.passToNext();
    }
    this.isRunning = false;
  }
}
