import { type Division, division, nothing } from "./division.js";
import type { Itself } from "./filesBeside.js";
import { helper } from "./missing.js";
import { clamp } from "../rejected/int.js";

export interface Itself extends Itself, Array<Int8Array>, NotThere {
  readonly size: i32;
}

function helper(x: i32): i32 {
  return x;
}

export function filesBeside(layer: Itself, input: Int8Array, output: Int8Array): void {
  division(layer, input, output);
  output[0] = helper(input[0]);
}
