import type { NetworkCost, PassReport } from "./networkPass.js";

/** A cost that a pass lowered. */
export interface PassSaving {
  /** "MACs" */
  readonly what: string;
  readonly before: number;
  readonly after: number;
}

const costs: readonly (readonly [cost: keyof NetworkCost, what: string])[] = [
  ["layers", "calls"],
  ["channels", "channels"],
  ["macs", "MACs"],
  ["weightBytes", "bytes of weights"],
];

/** The costs that differ before and after. */
export function passSavings({ before, after }: PassReport): PassSaving[] {
  return costs
    .map(([cost, what]) => ({ what, before: before[cost], after: after[cost] }))
    .filter((saving) => saving.before !== saving.after);
}
