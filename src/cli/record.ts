import { type Command, InvalidArgumentError } from "commander";
import { UserError } from "../base/errors.js";
import type { Line } from "../link/line.js";
import type { SensorRow } from "../link/sensorLines.js";
import { stopOnSignal } from "./atEnd.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { addPortOptions, openPortLine, type PortChoice, readCount } from "./connect.js";
import { type Progress, startProgress } from "./progress.js";

interface RecordOptions extends PortChoice {
  readonly port: string;
  readonly label: string;
  readonly seconds?: number;
  readonly output: string;
  readonly columns?: string[];
  readonly every: number;
  readonly inputs: boolean;
  readonly json: boolean;
}

/** Rows as they come, and what is known of them once it is. */
interface Source {
  readonly rows: AsyncIterable<readonly SensorRow[]>;
  /** Names of the columns; known with the first rows. */
  names(): readonly string[];
  badLines(): number;
}

/** A long recording is safe up to its last so many milliseconds, whatever happens. */
const SAVE_INTERVAL_MS = 5_000;

export function register(program: Command): void {
  const command = program
    .command("record")
    .description(
      "record a sensor into a labelled .csv file that `recordings` reads for training, until Ctrl-C",
    )
    .requiredOption("--port <path>", "a board that prints lines of numbers, ax,ay,az, at a fixed rate")
    .requiredOption("--label <class>", "what the recording shows: walk becomes walk-01.csv, walk-02.csv, …")
    .option("--seconds <n>", "end after so many seconds", readSeconds)
    .option("-o, --output <folder>", "where the recordings lie", "recordings")
    .option("--columns <names>", "names of the columns: ax,ay,az", readNames)
    .option("--inputs", "record the inputs that firmware of pinfer reads from its own pins", false)
    .option("--every <ms>", "with --inputs: milliseconds from a look to the next", readCount, 50)
    .option("--json", "print JSON", false)
    .action(run);
  addPortOptions(command);
  addExamples(command, [
    "pinfer record --port /dev/ttyACM0 --label walk --seconds 60",
    "pinfer record --port /dev/ttyACM0 --label rest --columns ax,ay,az -o recordings",
    "pinfer record --port /dev/ttyACM0 --label bright --inputs --every 20",
  ]);
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0) || !Number.isFinite(seconds))
    throw new InvalidArgumentError("Expected seconds above 0.");
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
  const [files, { rateOf }] = await Promise.all([
    import("./recordingFile.js"),
    import("../link/sensorLines.js"),
  ]);
  files.expectLabel(label);
  const line = await openPortLine(options.port, options);
  const ctrlC = stopOnSignal();
  const stop = new AbortController();
  ctrlC.addEventListener("abort", () => stop.abort());
  const path = files.nextRecording(output, label);
  const rows: SensorRow[] = [];
  let source: Source | undefined;
  let savedAt = performance.now();
  const progress = seconds === undefined ? startCounting() : startProgress("seconds", seconds);
  try {
    source = options.inputs
      ? await openInputs(line, options, stop.signal)
      : openLines(line, options, stop.signal);
    for await (const found of source.rows) {
      if (found.length === 0) continue;
      if (rows.length === 0) files.expectSameColumns(output, source.names());
      rows.push(...found);
      const elapsed = (rows.at(-1)!.milliseconds - rows[0]!.milliseconds) / 1000;
      progress.update(Math.floor(elapsed), `${rows.length} rows, ${(rateOf(rows) ?? 0).toFixed(1)} a second`);
      if (performance.now() - savedAt >= SAVE_INTERVAL_MS) {
        files.writeRecording(path, source.names(), rows);
        savedAt = performance.now();
      }
      if (seconds !== undefined && elapsed >= seconds) stop.abort();
    }
  } finally {
    progress.stop();
    // what was recorded is kept, whatever ended it
    if (rows.length > 0) files.writeRecording(path, source!.names(), rows);
    await line.close();
  }
  if (rows.length === 0) {
    throw new UserError("nothing was recorded", "wait for the first rows before Ctrl-C");
  }
  report(path, rows.length, rateOf(rows), source, options);
}

/** For a recording without a known end: on a terminal a line that is written anew. */
function startCounting(stream = process.stderr): Pick<Progress, "update" | "stop"> {
  let isShown = false;
  return {
    update: (seconds, note = "") => {
      isShown = stream.isTTY;
      if (isShown) stream.write(`\r\x1b[Krecording ${seconds} s: ${note}; Ctrl-C ends`);
    },
    stop: () => {
      if (isShown) stream.write("\n");
      isShown = false;
    },
  };
}

