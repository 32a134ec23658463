import { offsetAt, Product, storeLanes } from "./product";

/**
 * `product` channel by channel, as a depthwise convolution takes it: c[m, n] = Σₖ a[m, k, n] · b[k, n], where each
 * element of `a` and `b` is a row of channels. Same jobs, same order of sums.
 */
export function channelProduct(from: i32, to: i32, job: Product): void {
  for (let m = from; m < to; ) {
    const group = m / job.period;
    const a = job.a + <usize>(group * job.aGroupStride);
    const c = job.c + <usize>(group * job.cGroupStride);
    const first = m - group * job.period;
    const end = min(job.period, first + to - m);
    for (let row = first; row < end; row += 4) {
      let n = 0;
      for (; n + 8 <= job.columns; n += 8) tile4x8(job, row, end, a, c, n);
      for (; n < job.columns; n += 4) tile4x4(job, row, end, a, c, n, job.columns - n);
    }
    m += end - first;
  }
}

function tile4x8(job: Product, m0: i32, end: i32, a: usize, c: usize, n: i32): void {
  const column = (<usize>n) << 2;
  const m1 = min(m0 + 1, end - 1);
  const m2 = min(m0 + 2, end - 1);
  const m3 = min(m0 + 3, end - 1);
  const c0 = c + column + offsetAt(job.cRows, m0, job.cRowStride);
  const c1 = c + column + offsetAt(job.cRows, m1, job.cRowStride);
  const c2 = c + column + offsetAt(job.cRows, m2, job.cRowStride);
  const c3 = c + column + offsetAt(job.cRows, m3, job.cRowStride);
  let sum00 = f32x4.splat(0);
  let sum01 = sum00;
  let sum10 = sum00;
  let sum11 = sum00;
  let sum20 = sum00;
  let sum21 = sum00;
  let sum30 = sum00;
  let sum31 = sum00;
  if (job.isAdded) {
    sum00 = v128.load(c0);
    sum01 = v128.load(c0, 16);
    sum10 = v128.load(c1);
    sum11 = v128.load(c1, 16);
    sum20 = v128.load(c2);
    sum21 = v128.load(c2, 16);
    sum30 = v128.load(c3);
    sum31 = v128.load(c3, 16);
  }
  const a0 = a + column + offsetAt(job.aRows, m0, job.aRowStride);
  const a1 = a + column + offsetAt(job.aRows, m1, job.aRowStride);
  const a2 = a + column + offsetAt(job.aRows, m2, job.aRowStride);
  const a3 = a + column + offsetAt(job.aRows, m3, job.aRowStride);
  const b = job.b + column;
  const depthInner = job.depthInner;
  const aStride = <usize>job.aStride;
  const bStride = <usize>job.bStride;
  for (let outer = 0; outer < job.depthOuter; outer++) {
    let fromA = offsetAt(job.aRuns, outer, job.aRunStride);
    let fromB = b + offsetAt(job.bRuns, outer, job.bRunStride);
    for (let inner = 0; inner < depthInner; inner++) {
      const b0 = v128.load(fromB);
      const b1 = v128.load(fromB, 16);
      sum00 = f32x4.add(sum00, f32x4.mul(v128.load(a0 + fromA), b0));
      sum01 = f32x4.add(sum01, f32x4.mul(v128.load(a0 + fromA, 16), b1));
      sum10 = f32x4.add(sum10, f32x4.mul(v128.load(a1 + fromA), b0));
      sum11 = f32x4.add(sum11, f32x4.mul(v128.load(a1 + fromA, 16), b1));
      sum20 = f32x4.add(sum20, f32x4.mul(v128.load(a2 + fromA), b0));
      sum21 = f32x4.add(sum21, f32x4.mul(v128.load(a2 + fromA, 16), b1));
      sum30 = f32x4.add(sum30, f32x4.mul(v128.load(a3 + fromA), b0));
      sum31 = f32x4.add(sum31, f32x4.mul(v128.load(a3 + fromA, 16), b1));
      fromA += aStride;
      fromB += bStride;
    }
  }
  if (job.bias) {
    const bias0 = v128.load(job.bias + column);
    const bias1 = v128.load(job.bias + column, 16);
    sum00 = f32x4.add(sum00, bias0);
    sum01 = f32x4.add(sum01, bias1);
    sum10 = f32x4.add(sum10, bias0);
    sum11 = f32x4.add(sum11, bias1);
    sum20 = f32x4.add(sum20, bias0);
    sum21 = f32x4.add(sum21, bias1);
    sum30 = f32x4.add(sum30, bias0);
    sum31 = f32x4.add(sum31, bias1);
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

/** The last channels: up to four of them, read as four. */
function tile4x4(job: Product, m0: i32, end: i32, a: usize, c: usize, n: i32, lanes: i32): void {
  const last = min(m0 + 4, end);
  const column = (<usize>n) << 2;
  const b = job.b + column;
  for (let m = m0; m < last; m++) {
    const to = c + column + offsetAt(job.cRows, m, job.cRowStride);
    const row = a + column + offsetAt(job.aRows, m, job.aRowStride);
    let sum = job.isAdded ? v128.load(to) : f32x4.splat(0);
    for (let outer = 0; outer < job.depthOuter; outer++) {
      let fromA = row + offsetAt(job.aRuns, outer, job.aRunStride);
      let fromB = b + offsetAt(job.bRuns, outer, job.bRunStride);
      for (let inner = 0; inner < job.depthInner; inner++) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(fromA), v128.load(fromB)));
        fromA += <usize>job.aStride;
        fromB += <usize>job.bStride;
      }
    }
    if (job.bias) sum = f32x4.add(sum, v128.load(job.bias + column));
    storeLanes(to, sum, lanes);
  }
}
