import { type i32 } from "./int.js";

export interface FunctionsInside {
  readonly size: i32;
  readonly weights: Int8Array;
}

export function functionsInside(layer: FunctionsInside, input: Int8Array, output: Int8Array): void {
  function inner(): void {}
  input.forEach((x) => x);
  const f: i32 = () => 1;
  const g: i32 = function () {};
  output[0] = f + g;
}
