import { storeLanes } from "./product";

@unmanaged
export class Unary {
  input: usize;
  output: usize;
  outputGradient: usize;
  inputGradient: usize;
  multiplier: f32;
}

/** Vectors from..to − 1 of four: max(0, input). */
export function reluForward(from: i32, to: i32, job: Unary): void {
  const input = job.input;
  const output = job.output;
  const zero = f32x4.splat(0);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    v128.store(output + k, f32x4.max(zero, v128.load(input + k)));
  }
}

/** outputGradient where output > 0, else +0. */
export function reluBackward(from: i32, to: i32, job: Unary): void {
  const output = job.output;
  const outputGradient = job.outputGradient;
  const inputGradient = job.inputGradient;
  const zero = f32x4.splat(0);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const isKept = f32x4.gt(v128.load(output + k), zero);
    v128.store(inputGradient + k, v128.and(isKept, v128.load(outputGradient + k)));
  }
}

/** min(6, max(0, input)) */
export function relu6Forward(from: i32, to: i32, job: Unary): void {
  const input = job.input;
  const output = job.output;
  const zero = f32x4.splat(0);
  const six = f32x4.splat(6);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    v128.store(output + k, f32x4.min(six, f32x4.max(zero, v128.load(input + k))));
  }
}

/** outputGradient where 0 < output < 6, else +0. */
export function relu6Backward(from: i32, to: i32, job: Unary): void {
  const output = job.output;
  const outputGradient = job.outputGradient;
  const inputGradient = job.inputGradient;
  const zero = f32x4.splat(0);
  const six = f32x4.splat(6);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const values = v128.load(output + k);
    const isKept = v128.and(f32x4.gt(values, zero), f32x4.lt(values, six));
    v128.store(inputGradient + k, v128.and(isKept, v128.load(outputGradient + k)));
  }
}

/** output += input */
export function accumulate(from: i32, to: i32, job: Unary): void {
  const input = job.input;
  const output = job.output;
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    v128.store(output + k, f32x4.add(v128.load(output + k), v128.load(input + k)));
  }
}

/** output += factor · input */
export function addScaled(from: i32, to: i32, job: Unary): void {
  const input = job.input;
  const output = job.output;
  const factor = f32x4.splat(job.multiplier);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    v128.store(output + k, f32x4.add(v128.load(output + k), f32x4.mul(factor, v128.load(input + k))));
  }
}

/** outputGradient = output · input */
export function multiply(from: i32, to: i32, job: Unary): void {
  const input = job.input;
  const output = job.output;
  const outputGradient = job.outputGradient;
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    v128.store(outputGradient + k, f32x4.mul(v128.load(output + k), v128.load(input + k)));
  }
}

/** input where it is above 0, else factor · input. */
export function leakyReluForward(from: i32, to: i32, job: Unary): void {
  const input = job.input;
  const output = job.output;
  const factor = f32x4.splat(job.multiplier);
  const zero = f32x4.splat(0);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const value = v128.load(input + k);
    v128.store(output + k, v128.bitselect(value, f32x4.mul(factor, value), f32x4.gt(value, zero)));
  }
}

/** outputGradient where the input is above 0, else factor · outputGradient. */
export function leakyReluBackward(from: i32, to: i32, job: Unary): void {
  const input = job.input;
  const outputGradient = job.outputGradient;
  const inputGradient = job.inputGradient;
  const factor = f32x4.splat(job.multiplier);
  const zero = f32x4.splat(0);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const gradient = v128.load(outputGradient + k);
    const isAbove = f32x4.gt(v128.load(input + k), zero);
    v128.store(inputGradient + k, v128.bitselect(gradient, f32x4.mul(factor, gradient), isAbove));
  }
}

/** sums[c] += values[r, c], r = 0, 1, …: values [rows, columns]. */
@unmanaged
export class ColumnSums {
  rows: i32;
  columns: i32;
  values: usize;
  sums: usize;
}

/** Groups from..to − 1 of four columns; two at a time, so that one's addition need not wait for the other's. */
export function addColumnSums(from: i32, to: i32, job: ColumnSums): void {
  const rows = job.rows;
  const stride = (<usize>job.columns) << 2;
  for (let group = from; group < to; group += 2) {
    const column = (<usize>group) << 4;
    let value = job.values + column;
    let sum0 = v128.load(job.sums + column);
    let sum1 = v128.load(job.sums + column, 16);
    for (let r = 0; r < rows; r++) {
      sum0 = f32x4.add(sum0, v128.load(value));
      sum1 = f32x4.add(sum1, v128.load(value, 16));
      value += stride;
    }
    storeLanes(job.sums + column, sum0, job.columns - (group << 2));
    if (group + 1 < to) storeLanes(job.sums + column + 16, sum1, job.columns - ((group + 1) << 2));
  }
}
