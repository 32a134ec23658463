import { type i32 } from "./int.js";

export interface UnknownStatements {
  readonly size: i32;
  readonly weights: Int8Array;
}

const table: i32 = 3;

async function later(x: i32): i32 {
  return x;
}

function generic<T>(x: i32): i32 {
  return x;
}

export function unknownStatements(layer: UnknownStatements, input: Int8Array, output: Int8Array): void {
  let i: i32 = 0;
  while (i < layer.size) {
    i++;
  }
  do {
    i--;
  } while (i > 0);
  for (const x of input) output[0] = x;
  for (let k: i32 = 0; k < 3; k++) {
    if (k === 2) break;
    if (k === 1) continue;
  }
  switch (i) {
    default:
  }
  try {
    output[0] = 1;
  } finally {
  }
  throw i;
  var old: i32 = 1;
  output[0] = old;
  again: output[0] = 2;
  i;
  ;
}
