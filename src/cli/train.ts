import { join } from "node:path";
import type { Command } from "commander";
import type { Dataset } from "../train/dataset.js";
import type { EpochRecord, Progress as FitProgress } from "../train/fit.js";
import type { TrainedModel } from "../trainModel.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { startProgress } from "./progress.js";

interface TrainOptions {
  readonly output: string;
  readonly testSamples?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("train")
    .description("train an experiment's network, quantize it, and write both as a model")
    .argument("<experiment>", "experiment.ts: data, network and settings, its default export")
    .option("-o, --output <file>", "model.json; the weights go beside it as .safetensors", "model.json")
    .option("--test-samples <folder>", "also write the test data as inputs.npy and labels.npy or targets.npy")
    .option("--json", "print JSON", false)
    .action(async (path: string, { output, testSamples, json }: TrainOptions) => {
      const [{ loadExperiment }, { trainModel }, { writeModel }] = await Promise.all([
        import("../experiment.js"),
        import("../trainModel.js"),
        import("../modelFile.js"),
      ]);
      const trained = await trainModel(await loadExperiment(path), showTraining(json));
      writeModel(output, trained.model);
      if (testSamples !== undefined) await writeTestSamples(testSamples, trained.data.test);
      if (json) printJson({ model: output, ...trained.model.training });
      else printText(await render(trained, output));
    });
  addExamples(command, [
    "pinfer train experiment.ts",
    "pinfer train examples/mnist/experiment.ts -o mnist.json --test-samples samples",
  ]);
}

/** A progress display, and a line for every epoch. */
function showTraining(quiet: boolean): {
  onEpoch(record: EpochRecord): void;
  onProgress(progress: FitProgress): void;
} {
  let bar: ReturnType<typeof startProgress> | undefined;
  return {
    onProgress({ epoch, epochs, samplesDone, samples, loss, samplesPerSecond }) {
      bar ??= startProgress(`epoch ${epoch}/${epochs}`, samples);
      const left = (epochs * samples - (epoch - 1) * samples - samplesDone) / samplesPerSecond;
      bar.update(
        samplesDone,
        `loss ${loss.toFixed(4)}, ${Math.round(samplesPerSecond)} samples/s, ${left.toFixed(0)} s left`,
      );
    },
    onEpoch({ epoch, loss, validation }) {
      bar?.stop();
      bar = undefined;
      const judged = validation && { "validation loss": validation.loss, ...validation.metrics };
      const notes = Object.entries(judged ?? {}).map(([name, value]) => `, ${name} ${value.toFixed(4)}`);
      if (!quiet) printText(`epoch ${epoch}: loss ${loss.toPrecision(4)}${notes.join("")}`);
    },
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
