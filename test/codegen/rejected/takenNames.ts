import { type i32 } from "./int.js";

export interface TakenNames {
  readonly size: i32;
  readonly weights: Int8Array;
  readonly Weights: Int8Array;
  readonly register: Int8Array;
  readonly int: i32;
}

function helper(helper: i32, x: i32, X: i32): i32 {
  return x;
}

function clamp(x: i32): i32 {
  return x;
}

function hel_per(x: i32): i32 {
  return x;
}

function helPer(x: i32): i32 {
  return x;
}

export function takenNames(layer: TakenNames, input: Int8Array, output: Int8Array): void {
  const int: i32 = 1;
  const min: i32 = 2;
  const weights: i32 = 3;
  const input: i32 = 4;
  const layer: i32 = 5;
  const helper: i32 = 6;
  const fooBar: i32 = 7;
  if (fooBar === 7) {
    const foo_bar: i32 = fooBar;
    const fooBar: i32 = 8;
    output[0] = fooBar + foo_bar;
  }
  for (let i: i32 = 0; i < 2; i++) {
    for (let i: i32 = 0; i < 2; i++) {
      output[i] = 1;
    }
  }
  const größe: i32 = 9;
  const $x: i32 = 10;
  const __y: i32 = 11;
  const takenNames_helper: i32 = 12;
}
