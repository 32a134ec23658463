import { offsetAt, Product, storeLanes } from "./product";

/**
 * `product` channel by channel, as a depthwise convolution takes it: c[m, n] = Σₖ a[m, k, n] · b[k, n], where each
 * element of `a` and `b` is a row of channels. Same jobs, same order of sums.
 */
export function channelProduct(from: i32, to: i32, job: Product): void {
  let run = 0;
  do {
    const runEnd = min(run + job.runBlock, job.depthOuter);
    for (let m = from; m < to; ) {
      const group = m / job.period;
      const a = job.a + <usize>(group * job.aGroupStride);
      const c = job.c + <usize>(group * job.cGroupStride);
      const first = m - group * job.period;
      const end = min(job.period, first + to - m);
      for (let row = first; row < end; row += 4) fourRows(job, row, end, run, runEnd, a, c);
      m += end - first;
    }
    run = runEnd;
  } while (run < job.depthOuter);
}

function fourRows(job: Product, m0: i32, end: i32, run: i32, runEnd: i32, a: usize, c: usize): void {
  const m1 = min(m0 + 1, end - 1);
  const m2 = min(m0 + 2, end - 1);
  const m3 = min(m0 + 3, end - 1);
  let c0 = c + offsetAt(job.cRows, m0, job.cRowStride);
  let c1 = c + offsetAt(job.cRows, m1, job.cRowStride);
  let c2 = c + offsetAt(job.cRows, m2, job.cRowStride);
  let c3 = c + offsetAt(job.cRows, m3, job.cRowStride);
  let a0 = a + offsetAt(job.aRows, m0, job.aRowStride);
  let a1 = a + offsetAt(job.aRows, m1, job.aRowStride);
  let a2 = a + offsetAt(job.aRows, m2, job.aRowStride);
  let a3 = a + offsetAt(job.aRows, m3, job.aRowStride);
  let b = job.b;
  let bias = runEnd === job.depthOuter ? job.bias : 0;
  const isAdded = job.isAdded || run > 0;
  const depthInner = job.depthInner;
  const aStride = <usize>job.aStride;
  const bStride = <usize>job.bStride;
  const columns = job.columns;
  for (let n = 0; n < columns; n += 8) {
    let sum00 = f32x4.splat(0);
    let sum01 = sum00;
    let sum10 = sum00;
    let sum11 = sum00;
    let sum20 = sum00;
    let sum21 = sum00;
    let sum30 = sum00;
    let sum31 = sum00;
    if (isAdded) {
      sum00 = v128.load(c0);
      sum01 = v128.load(c0, 16);
      sum10 = v128.load(c1);
      sum11 = v128.load(c1, 16);
      sum20 = v128.load(c2);
      sum21 = v128.load(c2, 16);
      sum30 = v128.load(c3);
      sum31 = v128.load(c3, 16);
    }
    for (let outer = run; outer < runEnd; outer++) {
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
    if (bias) {
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
      bias += 32;
    }
    storeEight(c0, sum00, sum01, columns - n);
    storeEight(c1, sum10, sum11, columns - n);
    storeEight(c2, sum20, sum21, columns - n);
    storeEight(c3, sum30, sum31, columns - n);
    a0 += 32;
    a1 += 32;
    a2 += 32;
    a3 += 32;
    b += 32;
    c0 += 32;
    c1 += 32;
    c2 += 32;
    c3 += 32;
  }
}

/** The last channels may be fewer than eight: eight are computed and the rest dropped. */
function storeEight(to: usize, low: v128, high: v128, lanes: i32): void {
  storeLanes(to, low, lanes);
  if (lanes > 4) storeLanes(to + 16, high, lanes - 4);
}
