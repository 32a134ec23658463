/*
 * Batch normalization over rows [rows, channels]. Sums are double, over blocks of rows, which threads share out; the
 * blocks' sums are added in their order. Rows of channels have room behind them for a last vector.
 */

@unmanaged
export class ChannelSums {
  rows: i32;
  channels: i32;
  values: usize;
  outputGradient: usize;
  /** [channels] each, for gradients; `offset` is 0 where no ReLU follows. */
  mean: usize;
  factor: usize;
  offset: usize;
  /** double [blocks, 2, channels up to a multiple of four] */
  partials: usize;
  /** double [2, channels up to a multiple of four] */
  totals: usize;
}

/** Rows of a block, as src/train/ops/batchNorm.ts has it. */
const blockRows: i32 = 64;

/** The upper two of four float32, as double. */
function promoteHigh(values: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(values, values, 1, 1));
}

/** Bytes of a block's sums of one kind. */
function sumBytes(job: ChannelSums): usize {
  return (<usize>((job.channels + 3) >> 2)) << 5;
}

/** Blocks from..to − 1 of rows: sums of differences from the first row, and of their squares. */
export function channelStatistics(from: i32, to: i32, job: ChannelSums): void {
  const stride = (<usize>job.channels) << 2;
  const bytes = sumBytes(job);
  for (let block = from; block < to; block++) {
    const row = block * blockRows;
    const count = min(blockRows, job.rows - row);
    const sums = job.partials + 2 * <usize>block * bytes;
    for (let column: usize = 0; column < stride; column += 16) {
      const first = v128.load(job.values + column);
      const first0 = f64x2.promote_low_f32x4(first);
      const first1 = promoteHigh(first);
      let sum0 = f64x2.splat(0);
      let sum1 = sum0;
      let squares0 = sum0;
      let squares1 = sum0;
      let at = job.values + <usize>row * stride + column;
      for (let r = 0; r < count; r++) {
        const values = v128.load(at);
        const difference0 = f64x2.sub(f64x2.promote_low_f32x4(values), first0);
        const difference1 = f64x2.sub(promoteHigh(values), first1);
        sum0 = f64x2.add(sum0, difference0);
        sum1 = f64x2.add(sum1, difference1);
        squares0 = f64x2.add(squares0, f64x2.mul(difference0, difference0));
        squares1 = f64x2.add(squares1, f64x2.mul(difference1, difference1));
        at += stride;
      }
      storeSums(sums + 2 * column, bytes, sum0, sum1, squares0, squares1);
    }
  }
}

function storeSums(to: usize, bytes: usize, sum0: v128, sum1: v128, other0: v128, other1: v128): void {
  v128.store(to, sum0);
  v128.store(to, sum1, 16);
  v128.store(to + bytes, other0);
  v128.store(to + bytes, other1, 16);
}

/** Blocks from..to − 1 of rows: sums of gradients, and of their products with the differences from the mean. */
export function channelGradientSums(from: i32, to: i32, job: ChannelSums): void {
  const stride = (<usize>job.channels) << 2;
  const bytes = sumBytes(job);
  for (let block = from; block < to; block++) {
    const row = block * blockRows;
    const count = min(blockRows, job.rows - row);
    const sums = job.partials + 2 * <usize>block * bytes;
    for (let column: usize = 0; column < stride; column += 16) {
      addGradients(job, <usize>row * stride + column, column, count, sums + 2 * column);
    }
  }
}

function addGradients(job: ChannelSums, start: usize, column: usize, count: i32, sums: usize): void {
  const stride = (<usize>job.channels) << 2;
  const mean = v128.load(job.mean + column);
  const mean0 = f64x2.promote_low_f32x4(mean);
  const mean1 = promoteHigh(mean);
  const isRectified = job.offset !== 0;
  const factor = isRectified ? v128.load(job.factor + column) : mean;
  const offset = isRectified ? v128.load(job.offset + column) : mean;
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  let product0 = sum0;
  let product1 = sum0;
  let gradients = job.outputGradient + start;
  let inputs = job.values + start;
  for (let r = 0; r < count; r++) {
    const values = v128.load(inputs);
    let gradient = v128.load(gradients);
    if (isRectified) gradient = v128.and(gradient, isAboveZero(values, mean, factor, offset));
    const gradient0 = f64x2.promote_low_f32x4(gradient);
    const gradient1 = promoteHigh(gradient);
    sum0 = f64x2.add(sum0, gradient0);
    sum1 = f64x2.add(sum1, gradient1);
    product0 = f64x2.add(product0, f64x2.mul(gradient0, f64x2.sub(f64x2.promote_low_f32x4(values), mean0)));
    product1 = f64x2.add(product1, f64x2.mul(gradient1, f64x2.sub(promoteHigh(values), mean1)));
    gradients += stride;
    inputs += stride;
  }
  storeSums(sums, sumBytes(job), sum0, sum1, product0, product1);
}

