import { UserError } from "../base/errors.js";
import { Random } from "../base/random.js";
import type { Search, SearchRange, SearchSpace, SearchValue } from "./search.js";

/** One variant to try. */
export interface Candidate {
  /** From 1, in the order of the table. */
  readonly number: number;
  readonly values: Readonly<Record<string, SearchValue>>;
}

const maximumCandidates = 10_000;
const isRange = (varied: SearchSpace[string]): varied is SearchRange => !Array.isArray(varied);

/**
 * The variants of a search: every combination, the last name's values changing fastest; or with a budget so many of
 * them, drawn without repetition. The same search gives the same variants.
 *
 * @throws UserError when there are too many, or a range is given without a budget
 */
export function listCandidates({ vary, budget, seed = 1 }: Search): Candidate[] {
  const range = Object.keys(vary).find((name) => isRange(vary[name]));
  if (range !== undefined) {
    if (budget === undefined) {
      throw new UserError(
        `search: ${range} is a range, of which not every value can be tried`,
        "give a budget: how many candidates to draw",
      );
    }
    return number(drawValues(vary, budget, new Random(seed)));
  }
  const combinations = Object.values(vary).reduce((count, values) => count * (values as unknown[]).length, 1);
  const tried = Math.min(budget ?? combinations, combinations);
  if (combinations > 2 ** 31 || tried > maximumCandidates) {
    throw new UserError(
      `search: there are ${combinations} combinations; at most ${maximumCandidates} are tried`,
      "give fewer values, or a budget",
    );
  }
  const chosen =
    tried === combinations
      ? Array.from({ length: tried }, (_, i) => i)
      : draw(combinations, tried, new Random(seed));
  return number(chosen.map((index) => combinationAt(vary, index)));
}

const number = (all: readonly Candidate["values"][]): Candidate[] =>
  all.map((values, index) => ({ number: index + 1, values }));

/** The index-th combination, the last name changing fastest. */
function combinationAt(vary: SearchSpace, index: number): Candidate["values"] {
  const values: [string, SearchValue][] = [];
  let rest = index;
  for (const [name, list] of Object.entries(vary).reverse()) {
    const choices = list as readonly SearchValue[];
    values.unshift([name, choices[rest % choices.length]]);
    rest = Math.floor(rest / choices.length);
  }
  return Object.fromEntries(values);
}

/** `count` of 0..limit − 1, ascending, none twice. */
function draw(limit: number, count: number, random: Random): number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.integer(limit));
  return [...chosen].sort((a, b) => a - b);
}

function drawValues(vary: SearchSpace, count: number, random: Random): Candidate["values"][] {
  return Array.from({ length: count }, () =>
    Object.fromEntries(
      Object.entries(vary).map(([name, varied]) => [
        name,
        isRange(varied) ? drawFrom(varied, random) : varied[random.integer(varied.length)],
      ]),
    ),
  );
}

const drawnDigits = 4;

/** To four digits, which a table shows whole. */
function drawFrom({ from, to, isLogarithmic }: SearchRange, random: Random): number {
  const part = random.uniform();
  const value = isLogarithmic ? from * (to / from) ** part : from + part * (to - from);
  return Math.min(to, Math.max(from, Number(value.toPrecision(drawnDigits))));
}
