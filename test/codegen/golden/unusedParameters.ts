import type { i32 } from "./int.js";

export interface UnusedParameters {
  readonly size: i32;
  readonly isConstant: i32;
  readonly value: i32;
}

function pick(isFirst: i32, first: i32, _second: i32): i32 {
  if (isFirst === 1) {
    return first;
  }
  return 0;
}

/** Folding leaves parameters and locals without a reader, which compilers would warn of. */
export function unusedParameters(layer: UnusedParameters, input: Int8Array, output: Int8Array): void {
  let count: i32 = 0;
  for (let i: i32 = 0; i < layer.size; i++) {
    let value: i32 = layer.value;
    count++;
    if (layer.isConstant === 0) {
      value = pick(count & 1, input[i], input[0]);
    }
    output[i] = value;
  }
}
