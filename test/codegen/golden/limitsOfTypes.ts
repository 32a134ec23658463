import type { i32 } from "./int.js";

export interface LimitsOfTypes {
  readonly size: i32;
  readonly lowest: i32;
  readonly highest: i32;
  /** uint8 [size] */
  readonly shift: Uint8Array;
}

/** Comparisons that an element's type decides are folded: compilers warn of them. */
export function limitsOfTypes(layer: LimitsOfTypes, input: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.size; i++) {
    let x: i32 = input[i];
    if (input[i] < layer.lowest || layer.highest < input[i]) {
      x = 0;
    }
    if (layer.shift[i] >= 0 && layer.shift[i] !== 256 && input[i] !== -128) {
      x += layer.shift[i];
    }
    output[i] = x;
  }
}
