import { type i32, registers } from "./int.js";

export interface OddRegisters {
  readonly size: i32;
}

function total(sums: Int8Array): i32 {
  return sums[0];
}

function block(count: i32, output: Int8Array): void {
  const sums: Int32Array = registers(count);
  sums[0] = output[0];
  output[0] = sums[0];
}

export function oddRegisters(layer: OddRegisters, input: Int8Array, output: Int8Array): void {
  const sums: Int32Array = registers(layer.size);
  const tooMany: Int32Array = registers(33);
  const none: Int32Array = registers(0);
  const computed: Int32Array = registers(layer.size * 2);
  const found: Int32Array = registers(input[0]);
  let changed: Int32Array = registers(2);
  const untyped = registers(2);
  const narrow: i32 = registers(2);
  registers(4);
  sums[input[0]] = 1;
  for (let i: i32 = 0; i < input[0]; i++) {
    sums[i] = 1;
  }
  for (let i: i32 = 0; i < layer.size; i++) {
    const next: i32 = i + 1;
    sums[next] = 1;
  }
  output[0] = sums;
  output[1] = total(sums);
  output[2] = total(sums.subarray(1));
  block(input[0], output);
  block(layer.size, output);
  const sums3: i32 = 3;
  const other3: i32 = 3;
  const other: Int32Array = registers(2);
}
