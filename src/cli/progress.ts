import { SingleBar } from "cli-progress";
import type { Command } from "commander";
import { printable } from "../base/printable.js";
import { atEnd } from "./atEnd.js";

/** Shows how far a long piece of work has come. */
export interface Progress {
  /** @param note what to show behind the numbers: "loss 0.31" */
  update(done: number, note?: string): void;
  /** Writes a line of its own above the display. */
  print(line: string): void;
  /** Ends the display; harmless when it has ended. */
  stop(): void;
}

const millisecondsBetweenLines = 5_000;

let isQuiet = false;

/** For the rest of the program: no progress is shown. Warnings, errors and results are. */
export function silenceProgress(): void {
  isQuiet = true;
}

export function addQuietOption(command: Command): Command {
  return command.option("-q, --quiet", "show no progress: only warnings, errors and the result", false);
}

/** Tells how work goes on; text that may hold names of files is made printable by who gives it. */
export function tellProgress(text: string): void {
  if (!isQuiet) process.stderr.write(`${text}\n`);
}

const silent: Progress = { update: () => undefined, print: () => undefined, stop: () => undefined };

/**
 * A bar on a terminal; elsewhere a line every few seconds, so that a log shows life and stays short. Writes to
 * standard error: standard output carries results.
 */
export function startProgress(
  label: string,
  total: number,
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): Progress {
  if (isQuiet) return silent;
  return stream.isTTY ? startBar(label, total, stream) : startLines(label, total, stream, now);
}

function startBar(label: string, total: number, stream: NodeJS.WriteStream): Progress {
  const bar = new SingleBar({
    format: `${label} [{bar}] {value}/{total} {note}`,
    barCompleteChar: "=",
    barIncompleteChar: " ",
    hideCursor: true,
    stream,
  });
  bar.start(total, 0, { note: "" });
  const stop = atEnd(() => bar.stop()); // shows the cursor again
  return {
    update: (done, note) => bar.update(done, note === undefined ? {} : { note }),
    print: (line) => {
      stream.write(`\r\x1b[K${printable(line)}\n`); // erases the bar, which the next update draws again
    },
    stop,
  };
}

function startLines(label: string, total: number, stream: NodeJS.WriteStream, now: () => number): Progress {
  let printedAt = now();
  let printed = 0;
  let latest = { done: 0, note: "" };
  const print = (): void => {
    stream.write(`${label} ${latest.done}/${total} ${latest.note}`.trimEnd().concat("\n"));
    printed = latest.done;
    printedAt = now();
  };
  return {
    update: (done, note = latest.note) => {
      latest = { done, note };
      if (now() - printedAt >= millisecondsBetweenLines) print();
    },
    print: (line) => {
      stream.write(`${printable(line)}\n`);
    },
    stop: () => {
      if (latest.done > printed) print();
    },
  };
}
