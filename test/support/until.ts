import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits for what another process does and tells nobody of. There is no limit but the test's own: how long it takes says
 * nothing, only that it comes.
 */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(10);
}
