import { clamp, type i32, unroll } from "./int.js";

export interface AddTable {
  readonly size: i32;
  /** Largest multiple of 4 up to size. */
  readonly unrolledSize: i32;
  /** Output steps for one step of input 1, with `fractionBits` bits after the point. */
  readonly factor: i32;
  readonly fractionBits: i32;
  /** int32 [256]: what each value of input 2 from −128 to 127 adds, zero points and rounding included. */
  readonly table: Int32Array;
  readonly activationMin: i32;
  readonly activationMax: i32;
}

/**
 * {@link add} for layers for which the planner has found a factor and a table that give its bytes for all 65 536 pairs
 * of inputs: one multiplication of 32 bits instead of three of 64. The sum stays in int32 for every pair.
 *
 *   input1, input2  int8 [size]
 *   output          int8 [size]
 */
export function addTable(layer: AddTable, input1: Int8Array, input2: Int8Array, output: Int8Array): void {
  for (let i: i32 = 0; i < layer.unrolledSize; i += 4) {
    unroll(4);
    for (let k: i32 = 0; k < 4; k++) {
      const sum: i32 = input1[i + k] * layer.factor + layer.table[input2[i + k] + 128];
      output[i + k] = clamp(sum >> layer.fractionBits, layer.activationMin, layer.activationMax);
    }
  }
  for (let i: i32 = layer.unrolledSize; i < layer.size; i++) {
    const sum: i32 = input1[i] * layer.factor + layer.table[input2[i] + 128];
    output[i] = clamp(sum >> layer.fractionBits, layer.activationMin, layer.activationMax);
  }
}
