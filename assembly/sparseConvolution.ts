/*
 * Backward passes of a convolution over the output gradients that are not zero: behind a max pooling at most one of its
 * window is. The sums are those of `product` without products of exact zeros (sparse.ts says why they have the same bits).
 */

import { storeLanes } from "./product";
import { ownRoom } from "./sparse";

/** Taps beside each other are one run of floats, in images and in weights. */
@unmanaged
export class SparseConvolution {
  samples: i32;
  positions: i32;
  /** A multiple of four. */
  outChannels: i32;
  /** [samples, positions, outChannels] */
  outputGradient: usize;
  /** Padded images, and the bytes of one. */
  images: usize;
  imageBytes: i32;
  /** i32 offsets of where each position's filter begins in an image, and each of its runs in the filter. */
  origins: usize;
  runs: usize;
  runCount: i32;
  runBytes: i32;
  /** [outChannels, runs]: the weights, or their gradient, which is added to. */
  weights: usize;
  /** [samples, height, width, inChannels] and its place in a padded image; in bytes but for rows. */
  inputGradient: usize;
  height: i32;
  rowBytes: i32;
  paddedHeight: i32;
  paddedRowBytes: i32;
  top: i32;
  leftBytes: i32;
}

/** Appends up to four values that are not zero to a list, with offsets a step apart: guessed branches cost more. */
function appendFour(list: usize, values: v128, offset: i32, step: i32): usize {
  const kept = i32x4.bitmask(f32x4.ne(values, f32x4.splat(0)));
  v128.store32_lane(list, values, 0);
  store<i32>(list, offset, 4);
  list += <usize>((kept & 1) << 3);
  v128.store32_lane(list, values, 1);
  store<i32>(list, offset + step, 4);
  list += <usize>((kept & 2) << 2);
  v128.store32_lane(list, values, 2);
  store<i32>(list, offset + 2 * step, 4);
  list += <usize>((kept & 4) << 1);
  v128.store32_lane(list, values, 3);
  store<i32>(list, offset + 3 * step, 4);
  return list + <usize>(kept & 8);
}

/**
 * Samples from..to − 1: the inputGradient, spread from position to position. From the last to the first they reach each
 * input by its taps in order.
 */
export function sparseInputGradient(from: i32, to: i32, job: SparseConvolution): void {
  const image = ownRoom();
  const list = image + <usize>job.imageBytes + 64;
  const rowBytes = (<usize>job.outChannels) << 2;
  const filterBytes = job.runCount * job.runBytes;
  for (let sample = from; sample < to; sample++) {
    memory.fill(image, 0, <usize>job.imageBytes);
    const gradients = job.outputGradient + <usize>(sample * job.positions) * rowBytes;
    for (let position = job.positions - 1; position >= 0; position--) {
      const row = gradients + <usize>position * rowBytes;
      let end = list;
      for (let column: usize = 0; column < rowBytes; column += 16) {
        const values = v128.load(row + column);
        end = appendFour(end, values, (<i32>column >> 2) * filterBytes, filterBytes);
      }
      if (end === list) continue;
      const origin = image + <usize>load<i32>(job.origins + ((<usize>position) << 2));
      let weights = job.weights;
      for (let run: usize = 0; run < <usize>job.runCount; run++) {
        addRuns(list, end, weights, origin + <usize>load<i32>(job.runs + (run << 2)), job.runBytes);
        weights += <usize>job.runBytes;
      }
    }
    crop(job, image, sample);
  }
}

/** to[0..bytes) += Σ value · from[offset..] over a list. */
function addRuns(list: usize, end: usize, from: usize, to: usize, bytes: i32): void {
  let left = bytes;
  for (; left >= 96; left -= 96) {
    addSix(list, end, from, to);
    from += 96;
    to += 96;
  }
  for (; left >= 48; left -= 48) {
    addThree(list, end, from, to);
    from += 48;
    to += 48;
  }
  for (; left > 0; left -= 16) {
    let sum = v128.load(to);
    for (let entry = list; entry < end; entry += 8) {
      const at = from + <usize>load<u32>(entry, 4);
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(entry), v128.load(at)));
    }
    storeLanes(to, sum, left >> 2);
    from += 16;
    to += 16;
  }
}

