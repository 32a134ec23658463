import { type Command, InvalidArgumentError } from "commander";
import { UserError, type Warning } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import type { Line } from "../link/line.js";
import type { SensorSource } from "../link/recordSensor.js";
import { stopOnSignal } from "./atEnd.js";
import { addExamples, printJson, printText, printWarning } from "./commandLine.js";
import { addPortOptions, openPortLine, type PortChoice, readCount, textBaudHelp } from "./connect.js";
import { addQuietOption, type Progress, startProgress } from "./progress.js";
import type { Recorded } from "./recordToFile.js";

interface RecordOptions extends PortChoice {
  readonly port: string;
  readonly label: string;
  readonly seconds?: number;
  readonly output: string;
  readonly columns?: string[];
  readonly every: number;
  readonly inputs: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** 11 days; a timer of Node takes 24. */
const maximumSeconds = 1e6;

export function register(program: Command): void {
  const command = program
    .command("record")
    .description(
      "record a sensor into a labelled .csv file that `recordings` reads for training, until Ctrl-C",
    )
    .requiredOption("--port <path>", "a board that prints lines of numbers, ax,ay,az, at a fixed rate")
    .requiredOption("--label <class>", "what the recording shows: walk becomes walk-01.csv, walk-02.csv, …")
    .option("--seconds <n>", "end so many seconds after the first row", readSeconds)
    .option("-o, --output <folder>", "where the recordings lie", "recordings")
    .option("--columns <names>", "names of the columns: ax,ay,az", readNames)
    .option("--inputs", "record the inputs that firmware of pinfer reads from its own pins", false)
    .option("--every <ms>", "with --inputs: milliseconds from a look to the next", readCount, 50)
    .option("--json", "print JSON", false)
    .action(run);
  addQuietOption(addPortOptions(command, textBaudHelp));
  addExamples(command, [
    "pinfer record --port /dev/ttyACM0 --label walk --seconds 60",
    "pinfer record --port /dev/ttyACM0 --label rest --columns ax,ay,az -o recordings",
    "pinfer record --port /dev/ttyACM0 --label bright --inputs --every 20",
  ]);
  command.addHelpText(
    "after",
    "\nA blank line in the file stands where lines were lost, or none came for more than three periods: no window of\n" +
      "`recordings` reaches across it. A sensor that falls silent for 5 s ends the recording, which is kept; the exit code\n" +
      "is 1 if it was silent before --seconds were over, else 0.",
  );
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= maximumSeconds)) {
    throw new InvalidArgumentError(`Expected seconds above 0, at most ${maximumSeconds}.`);
  }
  return seconds;
}

function readNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (!names.every((name) => /^[A-Za-z_]\w*$/.test(name)) || new Set(names).size < names.length) {
    throw new InvalidArgumentError(
      "Expected names of letters, digits and _, each once, with commas between.",
    );
  }
  return names;
}

async function run(options: RecordOptions): Promise<void> {
  const { label, output, seconds } = options;
  const [{ expectLabel }, { recordToFile }, { systemClock }] = await Promise.all([
    import("./recordingFile.js"),
    import("./recordToFile.js"),
    import("../base/clock.js"),
  ]);
  expectLabel(label);
  const line = await openPortLine(options.port, options);
  const stop = stopOnSignal();
  const progress =
    seconds === undefined && !options.quiet ? startCounting() : startProgress("seconds", seconds ?? 0);
  const warnings: Warning[] = [];
  let recorded: Recorded;
  try {
    recorded = await recordToFile({
      source: await (options.inputs ? openInputs(line, options) : openLines(line, options)),
      ...{ folder: output, label, seconds, stop, clock: systemClock },
      onRows: (rows, elapsed, rate) =>
        progress.update(Math.floor(elapsed), `${rows} rows, ${(rate ?? 0).toFixed(1)} a second`),
      warn: (warning) => {
        warnings.push(warning);
        printWarning(warning);
      },
    });
  } finally {
    progress.stop();
    await line.close();
  }
  report(recorded, options, warnings);
}

