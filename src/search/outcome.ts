import type { Warning } from "../base/errors.js";
import type { Candidate } from "./candidates.js";
import type { SearchLimits } from "./search.js";

/** What a candidate costs on the device. */
export interface Costs {
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
  /** Tables of the network; the firmware's code comes on top. */
  readonly flashBytes: number;
  /** The arena. */
  readonly ramBytes: number;
}

/** Of a candidate that has other data than the experiment. */
export interface OwnData {
  /** What the data was, or why there was none. */
  readonly data?: string;
}

/** A trained candidate. */
export interface Trained extends Candidate, Costs, OwnData {
  /** The metric that is judged by, of the float network and of the int8 one. The int8 one decides. */
  readonly float: number;
  readonly int8: number;
  /** Both on the test data, where there is some and another part was judged by. */
  readonly test?: { readonly float: number; readonly int8: number };
  /** How much worse the int8 network is by what falls furthest behind; absent where that cannot be told. */
  readonly drop?: number;
  /** What to tell where that is much. */
  readonly warning?: Warning;
  /** What else its training warned of. */
  readonly warnings?: readonly Warning[];
  readonly parameters: number;
  readonly keptEpoch: number;
  /** SHA-256 of the int8 network. */
  readonly hash: string;
}

/** A candidate that cannot be trained, and why: the same every time. */
export interface Failed extends Candidate, OwnData {
  readonly failure: string;
}

export type Outcome = Trained | Failed;

/** What is judged by, and which of two values is better. */
export interface Goal {
  readonly metric: string;
  readonly isMaximized: boolean;
}

export const costNames: readonly (keyof Costs)[] = ["macs", "flashBytes", "ramBytes"];

export function isTrained(outcome: Outcome): outcome is Trained {
  return !("failure" in outcome);
}

/** Below 0 when `a` is better: by the metric, then by fewer MACs, less flash, less RAM, then the earlier. */
export function compareOutcomes({ isMaximized }: Goal, a: Trained, b: Trained): number {
  const byMetric = isMaximized ? b.int8 - a.int8 : a.int8 - b.int8;
  const differences = [byMetric, ...costNames.map((cost) => a[cost] - b[cost]), a.number - b.number];
  return differences.find((difference) => difference !== 0) ?? 0;
}

/**
 * The candidates that no other beats: of the others, each is worse in the metric or costs more of something. Of equals
 * in everything the first is kept. In the order of their numbers.
 *
 * @param costs what is weighed against the metric
 */
export function paretoLine(
  goal: Goal,
  outcomes: readonly Trained[],
  costs: readonly (keyof Costs)[] = costNames,
): Trained[] {
  const isAsGood = (a: Trained, b: Trained) =>
    (goal.isMaximized ? a.int8 >= b.int8 : a.int8 <= b.int8) && costs.every((cost) => a[cost] <= b[cost]);
  const beats = (a: Trained, b: Trained) => isAsGood(a, b) && (!isAsGood(b, a) || a.number < b.number);
  return outcomes
    .filter((outcome) => !outcomes.some((other) => other !== outcome && beats(other, outcome)))
    .sort((a, b) => a.number - b.number);
}

/** Which limit a candidate is over; undefined when it is within all. */
export function limitExceeded(limits: SearchLimits, outcome: Trained): keyof Costs | undefined {
  return costNames.find((cost) => outcome[cost] > (limits[cost] ?? Number.POSITIVE_INFINITY));
}

/** The best within the limits; undefined when there is none. */
export function bestOutcome(
  goal: Goal,
  outcomes: readonly Trained[],
  limits: SearchLimits = {},
): Trained | undefined {
  return outcomes
    .filter((outcome) => limitExceeded(limits, outcome) === undefined)
    .sort((a, b) => compareOutcomes(goal, a, b))
    .at(0);
}
