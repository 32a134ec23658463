import type { Command } from "commander";
import { UserError } from "../base/errors.js";
import { oneLine, printable, shortened } from "../base/printable.js";
import { elementCount } from "../base/tensor.js";
import type { TextInference, TextProfile } from "../link/textDevice.js";
import { integerRanges } from "../network/elementTypes.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import { quantizationOf } from "../network/quantization.js";
import type { ElementType } from "../network/quantizedNetwork.js";
import type { Program } from "../program/program.js";
import { columnsOf } from "./columnsOf.js";
import { addExamples, exitCodeFailed, printJson, printText, printWarnings } from "./commandLine.js";
import { addDeviceOptions, connectLine, type DeviceChoice, readCount, textBaudHelp } from "./connect.js";
import { addDivideOption, type InputChoice, readInputs } from "./inputs.js";
import { addQuietOption, startProgress } from "./progress.js";
import { readQuantizedModel } from "./readModel.js";

interface DutOptions extends DeviceChoice, InputChoice {
  readonly input: string;
  readonly runs: number;
  readonly warmup: number;
  readonly log: boolean;
  readonly json: boolean;
}

/** A sample's inferences by text, beside what the host computes. */
interface Measured {
  readonly inference: TextInference;
  /** What the printed results stand for: the output's bytes, or the error. */
  readonly values: readonly number[];
  readonly expected: readonly number[];
}

const shown = 20;

export function register(parent: Command): void {
  const command = parent
    .command("dut")
    .description(
      "load samples, infer and read results by MLPerf Tiny's text protocol; exits 1 if a result is not the host's",
    )
    .argument("<model>", "model.json, as train and import write it")
    .requiredOption("--input <file>", "samples: .npy, .npz, .csv or IDX")
    .option("--limit <n>", "take the first n samples only", readCount)
    .option("--runs <n>", "inferences of a lap", readCount, 10)
    .option("--warmup <n>", "inferences before it", readNatural, 1)
    .option("--log", "show every line that goes and comes", false)
    .option("--json", "print JSON", false)
    .action(run);
  addDeviceOptions(addDivideOption(addQuietOption(command)), textBaudHelp);
  addExamples(command, [
    "pinfer dut model.json --virtual --input samples.npy --limit 5",
    "pinfer dut model.json --port /dev/ttyACM0 --input samples.npy --runs 100 --warmup 10",
    "pinfer dut model.json --host-c --input samples.csv --log",
  ]);
  command.addHelpText(
    "after",
    "\nA board on a port runs firmware exported with --dut; --virtual and --host-c export so. It tells what it takes and\n" +
      "answers (export-firmware --dut-input, --dut-result); samples are those of the network.\n" +
      "Any terminal at 115200 8N1 speaks it too: name%  db load N%  db HEX%  infer 10 1%  results%  help%",
  );
}

function readNatural(text: string): number {
  return text === "0" ? 0 : readCount(text);
}

async function run(modelPath: string, options: DutOptions): Promise<void> {
  const source = await readQuantizedModel(modelPath);
  const { quantized } = source;
  const { planProgram } = await import("../plan/planProgram.js");
  const program = planProgram(quantized, { optimize: options.optimize ?? "speed" });
  const read = await readInputs(options.input, onlyInput(program), options, columnsOf(source));
  const inputs = read.samples;
  const warnings = printWarnings(read.warnings);
  await expectTextFirmware(options.firmware);
  const { line, description, stop } = await connectLine({ ...options, dut: true }, quantized);
  const { TextDevice } = await import("../link/textDevice.js");
  const { encodeText, meanSquaredError } = await import("../compare/textForm.js");
  const { createRunner } = await import("../program/runner.js");
  const runner = await createRunner(program, inputs.length);
  const log = (text: string): void => void process.stderr.write(`${printable(text)}\n`);
  const device = new TextDevice(line, options.log ? { log } : {});
  try {
    const name = await device.greet();
    const profile = await device.profile();
    expectName(profile.model, program, device.name);
    const progress = options.log ? undefined : startProgress("samples", inputs.length);
    const rows: Measured[] = [];
    try {
      for (const input of inputs) {
        await device.load(encodeText(input, program, profile));
        const inference = await device.infer(options.runs, options.warmup);
        const output = runner.run(input);
        rows.push(
          profile.output === "mse"
            ? {
                inference,
                values: errorOf(inference, device.name),
                // the exporter lets it say so of int8 outputs alone
                expected: [meanSquaredError(input, output as Int8Array, program, profile)],
              }
            : { inference, values: outputOf(inference, program, device.name), expected: [...output] },
        );
        progress?.update(rows.length);
      }
    } finally {
      progress?.stop();
    }
    const differing = rows.reduce((sum, row) => sum + countDifferences(row), 0);
    if (options.json) {
      printJson({
        ...{ name, model: profile.model, device: description, runs: options.runs },
        ...{ input: profile.input ?? onlyInput(program).elementType, result: profile.output ?? "outputs" },
        ...toJson(rows, differing, profile, onlyOutput(program).elementType),
        warnings,
      });
    } else {
      await print(
        oneLine`"${profile.model}" on ${name}, ${description}`,
        rows,
        differing,
        profile,
        onlyOutput(program).elementType,
      );
    }
    if (differing > 0) process.exitCode = exitCodeFailed;
  } finally {
    await device.close();
    await stop();
  }
}

