import { dirname, join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { UserError } from "../base/errors.js";
import { makeFolder } from "../base/makeFolder.js";
import { oneLine, printable, printableLines } from "../base/printable.js";
import type { DataSummary } from "../experiment/dataSummary.js";
import type { Experiment } from "../experiment/experiment.js";
import type { Dataset } from "../train/data/dataset.js";
import { type CheckpointOptions, checkpointPath, keepCheckpoints, TrainingStopped } from "./checkpoint.js";
import { addJunitOption, type Checks, withChecks } from "./checks.js";
import { addExamples, printJson, printText, printWarning } from "./commandLine.js";
import { expectOutputs } from "./expectOutputs.js";
import { addLimits, type Limits } from "./gates.js";
import { addQuietOption, tellProgress } from "./progress.js";
import { renderData } from "./renderData.js";
import { startLog } from "./trainLog.js";
import { startReport } from "./trainReport.js";

interface TrainOptions extends Limits {
  readonly output: string;
  readonly testSamples?: string;
  readonly qat?: number | true;
  readonly report?: string;
  readonly log?: string;
  readonly live: boolean;
  readonly checkpoint?: string;
  readonly checkpointSeconds?: number;
  readonly checkpointEpochs?: number;
  readonly resume: boolean;
  readonly folds?: number;
  readonly floatOnly: boolean;
  readonly junit?: string;
  readonly json: boolean;
}

function readModelPath(path: string): string {
  if (!/[^/\\]\.json$/.test(path)) throw new InvalidArgumentError("Expected a name that ends in .json.");
  return path;
}

const defaultCheckpointSeconds = 30;

function parseCount(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value > 0)) {
    throw new InvalidArgumentError(`it must be an integer above 0, found ${text}`);
  }
  return value;
}

function parseFolds(text: string): number {
  const count = parseCount(text);
  if (count < 2) throw new InvalidArgumentError(`it must be 2 or more, found ${text}`);
  return count;
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0)) {
    throw new InvalidArgumentError(`it must be a number above 0, found ${text}`);
  }
  return value;
}

export function register(program: Command): void {
  const command = program
    .command("train")
    .description("train an experiment's network, quantize it, and write both as a model")
    .argument("<experiment>", "experiment.ts: data, network and settings, its default export")
    .option(
      "-o, --output <file>",
      "model.json; the weights go beside it as .safetensors",
      readModelPath,
      "model.json",
    )
    .option("--test-samples <folder>", "also write the test data as inputs.npy and labels.npy or targets.npy")
    .option(
      "--qat [epochs]",
      "go on training with the device's rounding; by default for as many epochs again",
      parseCount,
    )
    .option("--report <file>", "also write a page to look at: curves, confusion, relevance, weights")
    .option(
      "--live",
      "write the report every two seconds while training; the browser follows by itself",
      false,
    )
    .option("--log <file>", "also write a row of a .csv after every epoch: loss, rate, metrics of validation")
    .option("--checkpoint <folder>", "where a long training saves its state; default beside the model")
    .option(
      "--checkpoint-seconds <n>",
      `save it so often (default: ${defaultCheckpointSeconds})`,
      parsePositive,
    )
    .option("--checkpoint-epochs <n>", "also save it after every n-th epoch", parseCount)
    .option("--resume", "go on from the checkpoint of a training that was cut", false)
    .option(
      "--folds <k>",
      "instead of a model: train k times, each without another part of the data, and measure on that",
      parseFolds,
    )
    .option("--float-only", "do not fail when the network cannot be quantized", false)
    .option("--json", "print JSON", false)
    .action((path: string, options: TrainOptions) =>
      withChecks("train", options.junit, (checks) => run(path, options, checks)).catch(tellHowToGoOn),
    );
  addLimits(addJunitOption(addQuietOption(command)), ["minAccuracy", "maxDrop"], {
    minAccuracy: "fail when the int8 network's accuracy on the test data is lower: 0.95 or 95%",
    maxDrop:
      "fail when the int8 network's accuracy, R² or other share is more than this below the float one's: 0.01 or 1%",
  });
  addExamples(command, [
    "pinfer train experiment.ts",
    "pinfer train experiment.ts -o long.json --checkpoint-seconds 60 --resume",
    "pinfer train experiment.ts --min-accuracy 95% --max-drop 0.01 --junit train.xml",
    "pinfer train experiment.ts --folds 5",
    "pinfer train examples/mnist/experiment.ts -o mnist.json --test-samples samples --report mnist.html",
  ]);
}

