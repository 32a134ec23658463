import { join } from "node:path";
import type { Command } from "commander";
import type { Experiment } from "../experiment.js";
import type { ReportRecorder } from "../report/reportRecorder.js";
import type { Dataset } from "../train/dataset.js";
import type { TrainedModel, trainModel } from "../trainModel.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { type Progress, startProgress } from "./progress.js";

interface TrainOptions {
  readonly output: string;
  readonly testSamples?: string;
  readonly report?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("train")
    .description("train an experiment's network, quantize it, and write both as a model")
    .argument("<experiment>", "experiment.ts: data, network and settings, its default export")
    .option("-o, --output <file>", "model.json; the weights go beside it as .safetensors", "model.json")
    .option("--test-samples <folder>", "also write the test data as inputs.npy and labels.npy or targets.npy")
    .option("--report <file>", "also write a page to look at: curves, confusion, relevance, weights")
    .option("--json", "print JSON", false)
    .action(async (path: string, { output, testSamples, report, json }: TrainOptions) => {
      const [{ loadExperiment }, { trainModel }, { writeModel }] = await Promise.all([
        import("../experiment.js"),
        import("../trainModel.js"),
        import("../modelFile.js"),
      ]);
      const display = showTraining();
      const experiment = await loadExperiment(path);
      const recorder = report === undefined ? undefined : await startRecorder(experiment);
      const trained = await trainModel(experiment, hooksOf(display, recorder)).finally(() => display.stop());
      writeModel(output, trained.model);
      if (report !== undefined && recorder !== undefined) await writeReport(report, recorder, trained);
      if (testSamples !== undefined) await writeTestSamples(testSamples, trained.data.test);
      if (json) printJson({ model: output, ...trained.model.training });
      else printText(await render(trained, output));
    });
  addExamples(command, [
    "pinfer train experiment.ts",
    "pinfer train examples/mnist/experiment.ts -o mnist.json --test-samples samples --report mnist.html",
  ]);
}

type TrainingHooks = Parameters<typeof trainModel>[1] & object;

async function startRecorder(experiment: Experiment): Promise<ReportRecorder> {
  const { ReportRecorder } = await import("../report/reportRecorder.js");
  return new ReportRecorder(experiment);
}

function hooksOf(display: TrainingHooks, recorder: ReportRecorder | undefined): TrainingHooks {
  if (recorder === undefined) return display;
  return {
    ...display,
    onStart: (network, data) => recorder.start(network, data),
    onEpoch: (record) => {
      display.onEpoch?.(record);
      recorder.record(record);
    },
  };
}

async function writeReport(path: string, recorder: ReportRecorder, trained: TrainedModel): Promise<void> {
  const { writeFilesAtomically } = await import("../files.js");
  const { network } = trained.model;
  writeFilesAtomically([{ path, data: recorder.render({ ...trained, network }, trained.testInt8) }]);
}

const millisecondsBetweenLines = 1000;

/** A progress display over all epochs, and a line for an epoch about once a second. */
function showTraining(): TrainingHooks & { stop(): void } {
  let bar: Progress | undefined;
  let printedAt = Number.NEGATIVE_INFINITY;
  return {
    onProgress({ epoch, epochs, samplesDone, samples, loss, samplesPerSecond }) {
      bar ??= startProgress("training", epochs * samples);
      const done = (epoch - 1) * samples + samplesDone;
      const left = (epochs * samples - done) / samplesPerSecond;
      bar.update(
        done,
        `${Math.round(samplesPerSecond)} samples/s, loss ${loss.toPrecision(3)}, ${left.toFixed(0)} s left`,
      );
    },
    onEpoch({ epoch, loss, validation }) {
      if (Date.now() - printedAt < millisecondsBetweenLines) return;
      printedAt = Date.now();
      const judged = validation && { "validation loss": validation.loss, ...validation.metrics };
      const notes = Object.entries(judged ?? {}).map(([name, value]) => `, ${name} ${value.toFixed(4)}`);
      bar?.print(`epoch ${epoch}: loss ${loss.toPrecision(4)}${notes.join("")}`);
    },
    stop: () => bar?.stop(),
  };
}

async function writeTestSamples(folder: string, test: Dataset | undefined): Promise<void> {
  const { UserError } = await import("../errors.js");
  if (test === undefined) {
    throw new UserError(
      "the experiment has no test data to write",
      "give data.test, or leave out --test-samples",
    );
  }
  const [{ mkdirSync }, { writeNpy }, { Tensor }] = await Promise.all([
    import("node:fs"),
    import("../samples.js"),
    import("../tensor.js"),
  ]);
  mkdirSync(folder, { recursive: true });
  writeNpy(join(folder, "inputs.npy"), test.inputs.data, test.inputs.shape);
  const { targets } = test;
  if (targets instanceof Tensor) writeNpy(join(folder, "targets.npy"), targets.data, targets.shape);
  else writeNpy(join(folder, "labels.npy"), targets, [targets.length]);
}

async function render({ model, test, testInt8 }: TrainedModel, output: string): Promise<string> {
  const { renderTable } = await import("../table.js");
  const written = `${output}: ${model.network.parameterCount} parameters, next: pinfer export-firmware ${output}`;
  if (test === undefined || testInt8 === undefined || Object.keys(testInt8).length === 0) return written;
  const table = renderTable(
    [
      { title: "test data", align: "left" },
      { title: "float", align: "right" },
      { title: "int8", align: "right" },
    ],
    Object.keys(testInt8).map((name) => [name, test.metrics[name].toFixed(4), testInt8[name].toFixed(4)]),
  );
  return `${table}\n\n${written}`;
}
