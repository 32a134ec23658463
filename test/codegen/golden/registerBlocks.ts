import { clamp, type i32, registers, unroll } from "./int.js";

export interface RegisterBlocks {
  readonly size: i32;
  /** Outputs a step, which divide size. */
  readonly block: i32;
  readonly hasBias: i32;
  /** int8 [size] */
  readonly bias: Int8Array;
  /** int8 [size / block, size, block] */
  readonly weights: Int8Array;
}

/** Adds running sums to a block: called for each count of registers, it is a function for each. */
function writeBlock(sums: Int8Array, from: i32, count: i32, output: Int8Array): void {
  const total: Int32Array = registers(count);
  for (let r: i32 = 0; r < count; r++) {
    for (let s: i32 = 0; s <= r; s++) {
      total[r] += sums[from + s];
    }
  }
  for (let r: i32 = 0; r < count; r++) {
    output[from + r] = clamp(output[from + r] + (total[r] >> 2), -128, 127);
  }
}

/** What one writes by hand with as many locals as a block has outputs. */
export function registerBlocks(layer: RegisterBlocks, input: Int8Array, output: Int8Array): void {
  for (let o: i32 = 0; o < layer.size; o += layer.block) {
    const sums: Int32Array = registers(layer.block);
    // a block begins with its biases, or with 0
    for (let r: i32 = 0; r < layer.block; r++) {
      sums[r] = layer.hasBias === 1 ? layer.bias[o + r] : 0;
    }
    unroll(4);
    for (let i: i32 = 0; i < layer.size; i++) {
      const x: i32 = input[i];
      for (let r: i32 = 0; r < layer.block; r++) {
        sums[r] += layer.weights[o * layer.size + i * layer.block + r] * x;
      }
    }
    const half: Int32Array = registers(2);
    half[0] = sums[0] >> 1;
    for (let r: i32 = 0; r < layer.block; r++) {
      // the first one is halved; where there is a second one, it joins
      if (r === 0) {
        output[o] = clamp(half[0] >> 6, -128, 127);
      } else {
        if (sums[r] > 100) {
          half[1] += sums[r];
        }
        output[o + r] = clamp((sums[r] + half[1]) >> 7, -128, 127);
      }
    }
    writeBlock(input, o, layer.block, output);
  }
  writeBlock(input, 0, 1, output);
}
