import { join } from "node:path";
import { type Command, Option } from "commander";
import { UserError } from "../base/errors.js";
import { makeFolder } from "../base/makeFolder.js";
import { quoted } from "../base/printable.js";
import type { BuiltFirmware } from "../board/buildFolder.js";
import type { LabelsAre } from "../formats/labels.js";
import { onlyOutput } from "../network/ports.js";
import type { Program } from "../program/program.js";
import { addJunitOption, type Checks, withChecks } from "./checks.js";
import { columnsOf } from "./columnsOf.js";
import { addExamples, printJson, printText, printWarnings } from "./commandLine.js";
import { addDeviceOptions, connect, type DeviceChoice, readCount } from "./connect.js";
import { expectOutputs } from "./expectOutputs.js";
import { addLimits, checkImage, type Limits, ramBytes } from "./gates.js";
import { addDivideOption, type InputChoice, type Inputs } from "./inputs.js";
import { startPace } from "./pace.js";
import { readSamplesOf } from "./portInputs.js";
import { addQuietOption, startProgress } from "./progress.js";
import { type QuantizedModel, readQuantizedModel } from "./readModel.js";

const renamed = {
  message: "--state is called --resume: networks have states of their own now",
  hint: "the old name works as before",
};

interface CompareOptions extends DeviceChoice, InputChoice, Limits {
  readonly input: string;
  readonly labels?: string;
  readonly labelsAre?: LabelsAre;
  readonly layers: boolean;
  readonly dump?: string;
  readonly resume?: string | undefined;
  /** What `resume` was called before networks had states. */
  readonly state?: string;
  readonly junit?: string;
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
    .option(
      "--labels <file>",
      "classes of the samples, names or numbers, in the same formats; default: the column of a .csv that was trained on",
    )
    .addOption(
      new Option("--labels-are <what>", "what labels mean that could be both").choices(["names", "numbers"]),
    )
    .option("--limit <n>", "compare the first n samples only", readCount)
    .option("--layers", "compare the output of every layer too", false)
    .option("--dump <folder>", "write the device's output of every layer as .npy; includes --layers")
    .option("--resume <file>", "keep what is done in a file, and go on from it after a cut")
    .addOption(new Option("--state <file>", "what --resume was called").hideHelp())
    .option("--json", "print JSON", false)
    .action((modelPath: string, options: CompareOptions) =>
      withChecks("compare", options.junit, (checks) => run(modelPath, options, checks)),
    );
  addLimits(
    addJunitOption(command),
    ["minAccuracy", "maxDrop", "maxFlash", "maxRam", "maxCycles", "maxInstructions"],
    {
      minAccuracy: "fail when the device's accuracy is lower: 0.95 or 95%",
      maxDrop: "fail when the device's accuracy is more than this below the float network's: 0.01 or 1%",
    },
  );
  addDeviceOptions(addDivideOption(addQuietOption(command)));
  addExamples(command, [
    "pinfer compare model.json --virtual --input samples.npy --labels labels.npy",
    "pinfer compare model.json --port /dev/ttyACM0 --input samples.csv --json",
    "pinfer compare model.json --port tcp://lab.example.org:4000 --input samples.npy",
    "pinfer compare model.json --host-c --input samples.npy",
    "pinfer compare mnist.json --virtual --input t10k-images-idx3-ubyte --labels t10k-labels-idx1-ubyte --divide 255",
    "pinfer compare model.json --port /dev/ttyACM0 --input all.npy --resume compare.state",
    "pinfer compare model.json --virtual --input samples.npy --limit 4 --layers",
    "pinfer compare model.json --virtual --input samples.npy --limit 4 --dump build/layers",
    "pinfer compare model.json --virtual --input samples.npy --labels labels.npy --min-accuracy 95% --max-flash 64KiB --junit compare.xml",
  ]);
}

