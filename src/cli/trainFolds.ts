import { UserError } from "../base/errors.js";
import { formatCount, renderTable } from "../base/table.js";
import type { Experiment } from "../experiment/experiment.js";
import { tellDrop } from "../experiment/quantizationLoss.js";
import {
  type FoldOutcome,
  type FoldsOutcome,
  type Spread,
  spreadOf,
  trainFolds,
  worstFold,
} from "../experiment/trainFolds.js";
import { formatMeasured, plainMetrics } from "../train/fitting/measureAll.js";
import { titleOfMetric } from "../train/fitting/metrics.js";
import type { Checks } from "./checks.js";
import { printJson, printText, printWarning } from "./commandLine.js";
import { checkAccuracy, checkLimit, type Limits } from "./gates.js";
import { showTraining } from "./progressOfTraining.js";

/** Options of `train` that are about the model it writes. */
export interface ModelOptions {
  readonly testSamples?: string;
  readonly report?: string;
  readonly log?: string;
  readonly live: boolean;
  readonly checkpoint?: string;
  readonly checkpointSeconds?: number;
  readonly checkpointEpochs?: number;
  readonly resume: boolean;
}

interface FoldsOptions extends Limits, ModelOptions {
  readonly floatOnly: boolean;
  readonly json: boolean;
}

/** @throws UserError for an option of `train` that has nothing to be about when there are folds */
function expectNoModelOptions(options: ModelOptions): void {
  const given = (
    [
      ["--resume", options.resume],
      ["--checkpoint", options.checkpoint],
      ["--checkpoint-seconds", options.checkpointSeconds],
      ["--checkpoint-epochs", options.checkpointEpochs],
      ["--report", options.report],
      ["--live", options.live],
      ["--log", options.log],
      ["--test-samples", options.testSamples],
    ] as const
  ).find(([, value]) => value !== undefined && value !== false);
  if (given === undefined) return;
  const isAboutCut = given[0] === "--resume" || given[0].startsWith("--checkpoint");
  throw new UserError(
    isAboutCut
      ? `${given[0]} and --folds do not go together: folds keep no checkpoints, and begin anew when they are cut`
      : `${given[0]} and --folds do not go together: folds write no model, and so nothing about one`,
    `leave out ${given[0]}, or --folds`,
  );
}

/** Trains once for each fold, and tells how far the results are apart. Nothing is written. */
export async function runFolds(
  experiment: Experiment,
  count: number,
  options: FoldsOptions,
  checks: Checks,
): Promise<void> {
  expectNoModelOptions(options);
  const displays: { stop(): void }[] = [];
  const outcome = await trainFolds(experiment, count, (fold) => {
    displays.at(-1)?.stop();
    const display = showTraining(`fold ${fold} of ${count}, `);
    displays.push(display);
    const onWarning = ({ message, hint }: Parameters<typeof printWarning>[0]) =>
      printWarning({ message: `fold ${fold}: ${message}`, ...(hint !== undefined && { hint }) });
    return { ...display, onWarning };
  }).finally(() => displays.at(-1)?.stop());
  checkFolds(outcome, options, checks);
  if (options.json) printJson(foldsToJson(outcome, checks));
  else printText(renderFolds(outcome));
}

const columnOf = ({ folds }: FoldsOutcome, what: "float" | "int8", name: string): readonly number[] =>
  folds.map((fold) => fold[what]?.[name] ?? Number.NaN);

function checkFolds(
  outcome: FoldsOutcome,
  { floatOnly, ...limits }: Limits & { readonly floatOnly: boolean },
  checks: Checks,
): void {
  const { folds } = outcome;
  if (!floatOnly) {
    for (const { fold, notQuantized } of folds) {
      checks.add(
        `fold ${fold} has an integer network`,
        notQuantized === undefined
          ? undefined
          : {
              message: `fold ${fold} has no integer network: ${notQuantized}`,
              hint: "mend the cause for a device, or ask for no more with --float-only",
            },
      );
    }
  }
  const isInt8 = folds.every(({ int8 }) => int8 !== undefined);
  const { mean } = spreadOf(columnOf(outcome, isInt8 ? "int8" : "float", "accuracy"));
  checkAccuracy(
    checks,
    limits,
    mean,
    `the ${isInt8 ? "int8" : "float"} networks' mean accuracy over the folds`,
  );
  const { maxDrop } = limits;
  if (maxDrop === undefined) return;
  for (const { fold, quantization } of folds) {
    if (quantization === undefined || Number.isNaN(quantization.drop)) {
      const why = `fold ${fold} has no metric that both networks give`;
      checkLimit(checks, limits, "maxDrop", { why, hint: "leave out --max-drop" });
      continue;
    }
    const drop = tellDrop(quantization, maxDrop);
    checks.add(
      `--max-drop ${maxDrop} in fold ${fold}`,
      drop && { message: `fold ${fold}: ${drop.message}; --max-drop is ${maxDrop}`, hint: drop.hint },
    );
  }
}

