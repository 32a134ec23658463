/*
 * Batch normalization over rows [rows, channels]. Statistics are double and run over rows from first to last; blocks of
 * eight channels keep their sums in registers. Rows of channels have room behind them for a last block.
 */

@unmanaged
export class ChannelSums {
  rows: i32;
  channels: i32;
  values: usize;
  /** double [channels] */
  mean: usize;
  /** double [channels] */
  variance: usize;
  outputGradient: usize;
  /** [channels] of the batch, as single precision */
  roundedMean: usize;
  /** double [channels] */
  gradientSum: usize;
  /** double [channels] */
  productSum: usize;
}

/** The upper two of four float32, as double. */
function promoteHigh(values: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(values, values, 1, 1));
}

/** Rows that are gone through at a time, so that the other channels of a line are read from the first cache. */
const rowBlock: i32 = 32;

/** Blocks from..to − 1 of eight channels. */
export function channelStatistics(from: i32, to: i32, job: ChannelSums): void {
  const count = f64x2.splat(<f64>job.rows);
  clearBlocks(from, to, job.mean);
  clearBlocks(from, to, job.variance);
  for (let row = 0; row < job.rows; row += rowBlock) {
    for (let block = from; block < to; block++) addValues(row, <usize>block, job);
  }
  divideBlocks(from, to, job.mean, count);
  for (let row = 0; row < job.rows; row += rowBlock) {
    for (let block = from; block < to; block++) addSquares(row, <usize>block, job);
  }
  divideBlocks(from, to, job.variance, count);
}

function clearBlocks(from: i32, to: i32, sums: usize): void {
  memory.fill(sums + ((<usize>from) << 6), 0, (<usize>(to - from)) << 6);
}

function divideBlocks(from: i32, to: i32, sums: usize, count: v128): void {
  const end = sums + ((<usize>to) << 6);
  for (let at = sums + ((<usize>from) << 6); at < end; at += 16) {
    v128.store(at, f64x2.div(v128.load(at), count));
  }
}

function addValues(row: i32, block: usize, job: ChannelSums): void {
  const stride = (<usize>job.channels) << 2;
  const sums = job.mean + (block << 6);
  let sum0 = v128.load(sums);
  let sum1 = v128.load(sums, 16);
  let sum2 = v128.load(sums, 32);
  let sum3 = v128.load(sums, 48);
  let at = job.values + (block << 5) + <usize>row * stride;
  const end = min(row + rowBlock, job.rows);
  for (let r = row; r < end; r++) {
    const low = v128.load(at);
    const high = v128.load(at, 16);
    sum0 = f64x2.add(sum0, f64x2.promote_low_f32x4(low));
    sum1 = f64x2.add(sum1, promoteHigh(low));
    sum2 = f64x2.add(sum2, f64x2.promote_low_f32x4(high));
    sum3 = f64x2.add(sum3, promoteHigh(high));
    at += stride;
  }
  storeBlock(sums, sum0, sum1, sum2, sum3);
}

function addSquares(row: i32, block: usize, job: ChannelSums): void {
  const stride = (<usize>job.channels) << 2;
  const sums = job.variance + (block << 6);
  const means = job.mean + (block << 6);
  const mean0 = v128.load(means);
  const mean1 = v128.load(means, 16);
  const mean2 = v128.load(means, 32);
  const mean3 = v128.load(means, 48);
  let sum0 = v128.load(sums);
  let sum1 = v128.load(sums, 16);
  let sum2 = v128.load(sums, 32);
  let sum3 = v128.load(sums, 48);
  let at = job.values + (block << 5) + <usize>row * stride;
  const end = min(row + rowBlock, job.rows);
  for (let r = row; r < end; r++) {
    const low = v128.load(at);
    const high = v128.load(at, 16);
    const difference0 = f64x2.sub(f64x2.promote_low_f32x4(low), mean0);
    const difference1 = f64x2.sub(promoteHigh(low), mean1);
    const difference2 = f64x2.sub(f64x2.promote_low_f32x4(high), mean2);
    const difference3 = f64x2.sub(promoteHigh(high), mean3);
    sum0 = f64x2.add(sum0, f64x2.mul(difference0, difference0));
    sum1 = f64x2.add(sum1, f64x2.mul(difference1, difference1));
    sum2 = f64x2.add(sum2, f64x2.mul(difference2, difference2));
    sum3 = f64x2.add(sum3, f64x2.mul(difference3, difference3));
    at += stride;
  }
  storeBlock(sums, sum0, sum1, sum2, sum3);
}

