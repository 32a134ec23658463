import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { Patience } from "../../src/link/patience.js";
import { stolenMsOf } from "../../src/link/processTime.js";
import { ManualClock } from "../support/clock.js";
import { until } from "../support/until.js";

/** How long a patience of `limitMs` lasts; undefined where it has not ended when all of a minute has passed. */
function lastsMs(
  limitMs: number,
  stolenShare: number,
  act: (patience: Patience, clock: ManualClock) => void = () => undefined,
): number | undefined {
  const clock = new ManualClock();
  let endedAt: number | undefined;
  const stolenMs = () => stolenShare * clock.now();
  const patience = new Patience(limitMs, stolenMs, () => (endedAt = clock.now()), clock);
  act(patience, clock);
  clock.pass(60_000);
  return endedAt;
}

describe("Patience", () => {
  it("lasts as long as was said when nothing is stolen", () => {
    expect([120, 50, 20, 1].map((limitMs) => lastsMs(limitMs, 0))).toEqual([120, 50, 20, 1]);
  });

  it("does not count time in which the other side was not run", () => {
    // Of each 4 milliseconds the other side is run in 1.
    // 120 ms left: 50, of which 12.5 count, eight times; then slices of what is left, of which a quarter counts.
    const ms = lastsMs(120, 0.75)!;
    expect(ms).toBeGreaterThan(4 * 119);
    expect(ms).toBeLessThan(4 * 121);
  });

  it("ends even when all time seems stolen: a sixteenth counts", () => {
    const ms = lastsMs(20, 5)!;
    expect(ms).toBeGreaterThan(16 * 19);
    expect(ms).toBeLessThan(16 * 21);
  });

  it("does not count time in which this process was not run: a late slice counts as two", () => {
    // 300 ms: the first slice of 50 ends after 500 and counts as 100; 200 are left.
    expect(lastsMs(300, 0, (_, clock) => clock.stall(500))).toBe(700);
  });

  it("can be shortened, not lengthened by that", () => {
    expect(lastsMs(10_000, 0, (patience) => patience.shorten(30))).toBe(30);
    expect(lastsMs(60, 0, (patience) => patience.shorten(5_000))).toBe(60);
  });

  it("begins anew when renewed", () => {
    const renew = (patience: Patience, clock: ManualClock) => {
      clock.pass(90);
      patience.renew(70);
    };
    expect(lastsMs(100, 0, renew)).toBe(160);
  });

  it("is silent when cancelled", () => {
    expect(lastsMs(20, 0, (patience) => patience.cancel())).toBeUndefined();
  });
});

describe.runIf(process.platform === "linux")("stolenMsOf", () => {
  it("grows where more programs would run than there are processors, of children too", async () => {
    // Two loops on one processor: each stands ready while the other runs.
    const pinned = ["-c", "taskset -c 0 sh -c 'while :; do :; done & while :; do :; done & wait'"];
    const child = spawn("sh", pinned, { detached: true, stdio: "ignore" });
    try {
      await until(() => stolenMsOf(child.pid) >= 50);
    } finally {
      process.kill(-child.pid!, "SIGKILL");
    }
  });

  it("is 0 for what has ended, and for what never was", () => {
    expect(stolenMsOf(0x7ffffff0)).toBe(0);
    expect(stolenMsOf(undefined)).toBe(0);
  });
});
