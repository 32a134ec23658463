import { elementCount, Tensor } from "../tensor.js";
import { createTargetBatch, type Dataset, gatherInputs, gatherTargets, type Targets } from "./dataset.js";
import type { Loss } from "./loss.js";
import type { Network } from "./network.js";
import { typescriptEngine } from "./ops/engine.js";
import { Pass, type PassOptions } from "./pass.js";

/** Room for a batch of a given size, and the pass that runs it: made once, filled for every step. */
export class Batch {
  readonly inputs: Tensor;
  readonly targets: Targets;
  readonly pass: Pass;

  constructor(
    network: Network,
    private readonly dataset: Dataset,
    readonly size: number,
    options: PassOptions = {},
  ) {
    const { createFloats } = options.engine ?? typescriptEngine;
    const shape = [size, ...network.inputShape];
    this.inputs = new Tensor(shape, createFloats(network.dtype, elementCount(shape)));
    this.targets = createTargetBatch(dataset.targets, size, network.dtype);
    this.pass = new Pass(network, size, options);
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