/** Where the normalized values are above 0. */
function isAboveZero(values: v128, mean: v128, factor: v128, offset: v128): v128 {
  const scaled = f32x4.mul(f32x4.sub(values, mean), factor);
  return f32x4.gt(f32x4.add(scaled, offset), f32x4.splat(0));
}

/** Fours from..to − 1 of channels: adds up the sums of all blocks, both kinds. */
export function foldBlocks(from: i32, to: i32, job: ChannelSums): void {
  const bytes = sumBytes(job);
  const end = job.partials + 2 * bytes * <usize>((job.rows + blockRows - 1) / blockRows);
  for (let kind: usize = 0; kind < 2; kind++) {
    for (let column = (<usize>from) << 5; column < (<usize>to) << 5; column += 32) {
      let sum0 = f64x2.splat(0);
      let sum1 = sum0;
      for (let at = job.partials + kind * bytes + column; at < end; at += 2 * bytes) {
        sum0 = f64x2.add(sum0, v128.load(at));
        sum1 = f64x2.add(sum1, v128.load(at, 16));
      }
      v128.store(job.totals + kind * bytes + column, sum0);
      v128.store(job.totals + kind * bytes + column, sum1, 16);
    }
  }
}

/** Rows of channels, a multiple of four, and what each channel is shifted and multiplied by. */
@unmanaged
export class Normalize {
  channels: i32;
  input: usize;
  mean: usize;
  factor: usize;
  slope: usize;
  offset: usize;
  outputGradient: usize;
  /** The forward pass's offset for its derivative where a ReLU follows, else 0. */
  forwardOffset: usize;
  result: usize;
  /** 1 where a ReLU follows the forward pass. */
  isRectified: i32;
}

/** Rows from..to − 1: (input − mean) · factor + offset, or 0 where that is below and a ReLU follows. */
export function normalizeChannels(from: i32, to: i32, job: Normalize): void {
  const input = job.input;
  const mean = job.mean;
  const factor = job.factor;
  const offset = job.offset;
  const result = job.result;
  const least = f32x4.splat(job.isRectified ? 0 : -Infinity);
  const width = (<usize>job.channels) << 2;
  for (let row = <usize>from * width; row < <usize>to * width; row += width) {
    for (let column: usize = 0; column < width; column += 16) {
      const centred = f32x4.sub(v128.load(input + row + column), v128.load(mean + column));
      const scaled = f32x4.mul(centred, v128.load(factor + column));
      const shifted = f32x4.add(scaled, v128.load(offset + column));
      v128.store(result + row + column, f32x4.max(least, shifted));
    }
  }
}

/**
 * Rows from..to − 1: (outputGradient · factor + (input − mean) · slope) + offset; the outputGradient counts as 0 where a
 * ReLU that follows gave 0.
 */
export function normalizeChannelsBackward(from: i32, to: i32, job: Normalize): void {
  const input = job.input;
  const mean = job.mean;
  const factor = job.factor;
  const slope = job.slope;
  const offset = job.offset;
  const outputGradient = job.outputGradient;
  const forwardOffset = job.forwardOffset;
  const result = job.result;
  const width = (<usize>job.channels) << 2;
  for (let row = <usize>from * width; row < <usize>to * width; row += width) {
    for (let column: usize = 0; column < width; column += 16) {
      const centred = f32x4.sub(v128.load(input + row + column), v128.load(mean + column));
      const scale = v128.load(factor + column);
      let gradient = v128.load(outputGradient + row + column);
      if (forwardOffset) {
        const output = f32x4.add(f32x4.mul(centred, scale), v128.load(forwardOffset + column));
        gradient = v128.and(gradient, f32x4.gt(output, f32x4.splat(0)));
      }
      const direct = f32x4.mul(gradient, scale);
      const sum = f32x4.add(direct, f32x4.mul(centred, v128.load(slope + column)));
      v128.store(result + row + column, f32x4.add(sum, v128.load(offset + column)));
    }
  }
}
