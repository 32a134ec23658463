/*
 * Convolutions by filters of three by three whose outputs see one channel: depthwise ones, and those of images of one
 * channel, as a first layer often has. Four channels' nine weights, or nine sums, stay in registers while positions of a
 * sample go by. Sums run as in `channelProduct` and `product`.
 *
 * The element T is what lies in an image for four channels: v128 their own values (depthwise), f32 one for all.
 */

/** Positions [samples, positions], each with `channels`, a multiple of four; filters lie on padded images. */
@unmanaged
export class Taps {
  channels: i32;
  samples: i32;
  positions: i32;
  /** Padded images, and the bytes of one. */
  images: usize;
  imageBytes: i32;
  /** i32 offsets: where each position's filter begins in an image. */
  origins: usize;
  /** From one tap to the one below, and to the one beside, in bytes. */
  tapDown: i32;
  tapBeside: i32;
  /** [9, channels] */
  weights: usize;
  /** [channels], added last; 0 for none. */
  bias: usize;
  /** [samples, positions, channels] */
  values: usize;
  /** 1: what is below 0 becomes 0, after the bias; of images of one channel only. */
  isRectified: i32;
}

/** Positions that are gone through at a time, so that what other channels read comes from the first cache. */
const tile: i32 = 32;

function loadElement<T>(at: usize): v128 {
  return isVector<T>() ? v128.load(at) : v128.load32_splat(at);
}

/** Samples from..to − 1 of a depthwise convolution: values = Σ weights · image, taps in order, from +0. */
export function nineTaps(from: i32, to: i32, job: Taps): void {
  tapSamples<v128>(from, to, job);
}

/** The same of images of one channel. */
export function pixelTaps(from: i32, to: i32, job: Taps): void {
  tapSamples<f32>(from, to, job);
}

function tapSamples<T>(from: i32, to: i32, job: Taps): void {
  const pixel = (<usize>job.channels) << 2;
  const valueBytes = <usize>job.positions * pixel;
  for (let sample = from; sample < to; sample++) {
    const image = job.images + <usize>sample * <usize>job.imageBytes;
    const values = job.values + <usize>sample * valueBytes;
    for (let position = 0; position < job.positions; position += tile) {
      for (let column: usize = 0; column < pixel; column += 16) {
        fourChannels<T>(job, position, image + (isVector<T>() ? column : 0), values + column, column);
      }
    }
  }
}

function fourChannels<T>(job: Taps, position: i32, image: usize, values: usize, column: usize): void {
  const pixel = (<usize>job.channels) << 2;
  let value = values + <usize>position * pixel;
  const beside = <usize>job.tapBeside;
  const down = <usize>job.tapDown;
  const weights = job.weights + column;
  const weight0 = v128.load(weights);
  const weight1 = v128.load(weights + pixel);
  const weight2 = v128.load(weights + 2 * pixel);
  const weight3 = v128.load(weights + 3 * pixel);
  const weight4 = v128.load(weights + 4 * pixel);
  const weight5 = v128.load(weights + 5 * pixel);
  const weight6 = v128.load(weights + 6 * pixel);
  const weight7 = v128.load(weights + 7 * pixel);
  const weight8 = v128.load(weights + 8 * pixel);
  const least = f32x4.splat(!isVector<T>() && job.isRectified ? 0 : -Infinity);
  const bias = job.bias ? job.bias + column : 0;
  const end = job.origins + ((<usize>min(position + tile, job.positions)) << 2);
  for (let origin = job.origins + ((<usize>position) << 2); origin < end; origin += 4) {
    let at = image + <usize>load<i32>(origin);
    let sum = f32x4.add(f32x4.splat(0), f32x4.mul(loadElement<T>(at), weight0));
    sum = f32x4.add(sum, f32x4.mul(loadElement<T>(at + beside), weight1));
    sum = f32x4.add(sum, f32x4.mul(loadElement<T>(at + 2 * beside), weight2));
    at += down;
    sum = f32x4.add(sum, f32x4.mul(loadElement<T>(at), weight3));
    sum = f32x4.add(sum, f32x4.mul(loadElement<T>(at + beside), weight4));
    sum = f32x4.add(sum, f32x4.mul(loadElement<T>(at + 2 * beside), weight5));
    at += down;
    sum = f32x4.add(sum, f32x4.mul(loadElement<T>(at), weight6));
    sum = f32x4.add(sum, f32x4.mul(loadElement<T>(at + beside), weight7));
    sum = f32x4.add(sum, f32x4.mul(loadElement<T>(at + 2 * beside), weight8));
    if (bias) sum = f32x4.add(sum, v128.load(bias));
    v128.store(value, isVector<T>() ? sum : f32x4.max(least, sum));
    value += pixel;
  }
}

