import { elementBytes, viewActivation } from "../network/elementTypes.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { ScratchNeed, ScratchSlot } from "./program.js";

export function scratchBytes({ elementType, elements }: ScratchNeed): number {
  return elements * elementBytes[elementType];
}

/**
 * A call's scratch memory in an arena, as its kernel takes it.
 *
 * @param start where the arena begins in the memory
 */
export function scratchView(
  memory: ArrayBuffer,
  { elementType, offset, elements }: ScratchSlot,
  start = 0,
): ActivationData {
  return viewActivation(memory, elementType, start + offset, elements);
}
