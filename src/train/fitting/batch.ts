import { createFloats, elementCount, type FloatArray, Tensor } from "../../base/tensor.js";
import {
  createTargetBatch,
  type Dataset,
  gatherInputs,
  gatherTargets,
  type Targets,
} from "../data/dataset.js";
import type { Loss } from "../losses/loss.js";
import type { Network } from "../network/network.js";
import { Pass, type PassOptions } from "../network/pass.js";
import { typescriptEngine } from "../ops/engine.js";

/** Room for a batch of a given size, and the pass that runs it: made once, filled for every step. */
export class Batch {
  readonly inputs: Tensor;
  readonly targets: Targets;
  /** Factors of the samples' losses; undefined where all count alike. */
  readonly weights: FloatArray | undefined;
  readonly pass: Pass;

  constructor(
    network: Network,
    private readonly dataset: Dataset,
    readonly size: number,
    options: PassOptions = {},
  ) {
    const { inputShape, dtype } = network;
    const { engine = typescriptEngine } = options;
    this.inputs = new Tensor(
      [size, ...inputShape],
      engine.createFloats(dtype, size * elementCount(inputShape)),
    );
    this.targets = createTargetBatch(dataset.targets, size, dtype);
    this.weights = dataset.weights && createFloats("float64", size);
    this.pass = new Pass(network, size, options);
  }

  /** Fills inputs, targets and weights with the chosen samples, `size` of them. */
  gather(samples: Int32Array): void {
    const { inputs, targets, weights } = this.dataset;
    gatherInputs(inputs, samples, this.inputs);
    gatherTargets(targets, samples, this.targets);
    if (this.weights !== undefined && weights !== undefined) {
      for (let row = 0; row < samples.length; row++) this.weights[row] = weights[samples[row]];
    }
  }
}

/** How many of the network's layers stand before the loss: all, or all but a closing one that the loss contains. */
export function layersBeforeLoss({ layers }: Network, { fusesWith }: Loss): number {
  return fusesWith !== undefined && layers.at(-1)?.kind === fusesWith ? layers.length - 1 : layers.length;
}
