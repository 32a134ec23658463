import { elementCount } from "../base/tensor.js";
import { viewActivation } from "../network/elementTypes.js";
import type { Program } from "./program.js";

/** Bytes from the arena's start that keep their values from one run to the next, those between two states included. */
export function stateBytes({ states }: Pick<Program, "states">): number {
  return Math.max(0, ...states.map(({ offset, bytes }) => 4 * Math.ceil((offset + bytes) / 4)));
}

/** What these bytes are before the first run. */
export function resetStates(program: Pick<Program, "states">): Uint8Array {
  const bytes = new Uint8Array(stateBytes(program));
  for (const state of program.states) {
    const view = viewActivation(bytes.buffer, state.elementType, state.offset, elementCount(state.shape));
    if (typeof state.reset === "number") view.fill(state.reset);
    else view.set(state.reset);
  }
  return bytes;
}
