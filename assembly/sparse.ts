/*
 * The products of a fully connected layer over the inputs that are not zero (one of five of MNIST's pixels). A sum
 * without products of exact zeros has the same bits as with them, as long as the other factors are finite: it begins
 * with +0 or with a gradient that did, can therefore never be −0, and +0 + ±0 = +0, s + ±0 = s.
 */
import { offsetAt, Product } from "./product";

/** Whose instance this is has room here for its own lists. */
let scratch: usize = 0;

export function setScratch(address: usize): void {
  scratch = address;
}

export function ownRoom(): usize {
  return scratch;
}

/** How many of `count` float32 from `values` on are not zero; `count` is a multiple of 4. */
export function countNonZeros(values: usize, count: i32): i32 {
  let zeros = i32x4.splat(0);
  const end = values + ((<usize>count) << 2);
  for (; values < end; values += 16) {
    zeros = i32x4.sub(zeros, f32x4.eq(v128.load(values), f32x4.splat(0)));
  }
  return (
    count -
    i32x4.extract_lane(zeros, 0) -
    i32x4.extract_lane(zeros, 1) -
    i32x4.extract_lane(zeros, 2) -
    i32x4.extract_lane(zeros, 3)
  );
}

/**
 * `product` for an `a` of one run with contiguous rows of a multiple of 4 elements, and a multiple of 4 columns.
 * Each list entry is the value and the offset of its row of `b`.
 */
export function sparseProduct(from: i32, to: i32, job: Product): void {
  const list = scratch;
  for (let m = from; m < to; m++) {
    let a = job.a + offsetAt(job.aRows, m, job.aRowStride);
    let end = list;
    for (let offset = 0; offset < job.depthInner * job.bStride; offset += 4 * job.bStride) {
      const values = v128.load(a);
      a += 16;
      if (!v128.any_true(values)) continue;
      end = append(end, f32x4.extract_lane(values, 0), offset);
      end = append(end, f32x4.extract_lane(values, 1), offset + job.bStride);
      end = append(end, f32x4.extract_lane(values, 2), offset + 2 * job.bStride);
      end = append(end, f32x4.extract_lane(values, 3), offset + 3 * job.bStride);
    }
    const c = job.c + offsetAt(job.cRows, m, job.cRowStride);
    for (let n = 0; n < job.columns; n += 16) sumOfRows(list, end, job, n, c);
  }
}

/** Overwritten by the next one when the value is zero: no branch. */
function append(list: usize, value: f32, offset: i32): usize {
  store<f32>(list, value);
  store<i32>(list, offset, 4);
  return list + ((<usize>i32(value !== 0)) << 3);
}

/** Sixteen columns of one row: four sums of four run side by side. Missing columns are computed and dropped. */
function sumOfRows(list: usize, end: usize, job: Product, n: i32, c: usize): void {
  const b = job.b + <usize>((n >> 3) * job.bPanelStride);
  const next = <usize>job.bPanelStride;
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  const columns = job.columns - n;
  const at = b;
  const beside = columns > 8 ? b + next : b;
  for (let entry = list; entry < end; entry += 8) {
    const value = v128.load32_splat(entry);
    const offset = load<u32>(entry, 4);
    sum0 = f32x4.add(sum0, f32x4.mul(value, v128.load(at + offset)));
    sum1 = f32x4.add(sum1, f32x4.mul(value, v128.load(at + offset, 16)));
    sum2 = f32x4.add(sum2, f32x4.mul(value, v128.load(beside + offset)));
    sum3 = f32x4.add(sum3, f32x4.mul(value, v128.load(beside + offset, 16)));
  }
  finish(job, n, c, sum0);
  if (columns > 4) finish(job, n + 4, c, sum1);
  if (columns > 8) finish(job, n + 8, c, sum2);
  if (columns > 12) finish(job, n + 12, c, sum3);
}

function finish(job: Product, n: i32, c: usize, sum: v128): void {
  const column = (<usize>n) << 2;
  if (job.bias) sum = f32x4.add(sum, v128.load(job.bias + column));
  if (job.isRectified) sum = f32x4.max(f32x4.splat(0), sum);
  v128.store(c + column, sum);
}

/** c[o, i] += Σ_b dy[b, o] · x[b, i]: x [batch, inFeatures], dy [batch, outFeatures], both multiples of 4. */
@unmanaged
export class WeightGradient {
  batch: i32;
  inFeatures: i32;
  outFeatures: i32;
  input: usize;
  outputGradient: usize;
  weightGradient: usize;
}