async function run(modelPath: string, given: CompareOptions, checks: Checks): Promise<void> {
  const options = { ...given, resume: given.resume ?? given.state };
  expectOneStore(options);
  await expectOutputs(options.resume);
  const model = await readQuantizedModel(modelPath, "any");
  const { planProgram } = await import("../plan/planProgram.js");
  const program = planProgram(model.quantized, { optimize: options.optimize ?? "speed" });
  const sequences = program.states.length > 0;
  if (sequences) expectNoLabels(options);
  const read = await readSamplesOf(
    options.input,
    program.inputs,
    { ...options, sequences },
    columnsOf(model),
  );
  const inputs = read.samples;
  const labels = await chooseLabels(options, read, program, model);
  expectJudgeable(options, labels, model);
  const warnings = printWarnings([...read.warnings, ...(given.state === undefined ? [] : [renamed])]);

  const connection = await connect({ ...options, modelPath }, model.quantized);
  try {
    const { compareDevice } = await import("../compare/compareDevice.js");
    const { comparisonToJson } = await import("../compare/report.js");
    const dump = options.dump === undefined ? undefined : await startDump(options.dump, program);
    const { keepComparison } = await import("./keepComparison.js");
    const store = options.resume === undefined ? undefined : keepComparison(options.resume);
    const progress = startProgress("samples", inputs.length);
    const pace = startPace(inputs.length);
    const report = await compareDevice({
      program,
      network: model.network?.canRun ? model.network : undefined,
      device: connection.device,
      deviceDescription: connection.description,
      firmware: connection.built === undefined ? "" : await firmwareHash(connection.built),
      inputs,
      steps: read.steps,
      labels,
      classNames: model.classNames,
      layers: options.layers || dump !== undefined,
      ...(dump === undefined ? {} : { onLayer: dump.add }),
      ...(store === undefined ? {} : { store }),
      onProgress: (done) => progress.update(done, pace(done)),
    }).finally(() => progress.stop());
    dump?.write();
    const { checkComparison, checkLimits } = await import("./checkComparison.js");
    checkComparison(report, checks);
    const image = connection.built?.image.sizes;
    checkImage(checks, options, image);
    checkLimits(report, options, checks);
    if (options.json) {
      printJson({
        ...comparisonToJson(report),
        ...(image && { image: { ...image, ramBytes: ramBytes(image) } }),
        failures: checks.failures,
        warnings,
      });
    } else {
      const { renderComparison } = await import("../compare/render.js");
      printText(renderComparison(report));
    }
    store?.remove();
  } finally {
    await connection.close();
  }
}

/** @throws UserError before the work, where a limit of accuracy has nothing to be held against */
function expectJudgeable(
  { minAccuracy, maxDrop }: CompareOptions,
  labels: Int32Array | undefined,
  { network }: QuantizedModel,
): void {
  const option = minAccuracy === undefined ? "--max-drop" : "--min-accuracy";
  if (minAccuracy === undefined && maxDrop === undefined) return;
  if (labels === undefined) {
    throw new UserError(
      `${option} needs the samples' classes, and there are none`,
      "give them with --labels",
    );
  }
  if (maxDrop !== undefined && network?.canRun !== true) {
    throw new UserError(
      network
        ? "--max-drop needs the float network, and functions and kernels of your own are in the experiment only"
        : "--max-drop needs the float network, and an imported model has none",
      "`pinfer diff --max-drop` holds two reports against each other",
    );
  }
}

/** Of a sequence it is open which step a label is of. */
function expectNoLabels({ labels }: CompareOptions): void {
  if (labels === undefined) return;
  throw new UserError(
    "--labels are of samples; this network keeps states, and its samples are steps of sequences",
    "leave out --labels",
  );
}

/** A dump holds all layers until it is written at the end: what was cut is lost. */
function expectOneStore({ resume, dump }: CompareOptions): void {
  if (resume === undefined || dump === undefined) return;
  throw new UserError(
    `--dump ${dump} is written at the end and cannot go on after a cut`,
    "leave out --resume",
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
  await expectOutputs(join(folder, "layers.json"));
  const dump = new LayerDump(program);
  return { add: dump.add, write: () => dump.write(folder) };
}

/** The class of each sample: from a file of labels, or from the samples' own column. */
async function chooseLabels(
  { input, labels: path, labelsAre, limit }: CompareOptions,
  { labels, count }: Inputs,
  program: Program,
  model: QuantizedModel,
): Promise<Int32Array | undefined> {
  if (program.outputs.length > 1) {
    if (path === undefined) return undefined;
    throw new UserError(
      `network "${program.name}" has ${program.outputs.length} outputs; --labels are of networks with one`,
      "leave out --labels",
    );
  }
  const output = onlyOutput(program);
  if (output.bytes < 2) {
    if (path === undefined) return undefined;
    throw new UserError(
      `network "${program.name}" has one output and so no classes to label`,
      "leave out --labels",
    );
  }
  const { classesOf, readLabels } = await import("../formats/labels.js");
  const [column, ...more] = columnsOf(model)?.targets ?? [];
  const classes = {
    count: output.bytes,
    names: model.classNames,
    column: more.length === 0 ? column : undefined,
  };
  if (path !== undefined) return readLabels(path, count, classes, labelsAre).slice(0, limit);
  if (labels === undefined) return undefined;
  return classesOf(
    `${input}, column ${quoted(column!)}`,
    labels,
    classes,
    labelsAre ?? (model.classNames && "names"),
  );
}
