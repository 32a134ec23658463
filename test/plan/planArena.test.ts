import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Lifetime, planArena } from "../../src/plan/planArena.js";

const lifetime: fc.Arbitrary<Lifetime> = fc
  .tuple(fc.integer({ min: 1, max: 1000 }), fc.nat(12), fc.nat(12))
  .map(([bytes, a, b]) => ({ bytes, firstCall: Math.min(a, b), lastCall: Math.max(a, b) }));
const lifetimes = fc.array(lifetime, { minLength: 1, maxLength: 16 });
const settings = { seed: 9, numRuns: 500, endOnFailure: true } as const;
const aligned = (bytes: number) => Math.ceil(bytes / 4) * 4;

describe("planArena", () => {
  it("gives activations that are alive together places that do not overlap", () => {
    fc.assert(
      fc.property(lifetimes, (all) => {
        const { offsets } = planArena(all);
        for (const [i, a] of all.entries()) {
          for (const [j, b] of all.slice(0, i).entries()) {
            const together = a.firstCall <= b.lastCall && b.firstCall <= a.lastCall;
            const apart = offsets[i] + a.bytes <= offsets[j] || offsets[j] + b.bytes <= offsets[i];
            expect(!together || apart).toBe(true);
          }
        }
      }),
      settings,
    );
  });

  it("starts each at a multiple of four inside the arena", () => {
    fc.assert(
      fc.property(lifetimes, (all) => {
        const { offsets, bytes } = planArena(all);
        expect(offsets.every((offset) => offset >= 0 && offset % 4 === 0)).toBe(true);
        expect(bytes).toBe(Math.max(...all.map((one, i) => aligned(offsets[i] + one.bytes))));
      }),
      settings,
    );
  });

  it("takes no less than what is alive at one call, which is the bound it states", () => {
    fc.assert(
      fc.property(lifetimes, (all) => {
        const alive = Array.from({ length: 13 }, (_, call) =>
          all
            .filter(({ firstCall, lastCall }) => firstCall <= call && call <= lastCall)
            .reduce((sum, one) => sum + aligned(one.bytes), 0),
        );
        const { bytes, lowerBoundBytes } = planArena(all);
        expect(lowerBoundBytes).toBe(Math.max(...alive));
        expect(bytes).toBeGreaterThanOrEqual(lowerBoundBytes);
      }),
      settings,
    );
  });

  it("reaches the bound on chains, where each call has one input and one output", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 2, maxLength: 12 }), (sizes) => {
        const chain = sizes.map((bytes, i) => ({
          bytes,
          firstCall: Math.max(0, i - 1),
          lastCall: Math.min(i, sizes.length - 2),
        }));
        const { bytes, lowerBoundBytes } = planArena(chain);
        expect(bytes).toBe(lowerBoundBytes);
      }),
      settings,
    );
  });

  it("uses a place again when its activation is gone", () => {
    // 10 → 12 bytes, 6 → 8: the third lies where the first was
    const plan = planArena([
      { bytes: 10, firstCall: 0, lastCall: 0 },
      { bytes: 6, firstCall: 0, lastCall: 1 },
      { bytes: 10, firstCall: 1, lastCall: 1 },
    ]);
    expect(plan).toEqual({ offsets: [0, 12, 0], bytes: 20, lowerBoundBytes: 20 });
  });
});