function storeBlock(to: usize, value0: v128, value1: v128, value2: v128, value3: v128): void {
  v128.store(to, value0);
  v128.store(to, value1, 16);
  v128.store(to, value2, 32);
  v128.store(to, value3, 48);
}

/** Blocks from..to − 1 of eight channels. */
export function channelGradientSums(from: i32, to: i32, job: ChannelSums): void {
  clearBlocks(from, to, job.gradientSum);
  clearBlocks(from, to, job.productSum);
  for (let row = 0; row < job.rows; row += rowBlock) {
    for (let block = from; block < to; block++) {
      addGradients(row, (<usize>block) << 1, job);
      addGradients(row, ((<usize>block) << 1) + 1, job);
    }
  }
}

/** Four channels of a block of rows: all that the registers hold. */
function addGradients(row: i32, four: usize, job: ChannelSums): void {
  const stride = (<usize>job.channels) << 2;
  const sums = job.gradientSum + (four << 5);
  const products = job.productSum + (four << 5);
  const means = v128.load(job.roundedMean + (four << 4));
  const mean0 = f64x2.promote_low_f32x4(means);
  const mean1 = promoteHigh(means);
  let sum0 = v128.load(sums);
  let sum1 = v128.load(sums, 16);
  let product0 = v128.load(products);
  let product1 = v128.load(products, 16);
  let gradients = job.outputGradient + (four << 4) + <usize>row * stride;
  let values = job.values + (four << 4) + <usize>row * stride;
  const end = min(row + rowBlock, job.rows);
  for (let r = row; r < end; r++) {
    const gradient = v128.load(gradients);
    const value = v128.load(values);
    const gradient0 = f64x2.promote_low_f32x4(gradient);
    const gradient1 = promoteHigh(gradient);
    sum0 = f64x2.add(sum0, gradient0);
    sum1 = f64x2.add(sum1, gradient1);
    product0 = f64x2.add(product0, f64x2.mul(gradient0, f64x2.sub(f64x2.promote_low_f32x4(value), mean0)));
    product1 = f64x2.add(product1, f64x2.mul(gradient1, f64x2.sub(promoteHigh(value), mean1)));
    gradients += stride;
    values += stride;
  }
  v128.store(sums, sum0);
  v128.store(sums, sum1, 16);
  v128.store(products, product0);
  v128.store(products, product1, 16);
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
  result: usize;
}

/** Rows from..to − 1: (input − mean) · factor + offset. */
export function normalizeChannels(from: i32, to: i32, job: Normalize): void {
  const input = job.input;
  const mean = job.mean;
  const factor = job.factor;
  const offset = job.offset;
  const result = job.result;
  const width = (<usize>job.channels) << 2;
  for (let row = <usize>from * width; row < <usize>to * width; row += width) {
    for (let column: usize = 0; column < width; column += 16) {
      const centred = f32x4.sub(v128.load(input + row + column), v128.load(mean + column));
      const scaled = f32x4.mul(centred, v128.load(factor + column));
      v128.store(result + row + column, f32x4.add(scaled, v128.load(offset + column)));
    }
  }
}

/** Rows from..to − 1: (outputGradient · factor + (input − mean) · slope) + offset. */
export function normalizeChannelsBackward(from: i32, to: i32, job: Normalize): void {
  const input = job.input;
  const mean = job.mean;
  const factor = job.factor;
  const slope = job.slope;
  const offset = job.offset;
  const outputGradient = job.outputGradient;
  const result = job.result;
  const width = (<usize>job.channels) << 2;
  for (let row = <usize>from * width; row < <usize>to * width; row += width) {
    for (let column: usize = 0; column < width; column += 16) {
      const direct = f32x4.mul(v128.load(outputGradient + row + column), v128.load(factor + column));
      const centred = f32x4.sub(v128.load(input + row + column), v128.load(mean + column));
      const sum = f32x4.add(direct, f32x4.mul(centred, v128.load(slope + column)));
      v128.store(result + row + column, f32x4.add(sum, v128.load(offset + column)));
    }
  }
}
