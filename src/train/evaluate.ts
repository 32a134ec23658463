import { UserError } from "../errors.js";
import { Batch, layersBeforeLoss } from "./batch.js";
import { checkDataset, type Dataset, sampleCount } from "./dataset.js";
import { openEngine } from "./engine/openEngine.js";
import type { Loss } from "./loss.js";
import type { Metric } from "./metrics.js";
import type { Network } from "./network.js";

/** How well a network does on samples. */
export interface Evaluation {
  /** Mean over the samples. */
  readonly loss: number;
  /** Means over the samples, by the metric's name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Large enough to amortise a call, small enough for the second-level cache. */
const batchSize = 128;

/**
 * Runs a network over samples without training it.
 *
 * @param samples indices into the dataset; all of it when absent
 * @throws UserError when the data does not fit the network, or the loss is not finite
 */
export function evaluate(
  network: Network,
  dataset: Dataset,
  loss: Loss,
  metrics: readonly Metric[] = [],
  samples: Int32Array = allSamples(dataset),
): Evaluation {
  checkDataset("the data to evaluate on", dataset, network.inputShape, network.outputShape);
  const lossLayers = layersBeforeLoss(network, loss);
  const metricSums = metrics.map(() => 0);
  let lossSum = 0;
  const engine = openEngine(network.dtype);
  try {
    engine.take(network.parameters());
    let batch = new Batch(network, dataset, Math.min(batchSize, samples.length), { engine });
    for (let start = 0; start < samples.length; start += batchSize) {
      const chosen = samples.subarray(start, start + batchSize);
      if (batch.size !== chosen.length) batch = new Batch(network, dataset, chosen.length, { engine });
      const { inputs, targets, pass } = batch;
      batch.gather(chosen);
      const output = pass.forward(inputs);
      const scores = lossLayers === 0 ? inputs : pass.outputs[lossLayers - 1];
      lossSum += loss.evaluate(scores, targets, { ops: engine.ops }) * chosen.length;
      metrics.forEach((metric, index) => {
        metricSums[index] += metric.mean(output, targets) * chosen.length;
      });
    }
  } finally {
    engine.close();
  }
  if (!Number.isFinite(lossSum)) {
    throw new UserError(
      `the loss over ${samples.length} samples to evaluate on is ${lossSum}`,
      "check that they hold finite numbers only",
    );
  }
  return {
    loss: lossSum / samples.length,
    metrics: Object.fromEntries(metrics.map(({ name }, index) => [name, metricSums[index] / samples.length])),
  };
}

/** 0, 1, … of every sample. */
export function allSamples(dataset: Dataset): Int32Array {
  return Int32Array.from({ length: sampleCount(dataset) }, (_, index) => index);
}
