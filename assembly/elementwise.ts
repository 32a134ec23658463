import { storeLanes } from "./product";

@unmanaged
export class Unary {
  input: usize;
  output: usize;
  outputGradient: usize;
  inputGradient: usize;
}

/** Vectors from..to − 1 of four: max(0, input). */
export function reluForward(from: i32, to: i32, job: Unary): void {
  const zero = f32x4.splat(0);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    v128.store(job.output + k, f32x4.max(zero, v128.load(job.input + k)));
  }
}

/** outputGradient where output > 0, else +0. */
export function reluBackward(from: i32, to: i32, job: Unary): void {
  const zero = f32x4.splat(0);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const isKept = f32x4.gt(v128.load(job.output + k), zero);
    v128.store(job.inputGradient + k, v128.and(isKept, v128.load(job.outputGradient + k)));
  }
}

/** min(6, max(0, input)) */
export function relu6Forward(from: i32, to: i32, job: Unary): void {
  const zero = f32x4.splat(0);
  const six = f32x4.splat(6);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    v128.store(job.output + k, f32x4.min(six, f32x4.max(zero, v128.load(job.input + k))));
  }
}

/** outputGradient where 0 < output < 6, else +0. */
export function relu6Backward(from: i32, to: i32, job: Unary): void {
  const zero = f32x4.splat(0);
  const six = f32x4.splat(6);
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const output = v128.load(job.output + k);
    const isKept = v128.and(f32x4.gt(output, zero), f32x4.lt(output, six));
    v128.store(job.inputGradient + k, v128.and(isKept, v128.load(job.outputGradient + k)));
  }
}

/** output += input */
export function accumulate(from: i32, to: i32, job: Unary): void {
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    v128.store(job.output + k, f32x4.add(v128.load(job.output + k), v128.load(job.input + k)));
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

/** Groups from..to − 1 of four columns. */
export function addColumnSums(from: i32, to: i32, job: ColumnSums): void {
  const stride = (<usize>job.columns) << 2;
  for (let group = from; group < to; group++) {
    const column = (<usize>group) << 4;
    let value = job.values + column;
    let sum = v128.load(job.sums + column);
    for (let r = 0; r < job.rows; r++) {
      sum = f32x4.add(sum, v128.load(value));
      value += stride;
    }
    storeLanes(job.sums + column, sum, job.columns - (group << 2));
  }
}
