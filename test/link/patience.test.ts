import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { Patience } from "../../src/link/patience.js";
import { stolenMsOf } from "../../src/link/processTime.js";

/** How long a patience of `limitMs` lasts, in milliseconds of the clock on the wall. */
function lastsMs(limitMs: number, stolenMs: () => number, act = (_: Patience) => {}): Promise<number> {
  const start = performance.now();
  return new Promise((resolve) => {
    act(new Patience(limitMs, stolenMs, () => resolve(performance.now() - start)));
  });
}

describe("Patience", () => {
  it("lasts as long as was said when nothing is stolen", async () => {
    expect(await lastsMs(120, () => 0)).toBeGreaterThan(119);
  });

  it("does not count time in which the other side was not run", async () => {
    const start = performance.now();
    // Of each 4 milliseconds the other side is run in 1.
    const stolen = () => 0.75 * (performance.now() - start);
    expect(await lastsMs(120, stolen)).toBeGreaterThan(4 * 119);
  });

  it("ends even when all time seems stolen", async () => {
    const start = performance.now();
    const ms = await lastsMs(20, () => 5 * (performance.now() - start));
    expect(ms).toBeGreaterThan(16 * 19);
  });

  it("does not count time in which this process was not run", async () => {
    const ms = await lastsMs(
      300,
      () => 0,
      () => {
        const end = performance.now() + 500; // as if the system had run others
        while (performance.now() < end);
      },
    );
    expect(ms).toBeGreaterThan(500 + 150);
  });

  it("can be shortened, not lengthened by that", async () => {
    expect(
      await lastsMs(
        10_000,
        () => 0,
        (patience) => patience.shorten(30),
      ),
    ).toBeLessThan(5_000);
    expect(
      await lastsMs(
        60,
        () => 0,
        (patience) => patience.shorten(5_000),
      ),
    ).toBeLessThan(4_000);
  });

  it("is silent when cancelled", async () => {
    const cancelled = lastsMs(
      20,
      () => 0,
      (patience) => patience.cancel(),
    );
    const late = new Promise((resolve) => setTimeout(() => resolve("silent"), 120));
    expect(await Promise.race([cancelled, late])).toBe("silent");
  });
});

describe.runIf(process.platform === "linux")("stolenMsOf", () => {
  it("grows where more programs would run than there are processors, of children too", async () => {
    // Two loops on one processor: each stands ready while the other runs.
    const pinned = ["-c", "taskset -c 0 sh -c 'while :; do :; done & while :; do :; done & wait'"];
    const child = spawn("sh", pinned, { detached: true, stdio: "ignore" });
    try {
      const deadline = performance.now() + 10_000;
      while (stolenMsOf(child.pid) < 50 && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(stolenMsOf(child.pid)).toBeGreaterThanOrEqual(50);
    } finally {
      process.kill(-child.pid!, "SIGKILL");
    }
  });

  it("is 0 for what has ended, and for what never was", () => {
    expect(stolenMsOf(0x7ffffff0)).toBe(0);
    expect(stolenMsOf(undefined)).toBe(0);
  });
});
