import { type i32 } from "./int.js";

export interface MissingReturns {
  readonly size: i32;
  readonly weights: Int8Array;
}

function a(x: i32): i32 {
  if (x < 0) {
    return 1;
  }
}

function b(x: i32): i32 {
  for (let i: i32 = 0; i < x; i++) {
    return i;
  }
}

function c(x: i32): i32 {
  return;
}

function d(x: i32): i32 {}

function e(x: i32): void {
  return x;
}

export function missingReturns(layer: MissingReturns, input: Int8Array, output: Int8Array): void {
  output[0] = a(1) + b(1) + c(1) + d(1);
  return 1;
}
