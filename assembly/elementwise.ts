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
