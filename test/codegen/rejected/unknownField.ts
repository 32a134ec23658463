import { type i32 } from "./int.js";

export interface UnknownField {
  readonly size: i32;
  readonly weights: Int8Array;
}

export function unknownField(layer: UnknownField, input: Int8Array, output: Int8Array): void {
  output[0] = layer.sise;
  output[1] = layer.weigths[0];
}
