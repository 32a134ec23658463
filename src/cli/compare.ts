import { type Command, InvalidArgumentError } from "commander";
import { UserError } from "../errors.js";
import type { Program } from "../program.js";
import { addExamples, exitCodeFailed, printJson, printText } from "./commandLine.js";
import { addDeviceOptions, connect, type DeviceChoice } from "./connect.js";
import { readInputs } from "./inputs.js";
import { startProgress } from "./progress.js";
import { readQuantizedModel } from "./readModel.js";

interface CompareOptions extends DeviceChoice {
  readonly input: string;
  readonly labels?: string;
  readonly limit?: number;
  readonly json: boolean;
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("Expected an integer above 0.");
  return count;
}

export function register(program: Command): void {
  const command = program
    .command("compare")
    .description(
      "run the same samples on the host and on a device, and compare every byte; exits 1 if one differs",
    )
    .argument("<model>", "model.json, as train writes it")
    .requiredOption("--input <file>", "samples: .npy, .npz or .csv")
    .option("--labels <file>", "class numbers of the samples: .npy, .npz or .csv")
    .option("--limit <n>", "compare the first n samples only", readCount)
    .option("--json", "print JSON", false)
    .action(async (modelPath: string, options: CompareOptions) => {
      const model = await readQuantizedModel(modelPath);
      const { planProgram } = await import("../plan/planProgram.js");
      const program = planProgram(model.quantized, { optimize: options.optimize ?? "speed" });
      const all = await readInputs(options.input, program.input);
      const inputs = all.slice(0, options.limit);
      const labels =
        options.labels === undefined
          ? undefined
          : (await readClasses(options.labels, all.length, program)).slice(0, options.limit);

      const connection = await connect(options, model.quantized);
      try {
        const { compareDevice } = await import("../compare/compareDevice.js");
        const { comparisonToJson, outputsAreEqual } = await import("../compare/report.js");
        const progress = startProgress("samples", inputs.length);
        const report = await compareDevice({
          program,
          network: model.network,
          device: connection.device,
          deviceDescription: connection.description,
          inputs,
          labels,
          onProgress: (done) => progress.update(done),
        }).finally(() => progress.stop());
        if (options.json) {
          printJson(comparisonToJson(report));
        } else {
          const { renderComparison } = await import("../compare/render.js");
          printText(renderComparison(report));
        }
        if (!outputsAreEqual(report)) process.exitCode = exitCodeFailed;
      } finally {
        await connection.close();
      }
    });
  addDeviceOptions(command);
  addExamples(command, [
    "pinfer compare model.json --virtual --input samples.npy --labels labels.npy",
    "pinfer compare model.json --port /dev/ttyACM0 --input samples.csv --json",
    "pinfer compare model.json --host-c --input samples.npy",
  ]);
}

/** Labels are class numbers, so they need a network with classes. */
async function readClasses(path: string, samples: number, { name, output }: Program): Promise<Int32Array> {
  if (output.bytes < 2) {
    throw new UserError(`network "${name}" has one output and so no classes to label`, "leave out --labels");
  }
  const { readLabels } = await import("../samples.js");
  return readLabels(path, { samples, classes: output.bytes });
}