function report(
  path: string,
  rowCount: number,
  rate: number | undefined,
  source: Source,
  { label, output, json }: RecordOptions,
): void {
  const [columns, badLines] = [source.names(), source.badLines()];
  if (json) {
    printJson({ path, label, columns, rows: rowCount, rowsPerSecond: rate ?? null, badLines });
    return;
  }
  const speed = rate === undefined ? "" : `, ${rate.toFixed(1)} a second`;
  const bad = badLines === 0 ? "" : `\n${badLines} lines were left out: no row of ${columns.length} numbers`;
  printText(
    `${path}: ${rowCount} rows of ${columns.join(",")}${speed}${bad}\n` +
      `next: data: () => recordings("${output}/", { window: … }) in the experiment`,
  );
}

/** Nothing came for so long: then something is wrong. */
const SILENCE_MS = 5_000;
/** What comes before is old: adapters and terminals store what nobody read. */
const SETTLE_MS = 100;

function silenceError(port: string, badLines: number, baud: number): UserError {
  const others = badLines > 0 ? `; ${badLines} other lines came` : "";
  return new UserError(
    `no row of numbers from ${port} in ${SILENCE_MS} ms${others}`,
    `check that the board prints lines like "0.1,0.2,9.8" at ${baud} baud (--baud); ` +
      "for firmware of pinfer that reads its own pins give --inputs",
  );
}

/** The lines that a firmware prints. */
function openLines(line: Line, { columns, baud }: RecordOptions, signal: AbortSignal): Source {
  let lines: import("../link/sensorLines.js").SensorLines;
  const rows = async function* () {
    const { SensorLines } = await import("../link/sensorLines.js");
    lines = new SensorLines(columns?.length);
    const start = performance.now();
    let heard = { numberLines: 0, at: start };
    for await (const { bytes, milliseconds } of arrivals(line, signal)) {
      if (milliseconds - start < SETTLE_MS) continue;
      const found = bytes === undefined ? [] : lines.push(bytes, milliseconds);
      const { numberLines, badLines } = lines;
      if (numberLines > heard.numberLines) heard = { numberLines, at: milliseconds };
      if (milliseconds - heard.at >= SILENCE_MS) throw silenceError(line.name, badLines, baud);
      if (found.length > 0) yield found;
    }
    yield lines.finish();
  };
  return {
    rows: rows(),
    names: () =>
      columns ??
      lines.format!.names ??
      Array.from({ length: lines.format!.columns }, (_, column) => `x${column}`),
    badLines: () => lines.badLines,
  };
}

interface Arrival {
  /** Undefined: nothing came for a while. */
  readonly bytes: Uint8Array | undefined;
  readonly milliseconds: number;
}

/** What comes on the line, until the signal or the line's end. */
async function* arrivals(line: Line, signal: AbortSignal): AsyncGenerator<Arrival> {
  const queue: Arrival[] = [];
  let broken: Error | undefined;
  let wake = (): void => undefined;
  line.listen(
    (bytes) => {
      queue.push({ bytes, milliseconds: performance.now() });
      wake();
    },
    (reason) => {
      broken = reason;
      wake();
    },
  );
  signal.addEventListener("abort", () => wake());
  while (!signal.aborted) {
    if (queue.length === 0 && broken === undefined) {
      await new Promise<void>((resolve) => {
        const deadline = setTimeout(resolve, SILENCE_MS);
        wake = () => {
          clearTimeout(deadline);
          resolve();
        };
      });
    }
    const arrived = queue.splice(0);
    yield* arrived;
    if (arrived.length > 0 || signal.aborted) continue;
    if (broken !== undefined) throw broken;
    yield { bytes: undefined, milliseconds: performance.now() };
  }
}

/** The inputs of a board that infers on its own, as real values: those that were looked at in time. */
async function openInputs(line: Line, options: RecordOptions, signal: AbortSignal): Promise<Source> {
  const [{ openDevice }, { monitorDevice }, { dequantizeTensor }] = await Promise.all([
    import("../link/device.js"),
    import("../link/monitorDevice.js"),
    import("../quantize/quantizeTensor.js"),
  ]);
  const device = openDevice(line);
  const hello = await device.hello();
  const { input } = hello.network;
  const size = input.shape.reduce((product, length) => product * length, 1);
  const { columns } = options;
  if (columns !== undefined && columns.length !== size) {
    throw new UserError(
      `--columns names ${columns.length}; network "${hello.network.name}" has ${size} inputs`,
      "name each input, or leave out --columns",
    );
  }
  const rows = async function* () {
    for await (const event of monitorDevice({ device, hello, intervalMs: options.every, signal })) {
      if (event.event !== "inference") continue;
      const cells = [...dequantizeTensor(event.input, input)].map((value) =>
        String(Number(value.toPrecision(9))),
      );
      yield [{ cells, milliseconds: performance.now() }];
    }
  };
  return {
    rows: rows(),
    names: () => columns ?? Array.from({ length: size }, (_, i) => `x${i}`),
    badLines: () => 0,
  };
}
