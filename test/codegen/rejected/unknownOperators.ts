import { type i32 } from "./int.js";

export interface UnknownOperators {
  readonly size: i32;
  readonly weights: Int8Array;
}

export function unknownOperators(layer: UnknownOperators, input: Int8Array, output: Int8Array): void {
  let x: i32 = input[0] << 2;
  x = x >>> 1;
  x = x ** 2;
  x = ~x;
  x = +x;
  x <<= 1;
  x >>>= 1;
  x ||= 1;
  if (x == 1) {
    output[0] = x ?? 0;
  }
}