async function run(path: string, options: TrainOptions, checks: Checks): Promise<void> {
  if (options.folds !== undefined) return await runAllFolds(path, options.folds, options, checks);
  const { output, testSamples, json } = options;
  const [{ loadExperiment }, { trainModel }, { writeModel }, { expectModelWritable }] = await Promise.all([
    import("../experiment/experiment.js"),
    import("../experiment/trainModel.js"),
    import("../model/modelFile.js"),
    import("../model/modelWeights.js"),
  ]);
  // what would keep the results from being written is told before the training, not after
  makeFolder(dirname(output));
  expectModelWritable(output);
  if (testSamples !== undefined) {
    makeFolder(testSamples);
    await expectOutputs(...["inputs", "labels", "targets"].map((name) => join(testSamples, `${name}.npy`)));
  }
  const { showTraining } = await import("./progressOfTraining.js");
  const display = showTraining();
  const experiment = askForAware(await loadExperiment(path), options.qat);
  if (options.minAccuracy !== undefined) expectAccuracy(experiment);
  const log = await startLog(options.log, experiment);
  const report = await startReport(options.report, options.live, experiment);
  const checkpoints = await keepCheckpoints(experiment, checkpointOptions(options, report?.recorder));
  let summary: DataSummary | undefined;
  const onData = (found: DataSummary): void => {
    summary = found;
    display.onData?.(found);
    tellProgress(printableLines(renderData(found)));
  };
  const onStart: (typeof checkpoints.hooks)["onStart"] = (network, data, ...more) => {
    if (testSamples !== undefined) expectTestData(data.test, "--test-samples");
    if (options.minAccuracy !== undefined) expectTestData(data.test, "--min-accuracy");
    return checkpoints.hooks.onStart(network, data, ...more);
  };
  const own = { ...display, ...checkpoints.hooks, onStart, onData, onWarning: printWarning };
  const hooks = log?.watch(own) ?? own;
  const trained = await trainModel(experiment, report?.watch(hooks) ?? hooks).finally(() => {
    display.stop();
    checkpoints.stopListening();
  });
  writeModel(output, trained.model);
  report?.write(trained);
  if (testSamples !== undefined) {
    await writeTestSamples(testSamples, trained.data.test, trained.model.axes?.input);
  }
  checkpoints.remove();
  const { checkQuantized } = await import("./checkQuantized.js");
  checkQuantized(trained, output, options, checks);
  if (json) {
    const warnings = [...trained.warnings.map(({ message }) => message), ...checkpoints.warnings];
    printJson({
      model: output,
      data: summary,
      ...trained.model.training,
      failures: checks.failures,
      warnings,
    });
  } else {
    const { renderTraining } = await import("./renderTraining.js");
    printText(renderTraining(trained, output));
  }
}

async function runAllFolds(
  path: string,
  count: number,
  options: TrainOptions,
  checks: Checks,
): Promise<void> {
  const [{ loadExperiment }, { runFolds }] = await Promise.all([
    import("../experiment/experiment.js"),
    import("./trainFolds.js"),
  ]);
  const experiment = askForAware(await loadExperiment(path), options.qat);
  if (options.minAccuracy !== undefined) expectAccuracy(experiment);
  await runFolds(experiment, count, options, checks);
}

/** `--qat` in the place of `quantize: { aware: … }` in the experiment. */
function askForAware(experiment: Experiment, qat: number | true | undefined): Experiment {
  if (qat === undefined) return experiment;
  const epochs = qat === true ? experiment.epochs : qat;
  return {
    ...experiment,
    quantize: { ...experiment.quantize, aware: { ...experiment.quantize?.aware, epochs } },
  };
}

function checkpointOptions(
  {
    output,
    checkpoint,
    checkpointSeconds = defaultCheckpointSeconds,
    checkpointEpochs,
    resume,
  }: TrainOptions,
  attachment: CheckpointOptions["attachment"],
): CheckpointOptions {
  const path = checkpointPath(output, checkpoint);
  return { path, seconds: checkpointSeconds, epochs: checkpointEpochs, resume, attachment };
}

/** A training that was asked to stop is no failure of ours or the user's; anything else is thrown on. */
function tellHowToGoOn(error: unknown): void {
  if (!(error instanceof TrainingStopped)) throw error;
  const words = process.argv.slice(2).filter((word) => word !== "--resume");
  const typed = words.map((word) =>
    /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
  );
  const next = error.canGoOn ? oneLine`go on with: pinfer ${typed.join(" ")} --resume` : "";
  process.stderr.write(`${printable(error.message)}\n${next && `${next}\n`}`);
  process.exitCode = error.exitCode;
}

/** @throws UserError when there is no test data, which an option is about */
function expectTestData(test: Dataset | undefined, option: string): asserts test is Dataset {
  if (test !== undefined) return;
  const use = option === "--test-samples" ? "write" : "judge by";
  throw new UserError(`the experiment has no test data to ${use}`, `give data.test, or leave out ${option}`);
}

/** @throws UserError when the experiment does not measure what --min-accuracy is held against */
function expectAccuracy({ metrics = [] }: Experiment): void {
  const names = metrics.map(({ name }) => name);
  if (names.includes("accuracy")) return;
  throw new UserError(
    `--min-accuracy is held against the metric accuracy; the experiment measures ${names.join(", ") || "none"}`,
    "add accuracy to its metrics, or leave out --min-accuracy",
  );
}

async function writeTestSamples(
  folder: string,
  test: Dataset | undefined,
  axes: readonly number[] | undefined,
): Promise<void> {
  expectTestData(test, "--test-samples");
  const [{ writeNpy }, { Tensor }, { toUserOrder, userShape }] = await Promise.all([
    import("../formats/samples.js"),
    import("../base/tensor.js"),
    import("../network/axisOrder.js"),
  ]);
  const [samples, ...shape] = test.inputs.shape;
  const inputs = toUserOrder(test.inputs.data, shape, axes);
  writeNpy(join(folder, "inputs.npy"), inputs, [samples, ...userShape(shape, axes)]);
  const { targets } = test;
  if (targets instanceof Tensor) writeNpy(join(folder, "targets.npy"), targets.data, targets.shape);
  else writeNpy(join(folder, "labels.npy"), targets, [targets.length]);
}
