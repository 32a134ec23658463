import { printable } from "../base/printable.js";
import { type Column, formatCount, renderTable } from "../base/table.js";
import { isTrained, limitExceeded, type Outcome } from "./outcome.js";
import type { SearchResult } from "./runSearch.js";
import type { SearchValue } from "./search.js";

export const costTitles = { macs: "MACs", flashBytes: "flash B", ramBytes: "RAM B" } as const;

/** Columns and rows of the table of candidates: the same for the terminal and the page. */
export function tableOf(result: SearchResult): { readonly columns: Column[]; readonly rows: string[][] } {
  const names = Object.keys(result.search.vary);
  const right = (title: string): Column => ({ title, align: "right" });
  return {
    columns: [
      right("#"),
      ...names.map(right),
      right(`${result.metricTitle} float`),
      right("int8"),
      ...Object.values(costTitles).map(right),
      { title: "", align: "left" },
    ],
    rows: result.outcomes.map((outcome) => [
      String(outcome.number),
      ...names.map((name) => showValue(outcome.values[name])),
      ...(isTrained(outcome)
        ? [
            ...[outcome.float, outcome.int8].map((value) => value.toFixed(4)),
            ...[outcome.macs, outcome.flashBytes, outcome.ramBytes].map(formatCount),
          ]
        : ["", "", "", "", ""]),
      noteOn(result, outcome),
    ]),
  };
}

export function renderSearch(result: SearchResult): string {
  const { columns, rows } = tableOf(result);
  return `${renderTable(columns, rows)}\n\n${renderBest(result)}`;
}

/** What stands behind a row. */
function noteOn({ best, pareto, search }: SearchResult, outcome: Outcome): string {
  if (!isTrained(outcome)) return `failed: ${outcome.failure}`;
  if (outcome === best) return "best";
  const over = limitExceeded(search.within ?? {}, outcome);
  if (over !== undefined) return `over ${formatCount(search.within![over]!)} ${costTitles[over]}`;
  return pareto.includes(outcome) ? "unbeaten" : "";
}

function renderBest({ best, metricTitle, outcomes, search }: SearchResult): string {
  if (best === undefined) {
    return outcomes.some(isTrained) ? "no candidate is within the limits" : "no candidate could be trained";
  }
  const values = Object.keys(search.vary).map((name) => `${name} ${showValue(best.values[name])}`);
  const test =
    best.test &&
    `; on the test data ${metricTitle} ${best.test.float.toFixed(4)} float, ${best.test.int8.toFixed(4)} int8`;
  return printable(`best: ${values.join(", ")}${test ?? ""}`);
}

export const showValue = (value: SearchValue): string => String(value);
