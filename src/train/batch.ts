import { Tensor } from "../tensor.js";
import { createTargetBatch, type Dataset, gatherInputs, gatherTargets, type Targets } from "./dataset.js";
import type { Loss } from "./loss.js";
import type { Network } from "./network.js";
import { Pass } from "./pass.js";

/** Room for a batch of a given size, and the pass that runs it: made once, filled for every step. */
export class Batch {
  readonly inputs: Tensor;
  readonly targets: Targets;
  readonly pass: Pass;

  /** @param layerCount how many of the network's layers to run; all when absent */
  constructor(
    network: Network,
    private readonly dataset: Dataset,
    readonly size: number,
    layerCount: number = network.layers.length,
  ) {
    this.inputs = Tensor.zeros([size, ...network.inputShape], network.dtype);
    this.targets = createTargetBatch(dataset.targets, size, network.dtype);
    this.pass = new Pass(network.layers.slice(0, layerCount), network.inputShape, size, network.dtype);
  }

  /** Fills inputs and targets with the chosen samples, `size` of them. */
  gather(samples: Int32Array): void {
    gatherInputs(this.dataset.inputs, samples, this.inputs);
    gatherTargets(this.dataset.targets, samples, this.targets);
  }
}

/** How many of the network's layers stand before the loss: all, or all but a closing softmax. */
export function layersBeforeLoss({ layers }: Network, loss: Loss): number {
  return loss.takesLogits && layers.at(-1)?.kind === "softmax" ? layers.length - 1 : layers.length;
}
