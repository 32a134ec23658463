import { UserError } from "../../base/errors.js";
import { Tensor } from "../../base/tensor.js";
import { createTargetBatch, type Dataset, gatherTargets, type Targets } from "../data/dataset.js";
import type { Network } from "../network/network.js";
import type { Metric } from "./metrics.js";

/** Metrics by name; NaN for one that these outputs and targets do not give. */
export type Measured = Readonly<Record<string, number>>;

/** Every metric of outputs. One that cannot be computed is NaN: it is no reason to lose what was trained. */
export function measureAll(metrics: readonly Metric[], outputs: Tensor, targets: Targets): Measured {
  return Object.fromEntries(metrics.map((metric) => [metric.name, measure(metric, outputs, targets)]));
}

function measure(metric: Metric, outputs: Tensor, targets: Targets): number {
  try {
    return metric.measure(outputs, targets);
  } catch {
    return Number.NaN; // checkMetrics has told what is known before
  }
}

/** As numbers in JSON: null for one that could not be computed. */
export function plainMetrics(measured: Measured): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(measured).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

/** "0.9726"; "–" for one that could not be computed. */
export function formatMeasured(value: number | null): string {
  return value === null || Number.isNaN(value) ? "–" : value.toFixed(4);
}

/**
 * Tries every metric on outputs that are all 0, before anything is trained.
 *
 * @param what "the test data"
 * @param samples those that will be measured on
 * @throws UserError for a metric that these targets cannot give, whatever the outputs
 */
export function checkMetrics(
  metrics: readonly Metric[],
  network: Network,
  what: string,
  dataset: Dataset,
  samples: Int32Array,
): void {
  const outputs = Tensor.zeros([samples.length, ...network.outputShape], network.dtype);
  const targets = createTargetBatch(dataset.targets, samples.length, network.dtype);
  gatherTargets(dataset.targets, samples, targets);
  for (const metric of metrics) {
    try {
      metric.measure(outputs, targets);
    } catch (cause) {
      if (!(cause instanceof UserError)) throw cause;
      throw new UserError(
        `metric ${metric.name} cannot be computed on ${what}: ${cause.message.replace(/^metric /, "")}`,
        "leave it out of metrics, or give data that it can be computed on",
        { cause },
      );
    }
  }
}
