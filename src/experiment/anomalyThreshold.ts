import type { JsonObject } from "../base/json.js";
import { elementCount } from "../base/tensor.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import { quantizationOf } from "../network/quantization.js";
import type { Program } from "../program/program.js";
import { createRunner } from "../program/runner.js";
import { quantizeTensor } from "../quantize/quantizeTensor.js";
import { allSamples, type Dataset, type ExperimentData } from "../train/data/dataset.js";
import type { Split } from "../train/data/splitSamples.js";
import { isNormal } from "../train/losses/meanOutput.js";
import type { AnomalySettings } from "./experiment.js";

/** Where the line is drawn between what is normal and what is not, and how often it is wrong. */
export interface AnomalyThreshold {
  /** Of the network's output, as its integer: above it a sample is an anomaly. */
  readonly threshold: number;
  /** The real value that it stands for. */
  readonly real: number;
  readonly quantile: number;
  /** What it was taken from: "training" or "validation" samples, those that are normal. */
  readonly from: "training" | "validation";
  readonly normal: Alarms;
  /** Undefined without test data. */
  readonly test?: { readonly normal: Alarms; readonly anomalies: Alarms };
}

/** How many of some samples lie above the threshold. */
export interface Alarms {
  readonly samples: number;
  readonly above: number;
}

const defaultQuantile = 0.99;

/**
 * The least of the scores that a share `quantile` of them does not exceed: as few are above it as that asks for, whatever
 * ties there are.
 *
 * @param scores one or more
 * @param quantile above 0, at most 1
 */
export function quantileOf(scores: ArrayLike<number>, quantile: number): number {
  const rising = Float64Array.from(scores).sort();
  // 0.07 · 100 is a little more than 7
  const rank = Math.ceil(quantile * rising.length - 1e-9);
  return rising[Math.max(1, rank) - 1]!;
}

/**
 * Takes the threshold of the integer network's outputs for normal samples: those that were held back where there are some,
 * which training did not see, else those it was trained on.
 */
export async function measureThreshold(
  program: Program,
  { train, test }: ExperimentData,
  { training, validation }: Split,
  { quantile = defaultQuantile }: AnomalySettings = {},
): Promise<AnomalyThreshold> {
  const held = validation && (await normalScores(program, validation.data, validation.samples));
  const from = held !== undefined && held.length > 0 ? "validation" : "training";
  const scores = from === "validation" ? held! : await normalScores(program, train, training);
  const threshold = quantileOf(scores, quantile);
  const alarms = (of: readonly number[]): Alarms => ({
    samples: of.length,
    above: of.filter((score) => score > threshold).length,
  });
  const { scale, zeroPoint } = quantizationOf(onlyOutput(program));
  return {
    ...{ threshold, real: (threshold - zeroPoint) * scale, quantile, from, normal: alarms(scores) },
    ...(test && {
      test: {
        normal: alarms(await normalScores(program, test, allSamples(test))),
        anomalies: alarms(await scoresOf(program, test, allSamples(test), false)),
      },
    }),
  };
}

const normalScores = (program: Program, dataset: Dataset, samples: Int32Array) =>
  scoresOf(program, dataset, samples, true);

/** The integer outputs for those of some samples that are normal, or that are not. */
async function scoresOf(
  program: Program,
  { inputs, targets }: Dataset,
  samples: Int32Array,
  areNormal: boolean,
): Promise<number[]> {
  const wanted = Array.from(samples).filter((sample) => isNormal(targets, sample) === areNormal);
  const input = onlyInput(program);
  const size = elementCount(input.shape);
  const runner = await createRunner(program, wanted.length);
  return wanted.map((sample) => {
    const real = inputs.data.subarray(sample * size, (sample + 1) * size);
    return runner.run(quantizeTensor(real, input))[0]!;
  });
}

export function thresholdToJson({ normal, test, ...threshold }: AnomalyThreshold): JsonObject {
  return {
    ...threshold,
    normal: { ...normal },
    ...(test && { test: { normal: { ...test.normal }, anomalies: { ...test.anomalies } } }),
  };
}
