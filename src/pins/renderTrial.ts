import { printable } from "../base/printable.js";
import { formatCount, renderTable } from "../base/table.js";
import type { DeviceWindows } from "../link/windowMessages.js";
import type { PinReport } from "./tryPins.js";
import type { RecordingReport, WindowTrial } from "./tryRecording.js";

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

/** Rows of a table that changes all the time. */
const MOST_ROWS = 40;

/** A line for each window after which the pins changed, or that was not as on the host, and how many were right. */
export function renderRecording(report: RecordingReport): string {
  const { board, through, inputs, outputs, windows, everyMs, moments, trials, wrong, wrongBetween } = report;
  const isNews = ({ found, differs }: WindowTrial, index: number): boolean =>
    differs.length > 0 || found.join() !== trials[index - 1]?.found.join();
  const news = trials.filter(isNews);
  const table = renderTable(
    [
      { title: "moment", align: "right" },
      ...outputs.map((title) => ({ title, align: "right" }) as const),
      { title: "host", align: "right" },
      { title: "", align: "left" },
    ],
    news
      .slice(0, MOST_ROWS)
      .map(({ moment, found, predicted, differs }) => [
        ...[formatCount(moment), ...found.map(String), predicted.join(" ")],
        differs.length === 0 ? "" : `WRONG: ${differs.join(", ")}`,
      ]),
  );
  const rest = news.length > MOST_ROWS ? `\n… and ${news.length - MOST_ROWS} more changes` : "";
  const { window, hop, average, wins, of } = windows;
  const how = through === "link" ? "set and read over the link" : "driven and read from outside the chip";
  return [
    `${table}${rest}`,
    "",
    `${formatCount(moments)} moments of ${inputs.length} pins, one every ${everyMs} ms; windows of ${window}, a new one every ${hop}; ` +
      `means over ${average}; on with ${wins} of ${of}`,
    ...(wrongBetween === 0 ? [] : [`after ${wrongBetween} moments between two windows the pins had changed`]),
    `${printable(board)}: ${trials.length - wrong} of ${trials.length} windows equal in input, output, average and levels, pins ${how}`,
  ].join("\n");
}

/** How far a device's windows are, and what was too late. */
export function renderWindows({ window, hop, moments, inferred, leftOut, lost }: DeviceWindows): string {
  const late = lost === 0 ? "" : `, ${formatCount(lost)} moments lost`;
  return (
    `moment ${formatCount(moments)}; windows of ${formatCount(window)}, a new one every ${formatCount(hop)}: ` +
    `${formatCount(inferred)} inferred, ${formatCount(leftOut)} left out${late}`
  );
}
