import type { i32 } from "./int.js";

export interface HostileNames {
  readonly size: i32;
  /** int8 [size] */
  readonly left: Int8Array;
}

/** Adds a table. */
function add(x: i32, y: i32): i32 {
  return x + y;
}

/** Layers may have any name. */
export function hostileNames(layer: HostileNames, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    output[i] = add(input[i], layer.left[i]);
  }
}
