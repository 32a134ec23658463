import type { Command } from "commander";
import { UserError } from "../base/errors.js";
import type { TextInference } from "../link/textDevice.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import { quantizationOf } from "../network/quantization.js";
import type { Program } from "../program/program.js";
import { columnsOf } from "./columnsOf.js";
import { addExamples, exitCodeFailed, printJson, printText, printWarnings } from "./commandLine.js";
import { addDeviceOptions, connectLine, type DeviceChoice, readCount } from "./connect.js";
import { addDivideOption, type InputChoice, readInputs } from "./inputs.js";
import { startProgress } from "./progress.js";
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
  /** What the printed results stand for. */
  readonly output: Int8Array;
  readonly expected: Int8Array;
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
  addDeviceOptions(addDivideOption(command));
  addExamples(command, [
    "pinfer dut model.json --virtual --input samples.npy --limit 5",
    "pinfer dut model.json --port /dev/ttyACM0 --input samples.npy --runs 100 --warmup 10",
    "pinfer dut model.json --host-c --input samples.csv --log",
  ]);
  command.addHelpText(
    "after",
    "\nA board on a port runs firmware exported with --dut; --virtual and --host-c export so.\n" +
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
  const { bytesOf } = await import("../link/messages.js");
  const { runProgram } = await import("../program/runProgram.js");
  const log = (text: string): void => void process.stderr.write(`${text}\n`);
  const device = new TextDevice(line, options.log ? { log } : {});
  try {
    const name = await device.greet();
    const model = await device.model();
    expectName(model, program, device.name);
    const progress = options.log ? undefined : startProgress("samples", inputs.length);
    const rows: Measured[] = [];
    try {
      for (const input of inputs) {
        await device.load(bytesOf(input));
        const inference = await device.infer(options.runs, options.warmup);
        const output = outputOf(inference, program, device.name);
        rows.push({ inference, output, expected: runProgram(program, input) });
        progress?.update(rows.length);
      }
    } finally {
      progress?.stop();
    }
    const bytesDiffering = rows.reduce((sum, row) => sum + countDifferences(row), 0);
    if (options.json) {
      printJson({
        ...{ name, model, device: description, runs: options.runs },
        ...toJson(rows, bytesDiffering),
        warnings,
      });
    } else {
      await print(`"${model}" on ${name}, ${description}`, rows, bytesDiffering);
    }
    if (bytesDiffering > 0) process.exitCode = exitCodeFailed;
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
function outputOf({ results }: TextInference, program: Program, device: string): Int8Array {
  const output = onlyOutput(program);
  const { scale, zeroPoint } = quantizationOf(output);
  const values = results.map((text) => Number(text) / scale + zeroPoint);
  const isWrong = (value: number): boolean => !Number.isInteger(value) || value < -128 || value > 127;
  if (values.length !== output.bytes || values.some(isWrong)) {
    throw new UserError(
      `${device} answered results [${results.join(",")}]; expected ${output.bytes} multiples of ${scale}`,
      "export, build and flash this model with --dut",
    );
  }
  return Int8Array.from(values);
}

function countDifferences({ output, expected }: Measured): number {
  return output.reduce((count, value, i) => count + (value === expected[i] ? 0 : 1), 0);
}

/** Of one inference. */
function microseconds({ lapMicroseconds, runs }: TextInference): number {
  return lapMicroseconds / runs;
}

function toJson(rows: readonly Measured[], bytesDiffering: number): object {
  return {
    samples: rows.map(({ inference, output }) => ({
      results: inference.results.map(Number),
      int8: [...output],
      microseconds: microseconds(inference),
    })),
    bytesCompared: rows.reduce((sum, { output }) => sum + output.length, 0),
    bytesDiffering,
  };
}

async function print(title: string, rows: readonly Measured[], bytesDiffering: number): Promise<void> {
  const { argmax } = await import("../compare/metrics.js");
  const { formatCount, renderTable } = await import("../base/table.js");
  const table = renderTable(
    [
      { title: "sample", align: "right" },
      { title: "largest", align: "right" },
      { title: "µs an inference", align: "right" },
      { title: "results", align: "left" },
    ],
    rows.slice(0, shown).map(({ inference, output }, sample) => [
      String(sample),
      String(argmax(output)),
      microseconds(inference).toFixed(1),
      inference.results
        .slice(0, 12)
        .map((text) => Number(Number(text).toPrecision(4)))
        .join(" "),
    ]),
  );
  const rest = rows.length > shown ? `\n… and ${rows.length - shown} more: --json shows all` : "";
  const compared = rows.reduce((sum, { output }) => sum + output.length, 0);
  printText(
    `${title}\n\n${table}${rest}\n\n${formatCount(bytesDiffering)} of ${formatCount(compared)} bytes differ`,
  );
}
