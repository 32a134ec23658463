/*
 * Convolutions of images of one channel, as a first layer often has, by filters of three by three; the jobs are those of
 * depthwise filters, with the output's channels. Four filters' nine weights, or nine sums, stay in registers. Sums run as
 * in `product`.
 */
import { Taps } from "./depthwise";

/** Positions that are gone through at a time, so that what all filters read comes from the first cache. */
const tile: i32 = 32;

/** Samples from..to − 1: values = Σ weights · image, taps in order, from +0. */
export function pixelTaps(from: i32, to: i32, job: Taps): void {
  const pixel = (<usize>job.channels) << 2;
  const valueBytes = <usize>job.positions * pixel;
  for (let sample = from; sample < to; sample++) {
    const image = job.images + <usize>sample * <usize>job.imageBytes;
    const values = job.values + <usize>sample * valueBytes;
    for (let position = 0; position < job.positions; position += tile) {
      for (let column: usize = 0; column < pixel; column += 16) {
        fourFilters(job, position, image, values + column, column);
      }
    }
  }
}

function fourFilters(job: Taps, position: i32, image: usize, values: usize, column: usize): void {
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
  const least = f32x4.splat(job.isRectified ? 0 : -Infinity);
  const bias = job.bias ? job.bias + column : 0;
  const end = job.origins + ((<usize>min(position + tile, job.positions)) << 2);
  for (let origin = job.origins + ((<usize>position) << 2); origin < end; origin += 4) {
    let at = image + <usize>load<i32>(origin);
    let sum = f32x4.add(f32x4.splat(0), f32x4.mul(v128.load32_splat(at), weight0));
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(at + beside), weight1));
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(at + 2 * beside), weight2));
    at += down;
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(at), weight3));
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(at + beside), weight4));
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(at + 2 * beside), weight5));
    at += down;
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(at), weight6));
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(at + beside), weight7));
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(at + 2 * beside), weight8));
    if (bias) sum = f32x4.add(sum, v128.load(bias));
    v128.store(value, f32x4.max(least, sum));
    value += pixel;
  }
}

/** Fours from..to − 1 of filters: weights += Σ values · image over all positions, from first to last. */
export function pixelTapGradients(from: i32, to: i32, job: Taps): void {
  const pixel = (<usize>job.channels) << 2;
  const valueBytes = <usize>job.positions * pixel;
  for (let sample = 0; sample < job.samples; sample++) {
    const image = job.images + <usize>sample * <usize>job.imageBytes;
    const values = job.values + <usize>sample * valueBytes;
    for (let position = 0; position < job.positions; position += tile) {
      for (let column = (<usize>from) << 4; column < (<usize>to) << 4; column += 16) {
        addFilterGradients(job, position, image, values + column, column);
      }
    }
  }
}

function addFilterGradients(job: Taps, position: i32, image: usize, values: usize, column: usize): void {
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
    sum0 = f32x4.add(sum0, f32x4.mul(gradient, v128.load32_splat(at)));
    sum1 = f32x4.add(sum1, f32x4.mul(gradient, v128.load32_splat(at + beside)));
    sum2 = f32x4.add(sum2, f32x4.mul(gradient, v128.load32_splat(at + 2 * beside)));
    at += down;
    sum3 = f32x4.add(sum3, f32x4.mul(gradient, v128.load32_splat(at)));
    sum4 = f32x4.add(sum4, f32x4.mul(gradient, v128.load32_splat(at + beside)));
    sum5 = f32x4.add(sum5, f32x4.mul(gradient, v128.load32_splat(at + 2 * beside)));
    at += down;
    sum6 = f32x4.add(sum6, f32x4.mul(gradient, v128.load32_splat(at)));
    sum7 = f32x4.add(sum7, f32x4.mul(gradient, v128.load32_splat(at + beside)));
    sum8 = f32x4.add(sum8, f32x4.mul(gradient, v128.load32_splat(at + 2 * beside)));
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
