import type { i32 } from "./int.js";

export interface NotExported {
  readonly size: i32;
}

function notExported(layer: NotExported, input: Int8Array, output: Int8Array): void {
  output[0] = input[layer.size];
}