/** For a recording without a known end: on a terminal a line that is written anew. */
function startCounting(stream = process.stderr): Pick<Progress, "update" | "stop"> {
  let isShown = false;
  return {
    update: (seconds, note = "") => {
      isShown = stream.isTTY;
      if (isShown) stream.write(oneLine`\r\x1b[Krecording ${seconds} s: ${note}; Ctrl-C ends`);
    },
    stop: () => {
      if (isShown) stream.write("\n");
      isShown = false;
    },
  };
}

/**
 * A recording that was to go on for so many seconds and did not is no success; one that was to go on until Ctrl-C may
 * be of a sensor that speaks only while there is something to say.
 *
 * @throws UserError for the former
 */
function report(recorded: Recorded, options: RecordOptions, warnings: Warning[]): void {
  const { ending } = recorded;
  const early = ending === "silence" || ending === "late" ? describeEnding(recorded, options) : undefined;
  const isFailure = early !== undefined && options.seconds !== undefined;
  if (early !== undefined && !isFailure) {
    warnings.push(early);
    printWarning(early);
  }
  if (options.json) {
    const { latestBad, rowsPerSecond = null, ...rest } = recorded;
    printJson({
      ...{ ...rest, label: options.label, rowsPerSecond },
      failures: isFailure ? [{ message: early.message, hint: early.hint }] : [],
      warnings: warnings.map(({ message }) => message),
    });
  } else {
    printText(describe(recorded, options));
  }
  if (isFailure) throw new UserError(early.message, early.hint);
}

function describeEnding(
  { path, rows, seconds, silentSeconds, ending, badLines, latestBad }: Recorded,
  { port, seconds: wanted }: RecordOptions,
): Warning {
  const kept = `${rows} rows in ${path}${wanted === undefined ? "" : `, ${seconds.toFixed(1)} s of ${wanted}`}`;
  if (ending === "late") {
    return { message: `${kept}: rows came too late`, hint: "start when the board prints its rows already" };
  }
  const others = badLines === 0 ? "" : `; ${badLines} lines were no row, the latest ${latestBad}`;
  return {
    message: `${kept}; ${port} has been silent for ${silentSeconds.toFixed(1)} s${others}`,
    hint: "check the board and its cable if it should have gone on",
  };
}

function describe({ path, columns, rows, ...recorded }: Recorded, { output }: RecordOptions): string {
  const { rowsPerSecond, badLines, latestBad, stretches, longestStretch } = recorded;
  const speed = rowsPerSecond === undefined ? "" : `, ${rowsPerSecond.toFixed(1)} a second`;
  return [
    oneLine`${path}: ${rows} rows of ${columns.join(",")}${speed}`,
    ...(badLines === 0
      ? []
      : [
          oneLine`${badLines} lines were left out: no row of ${columns.length} numbers, the latest ${latestBad ?? ""}`,
        ]),
    ...(stretches === 1
      ? []
      : [
          `${stretches} stretches, a blank line where rows are missing; the longest has ${longestStretch} rows`,
        ]),
    oneLine`next: data: () => recordings("${output}/", { window: … }) in the experiment`,
  ].join("\n");
}

/** The lines that a firmware prints. */
async function openLines(line: Line, { columns, baud }: RecordOptions): Promise<SensorSource> {
  const { LineSource } = await import("../link/lineSource.js");
  const { systemClock } = await import("../base/clock.js");
  return new LineSource(line, baud, columns, systemClock);
}

/** The inputs of a board that infers on its own. */
async function openInputs(line: Line, { columns, every }: RecordOptions): Promise<SensorSource> {
  const { openDevice } = await import("../link/device.js");
  const { expectRows, InputSource } = await import("./inputSource.js");
  const { systemClock } = await import("../base/clock.js");
  const device = openDevice(line);
  const hello = await device.hello();
  await expectRows(device);
  return new InputSource({ device, hello, columns, intervalMs: every, clock: systemClock });
}
