import type { Command } from "commander";
import { UserError, type Warning } from "../base/errors.js";
import type { ColumnNames } from "../formats/samples.js";
import { onlyInput } from "../network/ports.js";
import type { ActivationData, QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { MeasuredTimes } from "../plan/chooseKernels.js";
import type { CycleSource } from "../profile/collectCycles.js";
import type { ProfileReport } from "../profile/profileDevice.js";
import type { Program } from "../program/program.js";
import type { Target } from "../program/target.js";
import { addJunitOption, type Checks, withChecks } from "./checks.js";
import { columnsOf } from "./columnsOf.js";
import { addExamples, printJson, printText, printWarning, printWarnings } from "./commandLine.js";
import { addDeviceOptions, type Connection, connect, type DeviceChoice, readCount } from "./connect.js";
import { expectOutputs } from "./expectOutputs.js";
import { addLimits, checkImage, checkTicks, type Limits, ramBytes } from "./gates.js";
import { addDivideOption, type InputChoice, readInputs } from "./inputs.js";
import { startPace } from "./pace.js";
import { addQuietOption, startProgress } from "./progress.js";
import { readQuantizedModel } from "./readModel.js";

interface ProfileCommandOptions extends DeviceChoice, InputChoice, Limits {
  readonly input?: string;
  readonly report?: string;
  readonly junit?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("profile")
    .description(
      "count each layer's instructions on an emulated board, with cycles that a model of a Cortex-M4 makes of them, or its cycles on a real one",
    )
    .argument("<model>", "model.json, as train and import write it")
    .option("--input <file>", "samples: .npy, .npz, .csv or IDX; without it one sample of noise")
    .option("--limit <n>", "run the first n samples only", readCount)
    .option("--report <file>", "write it as a page to look at, with a map of the arena over time")
    .option("--json", "print JSON", false)
    .action((modelPath: string, options: ProfileCommandOptions) =>
      withChecks("profile", options.junit, (checks) => run(modelPath, options, checks)),
    );
  addLimits(addJunitOption(command), ["maxFlash", "maxRam", "maxCycles", "maxInstructions"]);
  addDeviceOptions(addDivideOption(addQuietOption(command)));
  addExamples(command, [
    "pinfer profile model.json --virtual",
    "pinfer profile model.json --virtual --report profile.html",
    "pinfer profile model.json --virtual --optimize size --input samples.npy --limit 10",
    "pinfer profile model.json --virtual --max-instructions 200k --max-ram 16KiB --junit profile.xml",
    "pinfer profile model.json --port /dev/ttyACM0 --max-cycles 480k --json",
  ]);
  command.addHelpText("after", cyclesHelp);
}

const cyclesHelp = `
Modelled cycles are those of a Cortex-M4 whose memory never makes it wait: published cycles of CMSIS-NN on an STM32L4R5
are 1.25 to 1.43 times what the model gives. They need Linux, gcc, and a QEMU with plugins; without, the profile says why.`;

async function run(modelPath: string, options: ProfileCommandOptions, checks: Checks): Promise<void> {
  await expectOutputs(options.report);
  const model = await readQuantizedModel(modelPath);
  const { quantized } = model;
  const connection = await connect({ ...options, modelPath, withCycles: true }, quantized);
  try {
    const { planProgram } = await import("../plan/planProgram.js");
    const { profileDevice } = await import("../profile/profileDevice.js");
    const optimize = connection.built?.manifest.optimize ?? options.optimize ?? "speed";
    const target = await targetOf(connection);
    const measured = await tuningOf(connection, modelPath, quantized, target);
    const planned = planProgram(quantized, { optimize, target, measured });
    const { inputs, ...read } = await readSamplesOrNoise(options, planned, columnsOf(model));
    const warnings = printWarnings(read.warnings);
    const progress = startProgress("samples", inputs.length);
    const pace = startPace(inputs.length);
    const profile = await profileDevice({
      program: planned,
      device: connection.device,
      deviceDescription: connection.description,
      inputs,
      ...cycleSourceOf(connection),
      onProgress: (done) => progress.update(done, pace(done)),
    }).finally(() => progress.stop());
    if (options.report !== undefined) await writePage(options.report, planned, profile);
    checks.tell("network", profile.model.name);
    checks.tell("hash", profile.model.hash);
    checks.tell("device", `${profile.device.board}, ${profile.device.description}`);
    checks.tell(profile.unit, Math.round(profile.run.mean));
    const image = connection.built?.image.sizes;
    checkImage(checks, options, image);
    const { modelledCycles } = profile;
    checkTicks(checks, options, profile.run, `board "${profile.device.board}"`, modelledCycles);
    if (modelledCycles && "run" in modelledCycles) {
      checks.tell("modelled cycles", Math.round(modelledCycles.run.mean));
    }
    if (options.json) {
      printJson({
        ...profile,
        ...(image && { image: { ...image, ramBytes: ramBytes(image) } }),
        failures: checks.failures,
        warnings,
      });
    } else {
      const { renderProfile } = await import("../profile/renderProfile.js");
      printText(renderProfile(profile));
    }
  } finally {
    await connection.close();
  }
}

/** What the firmware's kernels were chosen by, so that those that are named are those that run. */
async function tuningOf(
  { built }: Connection,
  modelPath: string,
  network: QuantizedNetwork,
  target: Target | undefined,
): Promise<MeasuredTimes | undefined> {
  if (built?.manifest.tuned === undefined) return undefined;
  const [{ findTuning }, { tuningHash }] = await Promise.all([
    import("./tune.js"),
    import("../board/manifest.js"),
  ]);
  const { optimize, tuned } = built.manifest;
  const { measured } = await findTuning(modelPath, network, {
    tune: undefined,
    optimize,
    target,
    slots: false,
  });
  if (measured !== undefined && tuningHash(measured) === tuned) return measured;
  printWarning({
    message:
      "the firmware was exported with other measurements than lie beside the model: its kernels may be others than are named",
    hint: "export it again",
  });
  return measured;
}

/** What the firmware was planned for: as its folder says, or as boards of that name have it. */
async function targetOf({ built, device }: Connection): Promise<Target | undefined> {
  const { findTarget } = await import("../program/target.js");
  if (built?.manifest.target !== undefined) return findTarget(built.manifest.target);
  const { boards } = await import("../board/boards.js");
  const { boardId } = await device.hello();
  return boards.find(({ id }) => id === boardId)?.target;
}

function cycleSourceOf({ cycles, built }: Connection): { cycleSource?: CycleSource } {
  if (cycles === undefined || built === undefined) return {};
  if (!(cycles instanceof UserError)) {
    const { core, clockHz, flashWait } = built.board;
    const flash = flashWait && {
      waitStates: flashWait.states,
      clockHz,
      hiddenBy: flashWait.hiddenBy ?? null,
    };
    return { cycleSource: { core, counter: cycles, flash } };
  }
  const { message, hint } = cycles;
  return { cycleSource: { missing: hint === undefined ? message : `${message}; ${hint}` } };
}

async function writePage(path: string, program: Program, profile: ProfileReport): Promise<void> {
  const { summarizeNetwork } = await import("../program/summarize.js");
  const { renderNetworkPage } = await import("../report/networkPage.js");
  const { writeFilesAtomically } = await import("../base/files.js");
  const { unit, device, layers, run, modelledCycles } = profile;
  const page = renderNetworkPage(summarizeNetwork(program), {
    unit,
    device: `${device.board}, ${device.description}`,
    layers: layers.map(({ ticks }) => ticks.mean),
    run: run.mean,
    ...(modelledCycles &&
      "run" in modelledCycles && {
        cycles: { layers: layers.map((layer) => layer.modelledCycles!.mean), run: modelledCycles.run.mean },
      }),
  });
  writeFilesAtomically([{ path, data: page }]);
}

/** What a layer costs hardly depends on its values; noise meets every branch. The same in every run. */
async function readSamplesOrNoise(
  { input: path, ...choice }: ProfileCommandOptions,
  program: Program,
  columns: ColumnNames | undefined,
): Promise<{ inputs: readonly ActivationData[]; warnings: readonly Warning[] }> {
  const input = onlyInput(program);
  if (path !== undefined) {
    const { samples, warnings } = await readInputs(path, input, choice, columns);
    return { inputs: samples, warnings };
  }
  const { Random } = await import("../base/random.js");
  const { elementCount } = await import("../base/tensor.js");
  const random = new Random(1);
  const values = { length: elementCount(input.shape) };
  const noise =
    input.elementType === "int16"
      ? Int16Array.from(values, () => random.integer(65536) - 32768)
      : Int8Array.from(values, () => random.integer(256) - 128);
  return { inputs: [noise], warnings: [] };
}
