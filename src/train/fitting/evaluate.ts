import { UserError } from "../../base/errors.js";
import { elementCount, Tensor } from "../../base/tensor.js";
import { allSamples, checkDataset, createTargetBatch, type Dataset, gatherTargets } from "../data/dataset.js";
import { openEngine } from "../engine/openEngine.js";
import type { Loss } from "../losses/loss.js";
import type { Network } from "../network/network.js";
import type { PassTransform } from "../network/passTransform.js";
import { type Engine, typescriptEngine } from "../ops/engine.js";
import { Batch, layersBeforeLoss } from "./batch.js";
import { type Measured, measureAll } from "./measureAll.js";
import type { Metric } from "./metrics.js";

/** How well a network does on samples. */
export interface Evaluation {
  /** Mean over the samples. */
  readonly loss: number;
  /** By the metric's name; NaN for one that these samples do not give. */
  readonly metrics: Measured;
}

export interface EvaluateOptions {
  /** Indices into the dataset; all of it when absent. */
  readonly samples?: Int32Array;
  /** Default the plain TypeScript functions. */
  readonly engine?: Engine | undefined;
  /** Changes what flows through the network. */
  readonly transform?: PassTransform | undefined;
}

/** Large enough to amortise a call, small enough for the second-level cache. */
const batchSize = 128;

/**
 * Runs a network over samples without training it.
 *
 * @throws UserError when the data does not fit the network, or the loss is not finite
 */
export function evaluate(
  network: Network,
  dataset: Dataset,
  loss: Loss,
  metrics: readonly Metric[] = [],
  options: EvaluateOptions = {},
): Evaluation {
  const engine = openEngine(network.dtype);
  try {
    engine.take(network.parameters());
    return new Evaluator(network, dataset, loss, metrics, { engine, ...options }).run();
  } finally {
    engine.close();
  }
}

/** Evaluates a network on the same samples again and again, with tensors that are made once. */
export class Evaluator {
  private readonly batches = new Map<number, Batch>();
  private readonly outputs: Tensor;
  private readonly targets: Dataset["targets"];
  private readonly samples: Int32Array;
  private readonly engine: Engine;
  private readonly transform: PassTransform | undefined;

  constructor(
    private readonly network: Network,
    private readonly dataset: Dataset,
    private readonly loss: Loss,
    private readonly metrics: readonly Metric[],
    { samples = allSamples(dataset), engine = typescriptEngine, transform }: EvaluateOptions,
  ) {
    this.samples = samples;
    this.engine = engine;
    this.transform = transform;
    checkDataset("the data to evaluate on", dataset, network.inputShape, network.outputShape);
    const count = metrics.length === 0 ? 0 : samples.length; // kept for metrics only
    this.outputs = Tensor.zeros([count, ...network.outputShape], network.dtype);
    this.targets = createTargetBatch(dataset.targets, count, network.dtype);
    gatherTargets(dataset.targets, samples.subarray(0, count), this.targets);
  }

  run(): Evaluation {
    const { network, loss, samples, metrics, outputs, targets, engine } = this;
    const lossLayers = layersBeforeLoss(network, loss);
    const outputSize = elementCount(network.outputShape);
    let lossSum = 0;
    for (let start = 0; start < samples.length; start += batchSize) {
      const chosen = samples.subarray(start, start + batchSize);
      const batch = this.batchOf(chosen.length);
      batch.gather(chosen);
      const output = batch.pass.forward(batch.inputs);
      const scores = lossLayers === 0 ? batch.inputs : batch.pass.outputs[lossLayers - 1];
      const options = { ops: engine.ops, ...(batch.weights && { weights: batch.weights }) };
      lossSum += loss.evaluate(scores, batch.targets, options) * chosen.length;
      if (metrics.length > 0) outputs.data.set(output.data, start * outputSize);
    }
    if (!Number.isFinite(lossSum)) {
      throw new UserError(
        `the loss over ${samples.length} samples to evaluate on is ${lossSum}`,
        "check that they hold finite numbers only",
      );
    }
    return {
      loss: lossSum / samples.length,
      metrics: measureAll(metrics, outputs, targets),
    };
  }

  private batchOf(size: number): Batch {
    let batch = this.batches.get(size);
    if (batch === undefined) {
      const { engine, transform } = this;
      batch = new Batch(this.network, this.dataset, size, { engine, transform });
      this.batches.set(size, batch);
    }
    return batch;
  }
}
