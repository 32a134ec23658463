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

/** Blocks from..to − 1 of eight channels. */
export function channelStatistics(from: i32, to: i32, job: ChannelSums): void {
  const stride = (<usize>job.channels) << 2;
  const count = f64x2.splat(<f64>job.rows);
  for (let block = <usize>from; block < <usize>to; block++) {
    let sum0 = f64x2.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    const first = job.values + (block << 5);
    let at = first;
    for (let r = 0; r < job.rows; r++) {
      const low = v128.load(at);
      const high = v128.load(at, 16);
      sum0 = f64x2.add(sum0, f64x2.promote_low_f32x4(low));
      sum1 = f64x2.add(sum1, promoteHigh(low));
      sum2 = f64x2.add(sum2, f64x2.promote_low_f32x4(high));
      sum3 = f64x2.add(sum3, promoteHigh(high));
      at += stride;
    }
    const mean0 = f64x2.div(sum0, count);
    const mean1 = f64x2.div(sum1, count);
    const mean2 = f64x2.div(sum2, count);
    const mean3 = f64x2.div(sum3, count);
    storeBlock(job.mean + (block << 6), mean0, mean1, mean2, mean3);
    sum0 = f64x2.splat(0);
    sum1 = sum0;
    sum2 = sum0;
    sum3 = sum0;
    at = first;
    for (let r = 0; r < job.rows; r++) {
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
    storeBlock(
      job.variance + (block << 6),
      f64x2.div(sum0, count),
      f64x2.div(sum1, count),
      f64x2.div(sum2, count),
      f64x2.div(sum3, count),
    );
  }
}

function storeBlock(to: usize, value0: v128, value1: v128, value2: v128, value3: v128): void {
  v128.store(to, value0);
  v128.store(to, value1, 16);
  v128.store(to, value2, 32);
  v128.store(to, value3, 48);
}

/** Blocks from..to − 1 of eight channels. */
export function channelGradientSums(from: i32, to: i32, job: ChannelSums): void {
  const stride = (<usize>job.channels) << 2;
  for (let block = <usize>from; block < <usize>to; block++) {
    let sum0 = f64x2.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let product0 = sum0;
    let product1 = sum0;
    let product2 = sum0;
    let product3 = sum0;
    const means = job.roundedMean + (block << 5);
    const mean0 = f64x2.promote_low_f32x4(v128.load(means));
    const mean1 = promoteHigh(v128.load(means));
    const mean2 = f64x2.promote_low_f32x4(v128.load(means, 16));
    const mean3 = promoteHigh(v128.load(means, 16));
    let value = job.values + (block << 5);
    let gradient = job.outputGradient + (block << 5);
    for (let r = 0; r < job.rows; r++) {
      const low = v128.load(gradient);
      const high = v128.load(gradient, 16);
      const valueLow = v128.load(value);
      const valueHigh = v128.load(value, 16);
      let derivative = f64x2.promote_low_f32x4(low);
      let difference = f64x2.sub(f64x2.promote_low_f32x4(valueLow), mean0);
      sum0 = f64x2.add(sum0, derivative);
      product0 = f64x2.add(product0, f64x2.mul(derivative, difference));
      derivative = promoteHigh(low);
      difference = f64x2.sub(promoteHigh(valueLow), mean1);
      sum1 = f64x2.add(sum1, derivative);
      product1 = f64x2.add(product1, f64x2.mul(derivative, difference));
      derivative = f64x2.promote_low_f32x4(high);
      difference = f64x2.sub(f64x2.promote_low_f32x4(valueHigh), mean2);
      sum2 = f64x2.add(sum2, derivative);
      product2 = f64x2.add(product2, f64x2.mul(derivative, difference));
      derivative = promoteHigh(high);
      difference = f64x2.sub(promoteHigh(valueHigh), mean3);
      sum3 = f64x2.add(sum3, derivative);
      product3 = f64x2.add(product3, f64x2.mul(derivative, difference));
      value += stride;
      gradient += stride;
    }
    storeBlock(job.gradientSum + (block << 6), sum0, sum1, sum2, sum3);
    storeBlock(job.productSum + (block << 6), product0, product1, product2, product3);
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
  result: usize;
}

/** Rows from..to − 1: (input − mean) · factor + offset. */
export function normalizeChannels(from: i32, to: i32, job: Normalize): void {
  const width = (<usize>job.channels) << 2;
  for (let row = <usize>from * width; row < <usize>to * width; row += width) {
    for (let column: usize = 0; column < width; column += 16) {
      const centred = f32x4.sub(v128.load(job.input + row + column), v128.load(job.mean + column));
      const scaled = f32x4.mul(centred, v128.load(job.factor + column));
      v128.store(job.result + row + column, f32x4.add(scaled, v128.load(job.offset + column)));
    }
  }
}

/** Rows from..to − 1: (outputGradient · factor + (input − mean) · slope) + offset. */
export function normalizeChannelsBackward(from: i32, to: i32, job: Normalize): void {
  const width = (<usize>job.channels) << 2;
  for (let row = <usize>from * width; row < <usize>to * width; row += width) {
    for (let column: usize = 0; column < width; column += 16) {
      const direct = f32x4.mul(v128.load(job.outputGradient + row + column), v128.load(job.factor + column));
      const centred = f32x4.sub(v128.load(job.input + row + column), v128.load(job.mean + column));
      const sum = f32x4.add(direct, f32x4.mul(centred, v128.load(job.slope + column)));
      v128.store(job.result + row + column, f32x4.add(sum, v128.load(job.offset + column)));
    }
  }
}
