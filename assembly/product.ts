/*
 * c[m, n] = Σₖ a[m, k] · b[k, n], where a's elements stand anywhere: a sum runs over `depthOuter` runs of `depthInner`
 * elements each, and tables tell where runs and rows begin. A convolution is a product whose rows of `a` overlap.
 *
 * Bits: vectors lie along n, so that every sum runs over k from first to last in one lane, product and sum rounded by
 * themselves. Tiles of 4 x 8 were the fastest of those tried; unrolling over k by hand spills registers.
 */

/**
 * Offsets are in bytes. A table is a row of i32 offsets; without one (0) the stride is taken. Rows come in groups of
 * `period`, a sample's for example: tables of rows are those of the first group.
 */
@unmanaged
export class Product {
  columns: i32;
  depthOuter: i32;
  depthInner: i32;
  a: usize;
  aRows: usize;
  aRowStride: i32;
  aRuns: usize;
  aRunStride: i32;
  aStride: i32;
  aGroupStride: i32;
  b: usize;
  bRuns: usize;
  bRunStride: i32;
  bStride: i32;
  /** From eight columns of `b` to the next eight. */
  bPanelStride: i32;
  c: usize;
  cRows: usize;
  cRowStride: i32;
  cGroupStride: i32;
  period: i32;
  /** Runs, and rows, that are gone through at a time so that they stay in the first cache; all rows are one run's. */
  runBlock: i32;
  rowBlock: i32;
  /** 1: sums begin with what `c` holds; 0: with +0. */
  isAdded: i32;
  /** [columns], added last; 0 for none. */
  bias: usize;
  /** 1: what is below 0 becomes 0, after the bias. */
  isRectified: i32;
}

export function offsetAt(table: usize, index: i32, stride: i32): usize {
  return table ? <usize>load<i32>(table + ((<usize>index) << 2)) : <usize>index * <usize>stride;
}

/** Stores the first `lanes` of four values. */
export function storeLanes(to: usize, values: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(to, values);
    return;
  }
  v128.store32_lane(to, values, 0);
  if (lanes > 1) v128.store32_lane(to, values, 1, 4);
  if (lanes > 2) v128.store32_lane(to, values, 2, 8);
}

/**
 * Rows from..to − 1. Sums go on from block to block of runs by way of `c`, which changes no bit of them. A last tile of a
 * group that is not full computes its last row more than once.
 */
export function product(from: i32, to: i32, job: Product): void {
  let run = 0;
  do {
    const runEnd = min(run + job.runBlock, job.depthOuter);
    for (let row = from; row < to; row += job.rowBlock) {
      productBlock(row, min(row + job.rowBlock, to), run, runEnd, job);
    }
    run = runEnd;
  } while (run < job.depthOuter);
}

function productBlock(from: i32, to: i32, run: i32, runEnd: i32, job: Product): void {
  const columns = job.columns;
  for (let n = 0; n < columns; n += 8) {
    const b = job.b + <usize>((n >> 3) * job.bPanelStride);
    const column = (<usize>n) << 2;
    const bias = job.bias ? job.bias + column : 0;
    for (let m = from; m < to; ) {
      const group = m / job.period;
      const a = job.a + <usize>(group * job.aGroupStride);
      const c = job.c + column + <usize>(group * job.cGroupStride);
      const first = m - group * job.period;
      const end = min(job.period, first + to - m);
      for (let row = first; row < end; row += 4) {
        if (n + 8 <= columns) {
          tile4x8(job, row, end, run, runEnd, a, b, c, bias);
        } else {
          tile4x4(job, row, end, run, runEnd, a, b, c, bias, columns - n);
          if (columns - n > 4) {
            const bias4 = bias ? bias + 16 : 0;
            tile4x4(job, row, end, run, runEnd, a, b + 16, c + 16, bias4, columns - n - 4);
          }
        }
      }
      m += end - first;
    }
  }
}

