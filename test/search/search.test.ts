import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listCandidates } from "../../src/search/candidates.js";
import {
  bestOutcome,
  compareOutcomes,
  costNames,
  limitExceeded,
  paretoLine,
  type Trained,
} from "../../src/search/outcome.js";
import { between, checkSearch, defineSearch, type Search } from "../../src/search/search.js";
import { userError } from "../train/userError.js";

const candidate = () => ({});
const valuesOf = (search: Pick<Search, "vary" | "budget" | "seed">) =>
  listCandidates({ ...search, candidate }).map(({ values }) => values);

describe("candidates", () => {
  it("are all combinations, the last name changing fastest, numbered from 1", () => {
    const all = listCandidates({ vary: { width: [4, 8], kind: ["a", "b"] }, candidate });
    expect(all).toEqual([
      { number: 1, values: { width: 4, kind: "a" } },
      { number: 2, values: { width: 4, kind: "b" } },
      { number: 3, values: { width: 8, kind: "a" } },
      { number: 4, values: { width: 8, kind: "b" } },
    ]);
  });

  it("are with a budget a part of them, in their order, none twice, the same for the same seed", () => {
    const vary = { a: [1, 2, 3, 4, 5], b: [1, 2, 3, 4, 5, 6] };
    const all = valuesOf({ vary });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (budget, seed) => {
        const drawn = valuesOf({ vary, budget, seed });
        expect(drawn).toHaveLength(Math.min(30, budget));
        const places = drawn.map((values) => all.findIndex(({ a, b }) => a === values.a && b === values.b));
        expect(places).toEqual([...new Set(places)].sort((x, y) => x - y));
        expect(valuesOf({ vary, budget, seed })).toEqual(drawn);
      }),
      { seed: 1, numRuns: 60 },
    );
    expect(valuesOf({ vary, budget: 5, seed: 1 })).not.toEqual(valuesOf({ vary, budget: 5, seed: 2 }));
  });

  it("draw from ranges, evenly or evenly in the exponent", () => {
    const vary = { even: between(2, 4), rate: between(1e-4, 1, { logarithmic: true }), width: [4, 8] };
    const drawn = valuesOf({ vary, budget: 400 });
    expect(drawn).toHaveLength(400);
    const count = (isWanted: (values: (typeof drawn)[number]) => boolean) => drawn.filter(isWanted).length;
    expect(count(({ even }) => (even as number) >= 2 && (even as number) <= 4)).toBe(400);
    expect(Math.abs(count(({ even }) => (even as number) < 3) - 200)).toBeLessThan(40);
    expect(Math.abs(count(({ rate }) => (rate as number) < 1e-2) - 200)).toBeLessThan(40);
    expect(new Set(drawn.map(({ width }) => width))).toEqual(new Set([4, 8]));
  });

  it("are refused when they are too many, or a range has no budget", () => {
    const many = Array.from({ length: 200 }, (_, i) => i);
    expect(() => valuesOf({ vary: { a: many, b: many } })).toThrow(
      userError("search: there are 40000 combinations; at most 10000 are tried"),
    );
    expect(() => valuesOf({ vary: { rate: between(0, 1) } })).toThrow(
      userError("search: rate is a range, of which not every value can be tried"),
    );
    expect(() => between(1, 1)).toThrow(
      userError("between(from, to) needs two numbers, the smaller first, found 1 and 1"),
    );
    expect(() => between(0, 1, { logarithmic: true })).toThrow("needs two numbers above 0");
  });
});

describe("a search", () => {
  it("gives its candidates the types of their values", () => {
    const search = defineSearch({
      vary: { width: [4, 8], kind: ["a", "b"], rate: between(0, 1) },
      candidate: ({ width, kind, rate }) => {
        const typed: [number, string, number] = [width, kind, rate];
        return { name: typed.join(" ") };
      },
    });
    expect(search.candidate({ width: 4, kind: "a", rate: 0.5 })).toEqual({ name: "4 a 0.5" });
  });

  const right = { vary: { width: [1] }, candidate };
  it.each<[unknown, string]>([
    [undefined, "x.ts exports no search"],
    [4, "x.ts: search must be an object, found 4"],
    [
      { ...right, vary: {} },
      "x.ts: search.vary must be an object with one list of values or more, found an object",
    ],
    [
      { ...right, vary: { width: [] } },
      "x.ts: search.vary.width must be one value or more, found an array of 0",
    ],
    [
      { ...right, vary: { width: 3 } },
      "x.ts: search.vary.width must be a list of values or between(from, to), found 3",
    ],
    [
      { ...right, vary: { width: [[1]] } },
      "x.ts: search.vary.width must hold numbers, texts, true or false, found an array of 1",
    ],
    [{ ...right, candidate: 1 }, "x.ts: search.candidate must be a function of the values, found 1"],
    [{ ...right, budget: 0 }, "x.ts: search.budget must be an integer 1..10000, found 0"],
    [
      { ...right, maximize: "a", minimize: "b" },
      'x.ts: search.minimize must be absent beside maximize, found "b"',
    ],
    [{ ...right, within: { ram: 1 } }, 'x.ts: search.within has no field "ram"'],
    [{ ...right, within: { macs: -1 } }, "x.ts: search.within.macs must be a number of at least 0, found -1"],
    [{ ...right, widths: [] }, 'x.ts: search has no field "widths"'],
  ])("is refused as %j", (exported, message) => {
    expect(() => checkSearch("x.ts", exported)).toThrow(userError(message));
  });
});

