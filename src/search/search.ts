import { UserError } from "../base/errors.js";
import { describe, Fields } from "../base/fields.js";
import type { Experiment } from "../experiment/experiment.js";

/** One value that a search can try. */
export type SearchValue = number | string | boolean;

/** Real numbers from `from` to `to`, drawn at random; see {@link between}. */
export interface SearchRange {
  readonly from: number;
  readonly to: number;
  /** Whether 0.001..0.01 is as likely as 0.01..0.1. */
  readonly isLogarithmic: boolean;
}

/** What is varied: a list of values, or a range to draw from, by name. */
export type SearchSpace = Readonly<Record<string, readonly SearchValue[] | SearchRange>>;

/** A value for each name. */
export type ValuesOf<Space extends SearchSpace> = {
  readonly [Name in keyof Space]: Space[Name] extends readonly (infer Value)[] ? Value : number;
};

/** What a candidate may cost on the device; absent is no limit. */
export interface SearchLimits {
  /** Multiply-accumulates for one sample. */
  readonly macs?: number;
  /** Bytes of flash for the network's tables. The firmware's code comes on top. */
  readonly flashBytes?: number;
  /** Bytes of RAM for the arena. */
  readonly ramBytes?: number;
}

/** What an experiment file exports as `search`, beside the experiment that the candidates are variants of. */
export interface Search<Space extends SearchSpace = SearchSpace> {
  readonly vary: Space;
  /** What of the experiment is other for these values: its network, optimizer, seed, … */
  readonly candidate: (values: ValuesOf<Space>) => Partial<Experiment>;
  /** How many to try, drawn at random; without it every combination, which needs lists only. */
  readonly budget?: number;
  /** Decides the draws; default 1. */
  readonly seed?: number;
  /** The metric that the best has most of; default "accuracy", where the experiment has it. */
  readonly maximize?: string;
  /** The metric that the best has least of. */
  readonly minimize?: string;
  /** The best is the best of those within. */
  readonly within?: SearchLimits;
}

/**
 * Gives a search its type:
 *
 *     export const search = defineSearch({
 *       vary: { hidden: [4, 8, 16], rate: [0.01, 0.03] },
 *       candidate: ({ hidden, rate }) => ({
 *         network: [dense(hidden), relu(), dense(2), softmax()],
 *         optimizer: adam({ learningRate: rate }),
 *       }),
 *     });
 */
export function defineSearch<Space extends SearchSpace>(search: Search<Space>): Search<Space> {
  return search;
}

/** A range of real numbers to draw from, evenly or, with `logarithmic`, evenly in the exponent. */
export function between(from: number, to: number, options: { logarithmic?: boolean } = {}): SearchRange {
  const isLogarithmic = options.logarithmic ?? false;
  if (!(from < to && Number.isFinite(to - from)) || (isLogarithmic && from <= 0)) {
    const expected = isLogarithmic ? "two numbers above 0" : "two numbers";
    throw new UserError(`between(from, to) needs ${expected}, the smaller first, found ${from} and ${to}`);
  }
  return { from, to, isLogarithmic };
}

const fieldNames = ["vary", "candidate", "budget", "seed", "maximize", "minimize", "within"];
const limitNames = ["macs", "flashBytes", "ramBytes"];

/**
 * Checks an experiment file's export `search` field by field.
 *
 * @throws UserError that names the field, what was expected and what was found
 */
export function checkSearch(path: string, exported: unknown): Search {
  if (exported === undefined) {
    throw new UserError(
      `${path} exports no search`,
      "write `export const search = defineSearch({ vary: { … }, candidate: (values) => ({ … }) })`",
    );
  }
  const fields = new Fields(`${path}: search`, exported);
  expectKnown(fields, fieldNames);
  const vary = fields.object("vary");
  if (vary.names().length === 0) fields.fail("vary", "an object with one list of values or more");
  for (const name of vary.names()) checkVaried(vary, name);
  if (typeof fields.value("candidate") !== "function") fields.fail("candidate", "a function of the values");
  if (fields.has("budget")) fields.integer("budget", 1, 10_000);
  if (fields.has("seed")) fields.integer("seed", 0, 2 ** 32 - 1);
  for (const goal of ["maximize", "minimize"]) if (fields.has(goal)) fields.string(goal);
  if (fields.has("maximize") && fields.has("minimize")) fields.fail("minimize", "absent beside maximize");
  if (fields.has("within")) {
    const within = fields.object("within");
    expectKnown(within, limitNames);
    for (const name of within.names())
      if (within.number(name) < 0) within.fail(name, "a number of at least 0");
  }
  return exported as Search;
}

function checkVaried(vary: Fields, name: string): void {
  const value = vary.value(name);
  if (!Array.isArray(value)) {
    const { from, to, isLogarithmic } = (value ?? {}) as Partial<SearchRange>;
    const isRange = typeof from === "number" && typeof to === "number" && typeof isLogarithmic === "boolean";
    if (!isRange) vary.fail(name, "a list of values or between(from, to)");
    return;
  }
  if (value.length === 0) vary.fail(name, "one value or more");
  const wrong = value.find((item) => !["number", "string", "boolean"].includes(typeof item));
  if (wrong === undefined) return;
  throw new UserError(
    `${vary.place}.${name} must hold numbers, texts, true or false, found ${describe(wrong)}`,
    "give names or numbers here, and make layers of them in candidate",
  );
}

function expectKnown(fields: Fields, known: readonly string[]): void {
  const unknown = fields.names().find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UserError(`${fields.place} has no field "${unknown}"`, `its fields are ${known.join(", ")}`);
}