function tile4x8(
  job: Product,
  m0: i32,
  end: i32,
  run: i32,
  runEnd: i32,
  a: usize,
  b: usize,
  c: usize,
  bias: usize,
): void {
  const m1 = min(m0 + 1, end - 1);
  const m2 = min(m0 + 2, end - 1);
  const m3 = min(m0 + 3, end - 1);
  const c0 = c + offsetAt(job.cRows, m0, job.cRowStride);
  const c1 = c + offsetAt(job.cRows, m1, job.cRowStride);
  const c2 = c + offsetAt(job.cRows, m2, job.cRowStride);
  const c3 = c + offsetAt(job.cRows, m3, job.cRowStride);
  let sum00 = f32x4.splat(0);
  let sum01 = sum00;
  let sum10 = sum00;
  let sum11 = sum00;
  let sum20 = sum00;
  let sum21 = sum00;
  let sum30 = sum00;
  let sum31 = sum00;
  if (job.isAdded || run > 0) {
    sum00 = v128.load(c0);
    sum01 = v128.load(c0, 16);
    sum10 = v128.load(c1);
    sum11 = v128.load(c1, 16);
    sum20 = v128.load(c2);
    sum21 = v128.load(c2, 16);
    sum30 = v128.load(c3);
    sum31 = v128.load(c3, 16);
  }
  const a0 = a + offsetAt(job.aRows, m0, job.aRowStride);
  const a1 = a + offsetAt(job.aRows, m1, job.aRowStride);
  const a2 = a + offsetAt(job.aRows, m2, job.aRowStride);
  const a3 = a + offsetAt(job.aRows, m3, job.aRowStride);
  const depthInner = job.depthInner;
  const aStride = <usize>job.aStride;
  const bStride = <usize>job.bStride;
  for (let outer = run; outer < runEnd; outer++) {
    const fromA = offsetAt(job.aRuns, outer, job.aRunStride);
    let from0 = a0 + fromA;
    let from1 = a1 + fromA;
    let from2 = a2 + fromA;
    let from3 = a3 + fromA;
    let fromB = b + offsetAt(job.bRuns, outer, job.bRunStride);
    for (let inner = 0; inner < depthInner; inner++) {
      const b0 = v128.load(fromB);
      const b1 = v128.load(fromB, 16);
      let value = v128.load32_splat(from0);
      sum00 = f32x4.add(sum00, f32x4.mul(value, b0));
      sum01 = f32x4.add(sum01, f32x4.mul(value, b1));
      value = v128.load32_splat(from1);
      sum10 = f32x4.add(sum10, f32x4.mul(value, b0));
      sum11 = f32x4.add(sum11, f32x4.mul(value, b1));
      value = v128.load32_splat(from2);
      sum20 = f32x4.add(sum20, f32x4.mul(value, b0));
      sum21 = f32x4.add(sum21, f32x4.mul(value, b1));
      value = v128.load32_splat(from3);
      sum30 = f32x4.add(sum30, f32x4.mul(value, b0));
      sum31 = f32x4.add(sum31, f32x4.mul(value, b1));
      from0 += aStride;
      from1 += aStride;
      from2 += aStride;
      from3 += aStride;
      fromB += bStride;
    }
  }
  if (bias && runEnd === job.depthOuter) {
    const bias0 = v128.load(bias);
    const bias1 = v128.load(bias, 16);
    sum00 = f32x4.add(sum00, bias0);
    sum01 = f32x4.add(sum01, bias1);
    sum10 = f32x4.add(sum10, bias0);
    sum11 = f32x4.add(sum11, bias1);
    sum20 = f32x4.add(sum20, bias0);
    sum21 = f32x4.add(sum21, bias1);
    sum30 = f32x4.add(sum30, bias0);
    sum31 = f32x4.add(sum31, bias1);
  }
  if (job.isRectified && runEnd === job.depthOuter) {
    const zero = f32x4.splat(0);
    sum00 = f32x4.max(zero, sum00);
    sum01 = f32x4.max(zero, sum01);
    sum10 = f32x4.max(zero, sum10);
    sum11 = f32x4.max(zero, sum11);
    sum20 = f32x4.max(zero, sum20);
    sum21 = f32x4.max(zero, sum21);
    sum30 = f32x4.max(zero, sum30);
    sum31 = f32x4.max(zero, sum31);
  }
  v128.store(c0, sum00);
  v128.store(c0, sum01, 16);
  v128.store(c1, sum10);
  v128.store(c1, sum11, 16);
  v128.store(c2, sum20);
  v128.store(c2, sum21, 16);
  v128.store(c3, sum30);
  v128.store(c3, sum31, 16);
}

/** The last columns: up to four of them, read as four. */
function tile4x4(
  job: Product,
  m0: i32,
  end: i32,
  run: i32,
  runEnd: i32,
  a: usize,
  b: usize,
  c: usize,
  bias: usize,
  lanes: i32,
): void {
  const m1 = min(m0 + 1, end - 1);
  const m2 = min(m0 + 2, end - 1);
  const m3 = min(m0 + 3, end - 1);
  const c0 = c + offsetAt(job.cRows, m0, job.cRowStride);
  const c1 = c + offsetAt(job.cRows, m1, job.cRowStride);
  const c2 = c + offsetAt(job.cRows, m2, job.cRowStride);
  const c3 = c + offsetAt(job.cRows, m3, job.cRowStride);
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  if (job.isAdded || run > 0) {
    sum0 = v128.load(c0);
    sum1 = v128.load(c1);
    sum2 = v128.load(c2);
    sum3 = v128.load(c3);
  }
  const a0 = a + offsetAt(job.aRows, m0, job.aRowStride);
  const a1 = a + offsetAt(job.aRows, m1, job.aRowStride);
  const a2 = a + offsetAt(job.aRows, m2, job.aRowStride);
  const a3 = a + offsetAt(job.aRows, m3, job.aRowStride);
  const depthInner = job.depthInner;
  const aStride = <usize>job.aStride;
  const bStride = <usize>job.bStride;
  for (let outer = run; outer < runEnd; outer++) {
    let fromA = offsetAt(job.aRuns, outer, job.aRunStride);
    let fromB = b + offsetAt(job.bRuns, outer, job.bRunStride);
    for (let inner = 0; inner < depthInner; inner++) {
      const b0 = v128.load(fromB);
      sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(a0 + fromA), b0));
      sum1 = f32x4.add(sum1, f32x4.mul(v128.load32_splat(a1 + fromA), b0));
      sum2 = f32x4.add(sum2, f32x4.mul(v128.load32_splat(a2 + fromA), b0));
      sum3 = f32x4.add(sum3, f32x4.mul(v128.load32_splat(a3 + fromA), b0));
      fromA += aStride;
      fromB += bStride;
    }
  }
  if (bias && runEnd === job.depthOuter) {
    const addend = v128.load(bias);
    sum0 = f32x4.add(sum0, addend);
    sum1 = f32x4.add(sum1, addend);
    sum2 = f32x4.add(sum2, addend);
    sum3 = f32x4.add(sum3, addend);
  }
  if (job.isRectified && runEnd === job.depthOuter) {
    const zero = f32x4.splat(0);
    sum0 = f32x4.max(zero, sum0);
    sum1 = f32x4.max(zero, sum1);
    sum2 = f32x4.max(zero, sum2);
    sum3 = f32x4.max(zero, sum3);
  }
  storeLanes(c0, sum0, lanes);
  storeLanes(c1, sum1, lanes);
  storeLanes(c2, sum2, lanes);
  storeLanes(c3, sum3, lanes);
}