/** A trained candidate, of which only what is weighed matters. */
function trained(number: number, int8: number, macs: number, flashBytes = 0, ramBytes = 0): Trained {
  const costs = { macs, flashBytes, ramBytes };
  return { number, values: {}, float: int8, int8, ...costs, parameters: 1, keptEpoch: 1, hash: "" };
}

const most = { metric: "accuracy", isMaximized: true };
const least = { metric: "absoluteError", isMaximized: false };
const numbersOf = (outcomes: readonly Trained[]) => outcomes.map(({ number }) => number);

describe("the Pareto line", () => {
  it("leaves out what another beats, and the later of equals", () => {
    const outcomes = [trained(1, 0.9, 10), trained(2, 0.8, 10), trained(3, 0.95, 20), trained(4, 0.9, 10)];
    expect(numbersOf(paretoLine(most, outcomes))).toEqual([1, 3]);
    expect(numbersOf(paretoLine(least, outcomes))).toEqual([2]);
  });

  it("keeps what is cheaper in anything, or weighs one cost alone", () => {
    const outcomes = [trained(1, 0.9, 10, 500), trained(2, 0.9, 20, 400), trained(3, 0.9, 30, 300, 9)];
    expect(numbersOf(paretoLine(most, outcomes))).toEqual([1, 2, 3]);
    expect(numbersOf(paretoLine(most, outcomes, ["macs"]))).toEqual([1]);
    expect(numbersOf(paretoLine(most, outcomes, ["flashBytes"]))).toEqual([3]);
  });

  it("holds exactly what nothing beats, and the best of any limits", () => {
    const small = fc.integer({ min: 0, max: 4 });
    const all = fc
      .array(fc.tuple(small, small, small, small), { maxLength: 20 })
      .map((rows) => rows.map(([int8, ...costs], i) => trained(i + 1, int8, ...costs)));
    const limits = fc.record({ macs: small, ramBytes: small }, { requiredKeys: [] });
    fc.assert(
      fc.property(all, limits, fc.boolean(), (outcomes, within, isMaximized) => {
        const goal = { metric: "x", isMaximized };
        const line = paretoLine(goal, outcomes);
        const sign = isMaximized ? 1 : -1;
        const covers = (a: Trained, b: Trained) =>
          sign * a.int8 >= sign * b.int8 && costNames.every((cost) => a[cost] <= b[cost]);
        for (const a of line) for (const b of line) expect(a !== b && covers(a, b)).toBe(false);
        for (const other of outcomes) expect(line.some((member) => covers(member, other))).toBe(true);
        const best = bestOutcome(goal, outcomes, within);
        if (best !== undefined) expect(line).toContain(best);
        const inside = outcomes.filter((outcome) => limitExceeded(within, outcome) === undefined);
        expect(best === undefined).toBe(inside.length === 0);
        for (const other of inside) expect(compareOutcomes(goal, best!, other)).toBeLessThanOrEqual(0);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe("the best", () => {
  it("has the best metric, then the fewest MACs, and is within the limits", () => {
    const outcomes = [trained(1, 0.9, 30), trained(2, 0.95, 50), trained(3, 0.95, 40), trained(4, 0.99, 100)];
    expect(bestOutcome(most, outcomes)?.number).toBe(4);
    expect(bestOutcome(most, outcomes, { macs: 60 })?.number).toBe(3);
    expect(bestOutcome(least, outcomes)?.number).toBe(1);
    expect(bestOutcome(most, outcomes, { macs: 1 })).toBeUndefined();
    expect(limitExceeded({ macs: 30, ramBytes: 5 }, trained(1, 1, 30, 0, 6))).toBe("ramBytes");
  });
});
