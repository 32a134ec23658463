import { type i32 } from "./int.js";

export interface NoIntegers {
  readonly size: i32;
  readonly weights: Int8Array;
}

function store(array: Int8Array, x: i32): void {
  array[0] = x;
}

export function noIntegers(layer: NoIntegers, input: Int8Array, output: Int8Array): void {
  const a: i32 = 1.5;
  const b: i32 = 4294967296;
  const c: i32 = -2147483649;
  const d: i32 = 1e21;
  const e: i32 = 10n;
  const f: i32 = 010;
  const g: i32 = "1";
  const h: i32 = true;
  const i: i32 = NaN;
  const j: i32 = input;
  const k: i32 = layer.weights;
  const l: i32 = input.length;
  const m: i32 = unknown;
  const n: i32 = m2;
  const m2: i32 = m2;
  const o: i32 = layer["size"];
  const p: i32 = store(output, 1);
  const q: i32 = 2147483648;
  const r: i32 = input[0] as i32;
  output[0] = a + b + c + d + e + f + g + h + i + j + k + l + m + n + m2 + o + p + q + r;
}