/** Four inputs at a time, from..to − 1 in fours: each has a list of its own. */
export function sparseWeightGradient(from: i32, to: i32, job: WeightGradient): void {
  const inStride = (<usize>job.inFeatures) << 2;
  const outStride = (<usize>job.outFeatures) << 2;
  const listBytes = (<usize>job.batch + 1) << 3;
  const block = scratch + 4 * listBytes;
  for (let four = from; four < to; four++) {
    const column = (<usize>four) << 4;
    let end0 = scratch;
    let end1 = scratch + listBytes;
    let end2 = scratch + 2 * listBytes;
    let end3 = scratch + 3 * listBytes;
    for (let b = 0; b < job.batch; b++) {
      const values = v128.load(job.input + <usize>b * inStride + column);
      if (!v128.any_true(values)) continue;
      const offset = b * <i32>outStride;
      end0 = append(end0, f32x4.extract_lane(values, 0), offset);
      end1 = append(end1, f32x4.extract_lane(values, 1), offset);
      end2 = append(end2, f32x4.extract_lane(values, 2), offset);
      end3 = append(end3, f32x4.extract_lane(values, 3), offset);
    }
    const isEmpty =
      end0 === scratch &&
      end1 === scratch + listBytes &&
      end2 === scratch + 2 * listBytes &&
      end3 === scratch + 3 * listBytes;
    if (isEmpty) continue;
    const gradient = job.weightGradient + column;
    columnsToRows(job.outFeatures, gradient, inStride, block, outStride);
    addRows(scratch, end0, job, block);
    addRows(scratch + listBytes, end1, job, block + outStride);
    addRows(scratch + 2 * listBytes, end2, job, block + 2 * outStride);
    addRows(scratch + 3 * listBytes, end3, job, block + 3 * outStride);
    rowsToColumns(job.outFeatures, block, outStride, gradient, inStride);
  }
}

/** to[o] += Σ value · outputGradient[b, o] over a list. */
function addRows(list: usize, end: usize, job: WeightGradient, to: usize): void {
  if (list === end) return;
  const rows = job.outputGradient;
  const width = (<usize>job.outFeatures) << 2;
  let column: usize = 0;
  for (; column + 64 <= width; column += 64) {
    const from = rows + column;
    const at = to + column;
    let sum0 = v128.load(at);
    let sum1 = v128.load(at, 16);
    let sum2 = v128.load(at, 32);
    let sum3 = v128.load(at, 48);
    for (let entry = list; entry < end; entry += 8) {
      const value = v128.load32_splat(entry);
      const row = from + <usize>load<u32>(entry, 4);
      sum0 = f32x4.add(sum0, f32x4.mul(value, v128.load(row)));
      sum1 = f32x4.add(sum1, f32x4.mul(value, v128.load(row, 16)));
      sum2 = f32x4.add(sum2, f32x4.mul(value, v128.load(row, 32)));
      sum3 = f32x4.add(sum3, f32x4.mul(value, v128.load(row, 48)));
    }
    v128.store(at, sum0);
    v128.store(at, sum1, 16);
    v128.store(at, sum2, 32);
    v128.store(at, sum3, 48);
  }
  for (; column < width; column += 16) {
    const at = to + column;
    let sum = v128.load(at);
    for (let entry = list; entry < end; entry += 8) {
      const row = rows + column + <usize>load<u32>(entry, 4);
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(entry), v128.load(row)));
    }
    v128.store(at, sum);
  }
}

/** A block of `count` rows of four becomes four rows of `count`. */
function columnsToRows(count: i32, from: usize, fromStride: usize, to: usize, toStride: usize): void {
  for (let o = 0; o < count; o += 4) {
    transpose4(from, fromStride, to, toStride);
    from += 4 * fromStride;
    to += 16;
  }
}

/** And back. */
function rowsToColumns(count: i32, from: usize, fromStride: usize, to: usize, toStride: usize): void {
  for (let o = 0; o < count; o += 4) {
    transpose4(from, fromStride, to, toStride);
    from += 16;
    to += 4 * toStride;
  }
}

/** to[j, i] = from[i, j] for 4 x 4 float32. */
export function transpose4(from: usize, fromStride: usize, to: usize, toStride: usize): void {
  const row0 = v128.load(from);
  const row1 = v128.load(from + fromStride);
  const row2 = v128.load(from + 2 * fromStride);
  const row3 = v128.load(from + 3 * fromStride);
  const low01 = i32x4.shuffle(row0, row1, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(row0, row1, 2, 6, 3, 7);
  const low23 = i32x4.shuffle(row2, row3, 0, 4, 1, 5);
  const high23 = i32x4.shuffle(row2, row3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(to + toStride, i64x2.shuffle(low01, low23, 1, 3));
  v128.store(to + 2 * toStride, i64x2.shuffle(high01, high23, 0, 2));
  v128.store(to + 3 * toStride, i64x2.shuffle(high01, high23, 1, 3));
}
