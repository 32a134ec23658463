import { Tensor } from "../../base/tensor.js";
import type { Targets } from "../data/dataset.js";
import type { Loss } from "../losses/loss.js";
import type { Network } from "../network/network.js";

/** Are the network's outputs logits, for want of the closing layer that the loss goes with? */
export function givesLogits({ layers }: Network, { fusesWith }: Loss): boolean {
  return fusesWith === "sigmoid" && layers.at(-1)?.kind !== "sigmoid";
}

/** Where one output parts two classes: at 0 for logits, and when −1 and 1 are wanted, else at one half. */
export function thresholdOf(network: Network, loss: Loss, targets: Targets): number {
  const isMinusOne = targets instanceof Tensor && isOneOf(targets, -1) && !isOneOf(targets, 0);
  const wantsMinusOne = loss.kind === "hinge" || isMinusOne;
  return wantsMinusOne || givesLogits(network, loss) ? 0 : 0.5;
}

/** Whether all targets are 1 or the other value. */
export const isOneOf = ({ data }: Tensor, low: number): boolean =>
  data.every((value) => value === low || value === 1);
