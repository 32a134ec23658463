import type { i32 } from "./int.js";

export interface CompoundAssignment {
  readonly size: i32;
}

/** Elements wrap as their types do: each store narrows where it is written. */
export function compoundAssignment(layer: CompoundAssignment, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    output[i] = input[i];
    output[i] += 200;
    output[i] -= input[i] * 3;
    output[i] *= 5;
    output[i] &= 0x7e;
    output[i] |= 1;
    output[i] ^= input[i];
    output[i] >>= 1;
    output[i]++;
    output[i]--;
    let x: i32 = input[i];
    x += 1;
    x -= 1;
    x *= 3;
    x >>= 1;
    x ^= 5;
    x++;
    output[i] += x < 0 ? -x : x;
  }
}
