import { setImmediate as turn } from "node:timers/promises";
import type { Rp2040Chip } from "./rp2040Chip.js";

/** Some milliseconds: so long a question waits. */
const INSTRUCTIONS_BETWEEN_TURNS = 50_000;
const NANOSECONDS = 1e6;
/** Beyond it a timer's time wraps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Lets a chip's time go by as fast as this computer can, and no faster than the clock on the wall where it sleeps. */
export class ChipRunner {
  private wakeUp = (): void => undefined;
  private isStopped = false;

  /** @param onSent what the UART sends */
  constructor(
    private readonly chip: Rp2040Chip,
    private readonly onSent: (bytes: Uint8Array) => void,
  ) {}

  /** Something came from outside. */
  wake(): void {
    this.wakeUp();
  }

  stop(): void {
    this.isStopped = true;
    this.wakeUp();
  }

  /** Resolves when it was stopped. */
  async run(): Promise<void> {
    const { chip } = this;
    let aheadMs = 0;
    while (!this.isStopped) {
      const sleepNanoseconds = chip.run(INSTRUCTIONS_BETWEEN_TURNS);
      const sent = chip.takeSent();
      if (sent.length > 0) this.onSent(sent);
      if (sleepNanoseconds === 0) {
        await turn();
        continue;
      }
      // Timers wait a millisecond at least, so shorter sleeps are gathered.
      const sleepMs = sleepNanoseconds / NANOSECONDS;
      if (aheadMs + sleepMs < 1) {
        chip.sleep(sleepNanoseconds);
        aheadMs += sleepMs;
        continue;
      }
      const { isHalted } = chip;
      const start = performance.now();
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.wakeUp = resolve;
        if (sleepMs < LONGEST_TIMER_MS) timer = setTimeout(resolve, aheadMs + sleepMs);
      });
      clearTimeout(timer);
      this.wakeUp = () => undefined;
      // whole microseconds are whole instructions too; a chip that a debugger holds has no time
      const microseconds = Math.max(0, Math.floor(1000 * (performance.now() - start - aheadMs)));
      if (!isHalted) chip.sleep(1000 * microseconds);
      aheadMs = 0;
    }
  }
}
