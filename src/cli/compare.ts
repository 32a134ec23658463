import type { Command } from "commander";
import { UserError } from "../base/errors.js";
import type { BuiltFirmware } from "../board/buildFolder.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import type { Program } from "../program/program.js";
import { addExamples, exitCodeFailed, printJson, printText } from "./commandLine.js";
import { addDeviceOptions, connect, type DeviceChoice, readCount } from "./connect.js";
import { addDivideOption, type InputChoice, readInputs } from "./inputs.js";
import { makeFolder } from "./makeFolder.js";
import { startPace } from "./pace.js";
import { startProgress } from "./progress.js";
import { readQuantizedModel } from "./readModel.js";

interface CompareOptions extends DeviceChoice, InputChoice {
  readonly input: string;
  readonly labels?: string;
  readonly limit?: number;
  readonly layers: boolean;
  readonly dump?: string;
  readonly state?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("compare")
    .description(
      "run the same samples on the host and on a device, and compare every byte; exits 1 if one differs",
    )
    .argument("<model>", "model.json, as train and import write it")
    .requiredOption("--input <file>", "samples: .npy, .npz, .csv or IDX")
    .option("--labels <file>", "class numbers of the samples, in the same formats")
    .option("--limit <n>", "compare the first n samples only", readCount)
    .option("--layers", "compare the output of every layer too", false)
    .option("--dump <folder>", "write the device's output of every layer as .npy; includes --layers")
    .option("--state <file>", "keep what is done in a file, and go on from it after a cut")
    .option("--json", "print JSON", false)
    .action(async (modelPath: string, options: CompareOptions) => {
      expectOneStore(options);
      const model = await readQuantizedModel(modelPath);
      const { planProgram } = await import("../plan/planProgram.js");
      const program = planProgram(model.quantized, { optimize: options.optimize ?? "speed" });
      const all = await readInputs(options.input, onlyInput(program), options);
      const inputs = all.slice(0, options.limit);
      const labels =
        options.labels === undefined
          ? undefined
          : (await readClasses(options.labels, all.length, program)).slice(0, options.limit);

      const connection = await connect(options, model.quantized);
      try {
        const { compareDevice } = await import("../compare/compareDevice.js");
        const { allBytesAreEqual, comparisonToJson } = await import("../compare/report.js");
        const dump = options.dump === undefined ? undefined : await startDump(options.dump, program);
        const { keepComparison } = await import("./keepComparison.js");
        const store = options.state === undefined ? undefined : keepComparison(options.state);
        const progress = startProgress("samples", inputs.length);
        const pace = startPace(inputs.length);
        const report = await compareDevice({
          program,
          network: model.network,
          device: connection.device,
          deviceDescription: connection.description,
          firmware: connection.built === undefined ? "" : await firmwareHash(connection.built),
          inputs,
          labels,
          classNames: model.classNames,
          layers: options.layers || dump !== undefined,
          ...(dump === undefined ? {} : { onLayer: dump.add }),
          ...(store === undefined ? {} : { store }),
          onProgress: (done) => progress.update(done, pace(done)),
        }).finally(() => progress.stop());
        dump?.write();
        if (options.json) {
          printJson(comparisonToJson(report));
        } else {
          const { renderComparison } = await import("../compare/render.js");
          printText(renderComparison(report));
        }
        store?.remove();
        if (!allBytesAreEqual(report)) process.exitCode = exitCodeFailed;
      } finally {
        await connection.close();
      }
    });
  addDeviceOptions(addDivideOption(command));
  addExamples(command, [
    "pinfer compare model.json --virtual --input samples.npy --labels labels.npy",
    "pinfer compare model.json --port /dev/ttyACM0 --input samples.csv --json",
    "pinfer compare model.json --host-c --input samples.npy",
    "pinfer compare mnist.json --virtual --input t10k-images-idx3-ubyte --labels t10k-labels-idx1-ubyte --divide 255",
    "pinfer compare model.json --port /dev/ttyACM0 --input all.npy --state compare.state",
    "pinfer compare model.json --virtual --input samples.npy --limit 4 --layers",
    "pinfer compare model.json --virtual --input samples.npy --limit 4 --dump build/layers",
  ]);
}

/** A dump holds all layers until it is written at the end: what was cut is lost. */
function expectOneStore({ state, dump }: CompareOptions): void {
  if (state === undefined || dump === undefined) return;
  throw new UserError(
    `--dump ${dump} is written at the end and cannot go on after a cut`,
    "leave out --state",
  );
}

/** Of all that is compiled, wherever the folder is. */
async function firmwareHash({ manifest }: BuiltFirmware): Promise<string> {
  const { printManifest, sha256 } = await import("../board/manifest.js");
  return sha256(printManifest(manifest));
}

/** Makes the folder before anything takes long. */
async function startDump(folder: string, program: Program) {
  const { LayerDump } = await import("../compare/dumpLayers.js");
  makeFolder(folder);
  const dump = new LayerDump(program);
  return { add: dump.add, write: () => dump.write(folder) };
}

/** Labels are class numbers, so they need a network with classes. */
async function readClasses(path: string, samples: number, program: Program): Promise<Int32Array> {
  const output = onlyOutput(program);
  if (output.bytes < 2) {
    throw new UserError(
      `network "${program.name}" has one output and so no classes to label`,
      "leave out --labels",
    );
  }
  const { readLabels } = await import("../formats/samples.js");
  return readLabels(path, { samples, classes: output.bytes });
}
