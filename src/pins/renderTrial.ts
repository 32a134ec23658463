import { printable } from "../base/printable.js";
import { renderTable } from "../base/table.js";
import type { PinReport } from "./tryPins.js";

/** A table of all trials, and how many were right. */
export function renderTrial({ board, through, inputs, outputs, trials, wrong }: PinReport): string {
  const table = renderTable(
    [
      ...inputs.map((title) => ({ title, align: "right" }) as const),
      { title: "→", align: "left" },
      ...outputs.map((title) => ({ title, align: "right" }) as const),
      { title: "host", align: "right" },
      { title: "", align: "left" },
    ],
    trials.map((trial) => [
      ...trial.inputs.map(String),
      "",
      ...trial.found.map(String),
      trial.predicted.join(" "),
      trial.found.join() === trial.predicted.join() ? "" : "WRONG",
    ]),
  );
  const how = through === "link" ? "set and read over the link" : "driven and read from outside the chip";
  return `${table}\n\n${printable(board)}: ${trials.length - wrong} of ${trials.length} combinations right, pins ${how}`;
}