/** Fours from..to − 1 of channels: weights += Σ values · image over all positions, from first to last. */
export function nineTapGradients(from: i32, to: i32, job: Taps): void {
  tapGradients<v128>(from, to, job);
}

/** The same of images of one channel. */
export function pixelTapGradients(from: i32, to: i32, job: Taps): void {
  tapGradients<f32>(from, to, job);
}

function tapGradients<T>(from: i32, to: i32, job: Taps): void {
  const pixel = (<usize>job.channels) << 2;
  const valueBytes = <usize>job.positions * pixel;
  for (let sample = 0; sample < job.samples; sample++) {
    const image = job.images + <usize>sample * <usize>job.imageBytes;
    const values = job.values + <usize>sample * valueBytes;
    for (let position = 0; position < job.positions; position += tile) {
      for (let column = (<usize>from) << 4; column < (<usize>to) << 4; column += 16) {
        addFourGradients<T>(job, position, image + (isVector<T>() ? column : 0), values + column, column);
      }
    }
  }
}

function addFourGradients<T>(job: Taps, position: i32, image: usize, values: usize, column: usize): void {
  const pixel = (<usize>job.channels) << 2;
  let value = values + <usize>position * pixel;
  const beside = <usize>job.tapBeside;
  const down = <usize>job.tapDown;
  const weights = job.weights + column;
  let sum0 = v128.load(weights);
  let sum1 = v128.load(weights + pixel);
  let sum2 = v128.load(weights + 2 * pixel);
  let sum3 = v128.load(weights + 3 * pixel);
  let sum4 = v128.load(weights + 4 * pixel);
  let sum5 = v128.load(weights + 5 * pixel);
  let sum6 = v128.load(weights + 6 * pixel);
  let sum7 = v128.load(weights + 7 * pixel);
  let sum8 = v128.load(weights + 8 * pixel);
  const end = job.origins + ((<usize>min(position + tile, job.positions)) << 2);
  for (let origin = job.origins + ((<usize>position) << 2); origin < end; origin += 4) {
    let at = image + <usize>load<i32>(origin);
    const gradient = v128.load(value);
    sum0 = f32x4.add(sum0, f32x4.mul(gradient, loadElement<T>(at)));
    sum1 = f32x4.add(sum1, f32x4.mul(gradient, loadElement<T>(at + beside)));
    sum2 = f32x4.add(sum2, f32x4.mul(gradient, loadElement<T>(at + 2 * beside)));
    at += down;
    sum3 = f32x4.add(sum3, f32x4.mul(gradient, loadElement<T>(at)));
    sum4 = f32x4.add(sum4, f32x4.mul(gradient, loadElement<T>(at + beside)));
    sum5 = f32x4.add(sum5, f32x4.mul(gradient, loadElement<T>(at + 2 * beside)));
    at += down;
    sum6 = f32x4.add(sum6, f32x4.mul(gradient, loadElement<T>(at)));
    sum7 = f32x4.add(sum7, f32x4.mul(gradient, loadElement<T>(at + beside)));
    sum8 = f32x4.add(sum8, f32x4.mul(gradient, loadElement<T>(at + 2 * beside)));
    value += pixel;
  }
  v128.store(weights, sum0);
  v128.store(weights + pixel, sum1);
  v128.store(weights + 2 * pixel, sum2);
  v128.store(weights + 3 * pixel, sum3);
  v128.store(weights + 4 * pixel, sum4);
  v128.store(weights + 5 * pixel, sum5);
  v128.store(weights + 6 * pixel, sum6);
  v128.store(weights + 7 * pixel, sum7);
  v128.store(weights + 8 * pixel, sum8);
}