function addSix(list: usize, end: usize, from: usize, to: usize): void {
  let sum0 = v128.load(to);
  let sum1 = v128.load(to, 16);
  let sum2 = v128.load(to, 32);
  let sum3 = v128.load(to, 48);
  let sum4 = v128.load(to, 64);
  let sum5 = v128.load(to, 80);
  for (let entry = list; entry < end; entry += 8) {
    const value = v128.load32_splat(entry);
    const at = from + <usize>load<u32>(entry, 4);
    sum0 = f32x4.add(sum0, f32x4.mul(value, v128.load(at)));
    sum1 = f32x4.add(sum1, f32x4.mul(value, v128.load(at, 16)));
    sum2 = f32x4.add(sum2, f32x4.mul(value, v128.load(at, 32)));
    sum3 = f32x4.add(sum3, f32x4.mul(value, v128.load(at, 48)));
    sum4 = f32x4.add(sum4, f32x4.mul(value, v128.load(at, 64)));
    sum5 = f32x4.add(sum5, f32x4.mul(value, v128.load(at, 80)));
  }
  v128.store(to, sum0);
  v128.store(to, sum1, 16);
  v128.store(to, sum2, 32);
  v128.store(to, sum3, 48);
  v128.store(to, sum4, 64);
  v128.store(to, sum5, 80);
}

function addThree(list: usize, end: usize, from: usize, to: usize): void {
  let sum0 = v128.load(to);
  let sum1 = v128.load(to, 16);
  let sum2 = v128.load(to, 32);
  for (let entry = list; entry < end; entry += 8) {
    const value = v128.load32_splat(entry);
    const at = from + <usize>load<u32>(entry, 4);
    sum0 = f32x4.add(sum0, f32x4.mul(value, v128.load(at)));
    sum1 = f32x4.add(sum1, f32x4.mul(value, v128.load(at, 16)));
    sum2 = f32x4.add(sum2, f32x4.mul(value, v128.load(at, 32)));
  }
  v128.store(to, sum0);
  v128.store(to, sum1, 16);
  v128.store(to, sum2, 32);
}

/** The middle of a padded image becomes a sample's inputGradient; what no filter reached is 0. */
function crop(job: SparseConvolution, image: usize, sample: i32): void {
  const rowBytes = <usize>job.rowBytes;
  const rows = min(job.height, job.paddedHeight - job.top);
  const kept = <usize>min(job.rowBytes, job.paddedRowBytes - job.leftBytes);
  let from = image + <usize>(job.top * job.paddedRowBytes + job.leftBytes);
  let to = job.inputGradient + <usize>(sample * job.height) * rowBytes;
  for (let y = 0; y < rows; y++) {
    memory.copy(to, from, kept);
    memory.fill(to + kept, 0, rowBytes - kept);
    from += <usize>job.paddedRowBytes;
    to += rowBytes;
  }
  memory.fill(to, 0, <usize>(job.height - rows) * rowBytes);
}

/** Fours from..to − 1 of output channels: weights += the gradient of all positions, from first to last. */
export function sparseFilterGradient(from: i32, to: i32, job: SparseConvolution): void {
  const listBytes = (<usize>job.positions + 1) << 3;
  const rowBytes = (<usize>job.outChannels) << 2;
  const filterBytes = <usize>(job.runCount * job.runBytes);
  const list0 = ownRoom();
  const list1 = list0 + listBytes;
  const list2 = list1 + listBytes;
  const list3 = list2 + listBytes;
  for (let sample = 0; sample < job.samples; sample++) {
    const image = job.images + <usize>sample * <usize>job.imageBytes;
    const gradients = job.outputGradient + <usize>(sample * job.positions) * rowBytes;
    for (let four = from; four < to; four++) {
      let end0 = list0;
      let end1 = list1;
      let end2 = list2;
      let end3 = list3;
      let row = gradients + ((<usize>four) << 4);
      const lastOrigin = job.origins + ((<usize>job.positions) << 2);
      for (let at = job.origins; at < lastOrigin; at += 4) {
        const values = v128.load(row);
        const origin = load<i32>(at);
        const kept = i32x4.bitmask(f32x4.ne(values, f32x4.splat(0)));
        v128.store32_lane(end0, values, 0);
        store<i32>(end0, origin, 4);
        end0 += <usize>((kept & 1) << 3);
        v128.store32_lane(end1, values, 1);
        store<i32>(end1, origin, 4);
        end1 += <usize>((kept & 2) << 2);
        v128.store32_lane(end2, values, 2);
        store<i32>(end2, origin, 4);
        end2 += <usize>((kept & 4) << 1);
        v128.store32_lane(end3, values, 3);
        store<i32>(end3, origin, 4);
        end3 += <usize>(kept & 8);
        row += rowBytes;
      }
      const weights = job.weights + ((<usize>four) << 2) * filterBytes;
      addFilter(list0, end0, job, image, weights);
      addFilter(list1, end1, job, image, weights + filterBytes);
      addFilter(list2, end2, job, image, weights + 2 * filterBytes);
      addFilter(list3, end3, job, image, weights + 3 * filterBytes);
    }
  }
}

function addFilter(list: usize, end: usize, job: SparseConvolution, image: usize, weights: usize): void {
  for (let run: usize = 0; run < <usize>job.runCount; run++) {
    addRuns(list, end, image + <usize>load<i32>(job.runs + (run << 2)), weights, job.runBytes);
    weights += <usize>job.runBytes;
  }
}
