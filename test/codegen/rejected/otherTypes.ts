import { type i32 } from "./int.js";

export interface OtherTypes {
  readonly size: number;
  readonly floats: Float32Array;
  readonly maybe?: i32;
  run(): void;
}

function half(x: number, y?: i32, z: i32 = 1, ...rest: Int8Array): number {
  return x;
}

export function otherTypes(layer: OtherTypes, input: Int8Array, output: Int8Array): void {
  const a: number = 1;
  const b: i8 = 1;
  const { c }: i32 = layer;
  output[0] = a + b + c;
}