/** Says so before building it and waiting for an answer. */
async function expectTextFirmware(folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  const { readManifest } = await import("../board/manifest.js");
  if (readManifest(folder).dut) return;
  throw new UserError(`${folder} was exported without the text protocol`, "export it with --dut");
}

/** The protocol tells no hash of the network, only its name. */
function expectName(model: string, { name }: Program, device: string): void {
  const printed = Buffer.from(name, "utf8")
    .toString("latin1")
    .replace(/[^ -~]|\]/g, "?");
  if (model === printed) return;
  throw new UserError(
    `${device} carries model "${model}", the host expects "${printed}"`,
    "export, build and flash this model with --dut",
  );
}

/** @throws UserError when a result is no value that the output can have */
function outputOf({ results }: TextInference, program: Program, device: string): number[] {
  const output = onlyOutput(program);
  const { scale, zeroPoint } = quantizationOf(output);
  const [least, most] = integerRanges[output.elementType];
  const count = elementCount(output.shape);
  const values = results.map((text) => Math.round(Number(text) / scale) + zeroPoint);
  // all decimals come, so both are the double next to the same number
  const isRight = (value: number, i: number): boolean =>
    value >= least && value <= most && scale * (value - zeroPoint) === Number(results[i]);
  if (values.length === count && values.every(isRight)) return values;
  throw wrongResults(results, `${count} multiples of ${scale}`, device);
}

/** @throws UserError when the result is no error */
function errorOf({ results }: TextInference, device: string): number[] {
  if (results.length === 1 && Number(results[0] || "none") >= 0) return results.map(Number);
  throw wrongResults(results, "one mean squared error", device);
}

function wrongResults(results: readonly string[], expected: string, device: string): UserError {
  return new UserError(
    `${device} answered results [${shortened(results.join(","), 120)}]; expected ${expected}`,
    "export, build and flash this model with --dut",
  );
}

function countDifferences({ values, expected }: Measured): number {
  return values.reduce((count, value, i) => count + (value === expected[i] ? 0 : 1), 0);
}

/** Of one inference. */
function microseconds({ lapMicroseconds, runs }: TextInference): number {
  return lapMicroseconds / runs;
}

function toJson(
  rows: readonly Measured[],
  differing: number,
  { output, times }: TextProfile,
  elementType: ElementType,
): object {
  const compared = rows.reduce((sum, { values }) => sum + values.length, 0);
  return {
    samples: rows.map(({ inference, values }) => ({
      results: inference.results.map(Number),
      ...(output === undefined && { [elementType]: values }),
      microseconds: microseconds(inference),
    })),
    ...(times !== undefined && { times }),
    ...(output === undefined
      ? elementType === "int8"
        ? { bytesCompared: compared, bytesDiffering: differing }
        : { valuesCompared: compared, valuesDiffering: differing }
      : { errorsCompared: compared, errorsDiffering: differing }),
  };
}

async function print(
  title: string,
  rows: readonly Measured[],
  differing: number,
  { output, times }: TextProfile,
  elementType: ElementType,
): Promise<void> {
  const { argmax } = await import("../compare/metrics.js");
  const { formatCount, renderTable } = await import("../base/table.js");
  const table = renderTable(
    [
      { title: "sample", align: "right" },
      ...(output === undefined ? [{ title: "largest", align: "right" } as const] : []),
      { title: "µs an inference", align: "right" },
      { title: output === undefined ? "results" : "mean squared error", align: "left" },
    ],
    rows.slice(0, shown).map(({ inference, values }, sample) => [
      String(sample),
      ...(output === undefined ? [String(argmax(values))] : []),
      microseconds(inference).toFixed(1),
      inference.results
        .slice(0, 12)
        .map((text) => Number(Number(text).toPrecision(4)))
        .join(" "),
    ]),
  );
  const rest = rows.length > shown ? `\n… and ${rows.length - shown} more: --json shows all` : "";
  const compared = rows.reduce((sum, { values }) => sum + values.length, 0);
  const notTimes = times === undefined ? "" : `\nµs are no time of a board: ${times}`;
  const what = output !== undefined ? "mean squared errors" : elementType === "int8" ? "bytes" : "values";
  printText(
    `${title}\n\n${table}${rest}${notTimes}\n\n${formatCount(differing)} of ${formatCount(compared)} ${what} differ`,
  );
}