const plainSpread = ({ mean, deviation }: Spread) => (Number.isNaN(mean) ? null : { mean, deviation });

const spreads = (outcome: FoldsOutcome, what: "float" | "int8") =>
  Object.fromEntries(
    namesOf(outcome).map((name) => [name, plainSpread(spreadOf(columnOf(outcome, what, name)))]),
  );

const namesOf = ({ folds: [first] }: FoldsOutcome): string[] => Object.keys(first?.float ?? {});

function foldsToJson(outcome: FoldsOutcome, checks: Checks): object {
  const { folds, unit, testSamples } = outcome;
  const isInt8 = folds.some(({ int8 }) => int8 !== undefined);
  return {
    folds: folds.map(({ fold, samples, loss, float, int8, notQuantized }) => ({
      ...{ fold, samples, loss: loss ?? null, float: plainMetrics(float) },
      ...(int8 && { int8: plainMetrics(int8) }),
      ...(notQuantized !== undefined && { notQuantized }),
    })),
    unit,
    ...(testSamples !== undefined && { testSamples }),
    loss: plainSpread(spreadOf(folds.map(({ loss = Number.NaN }) => loss))),
    float: spreads(outcome, "float"),
    ...(isInt8 && { int8: spreads(outcome, "int8") }),
    worst: worstFold(outcome).fold,
    failures: checks.failures,
    warnings: folds.flatMap(({ fold, warnings }) =>
      warnings.map(({ message }) => `fold ${fold}: ${message}`),
    ),
  };
}

const units: Readonly<Record<FoldsOutcome["unit"], string>> = {
  sample: "samples drawn at random",
  recording: "whole recordings, drawn at random",
  stretch: "a stretch of each recording, since there are fewer recordings than folds",
};

/** A row for each fold and one for all: "0.9533 ± 0.0298". */
function renderFolds(outcome: FoldsOutcome): string {
  const { folds, unit, classNames, testSamples } = outcome;
  const isInt8 = folds.some(({ int8 }) => int8 !== undefined);
  const columns = [
    { title: "loss", values: folds.map(({ loss = Number.NaN }) => loss) },
    ...namesOf(outcome).flatMap((name) => [
      { title: `${titleOfMetric(name, classNames)}, float`, values: columnOf(outcome, "float", name) },
      ...(isInt8 ? [{ title: "int8", values: columnOf(outcome, "int8", name) }] : []),
    ]),
  ];
  const all = columns.map(({ values }) => {
    const { mean, deviation } = spreadOf(values);
    return Number.isNaN(mean) ? "–" : `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
  });
  const rowOf = ({ fold, samples }: FoldOutcome): string[] => [
    `fold ${fold}`,
    formatCount(samples.held),
    ...columns.map(({ values }) => formatMeasured(values[fold - 1]!)),
  ];
  const table = renderTable(
    [
      { title: "held out", align: "left" },
      { title: "samples", align: "right" },
      ...columns.map(({ title }) => ({ title, align: "right" }) as const),
    ],
    [...folds.map(rowOf), ["mean ± deviation", "", ...all]],
  );
  const worst = worstFold(outcome);
  const aside =
    testSamples === undefined ? "" : `; the ${formatCount(testSamples)} samples of test data were left alone`;
  return (
    `${table}\n\nworst: fold ${worst.fold}, loss ${formatMeasured(worst.loss ?? null)}\n` +
    `each fold: ${units[unit]}${aside}; no model was written`
  );
}
