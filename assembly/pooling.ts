import { storeLanes } from "./product";

/** Padding is never in a window. `input` and `output` are those of the forward pass. */
@unmanaged
export class Pooling {
  channels: i32;
  inHeight: i32;
  inWidth: i32;
  outHeight: i32;
  outWidth: i32;
  windowHeight: i32;
  windowWidth: i32;
  strideY: i32;
  strideX: i32;
  paddingTop: i32;
  paddingLeft: i32;
  input: usize;
  output: usize;
  outputGradient: usize;
  inputGradient: usize;
  /** 1: where the output is not above 0 there is no gradient. */
  isRectified: i32;
}

function inputBytes(job: Pooling): usize {
  return (<usize>(job.inHeight * job.inWidth * job.channels)) << 2;
}

function outputBytes(job: Pooling): usize {
  return (<usize>(job.outHeight * job.outWidth * job.channels)) << 2;
}

/** The first row or column under a window, of those that there are. */
function firstUnder(output: i32, stride: i32, padding: i32): i32 {
  return max(0, output * stride - padding);
}

/** And how many there are. */
function countUnder(output: i32, stride: i32, padding: i32, window: i32, size: i32): i32 {
  return min(size, output * stride - padding + window) - firstUnder(output, stride, padding);
}

/**
 * What is done for a row of outputs: `input` is the first of the `rows` rows of a sample under its windows, `output` its
 * first output.
 */
type OutputRow = (job: Pooling, input: usize, output: usize, rows: i32) => void;

/** Each row of outputs of samples from..to − 1. */
function forEachRow(from: i32, to: i32, job: Pooling, input: usize, output: usize, visit: OutputRow): void {
  const pixel = (<usize>job.channels) << 2;
  const inputRow = <usize>job.inWidth * pixel;
  const outputRow = <usize>job.outWidth * pixel;
  for (let sample = <usize>from; sample < <usize>to; sample++) {
    const image = input + sample * inputBytes(job);
    let target = output + sample * outputBytes(job);
    for (let y = 0; y < job.outHeight; y++) {
      const first = image + <usize>firstUnder(y, job.strideY, job.paddingTop) * inputRow;
      visit(job, first, target, countUnder(y, job.strideY, job.paddingTop, job.windowHeight, job.inHeight));
      target += outputRow;
    }
  }
}

/** Whether each input is under just one window, and windows are of two by two. */
function isTwoByTwo(job: Pooling): bool {
  return (
    job.channels % 4 === 0 &&
    job.windowHeight === 2 &&
    job.windowWidth === 2 &&
    job.strideY === 2 &&
    job.strideX === 2 &&
    job.paddingTop === 0 &&
    job.paddingLeft === 0 &&
    job.inHeight === 2 * job.outHeight &&
    job.inWidth === 2 * job.outWidth
  );
}

export function maxPoolForward(from: i32, to: i32, job: Pooling): void {
  if (isTwoByTwo(job)) {
    forEachRow(from, to, job, job.input, job.output, takeLargestOfFour);
    return;
  }
  forEachRow(from, to, job, job.input, job.output, takeLargest);
}

function takeLargestOfFour(job: Pooling, input: usize, output: usize, _rows: i32): void {
  const pixel = (<usize>job.channels) << 2;
  const below = <usize>job.inWidth * pixel;
  const end = output + <usize>job.outWidth * pixel;
  for (; output < end; output += pixel) {
    for (let c: usize = 0; c < pixel; c += 16) {
      const at = input + c;
      const above = larger(v128.load(at), v128.load(at + pixel));
      v128.store(output + c, larger(larger(above, v128.load(at + below)), v128.load(at + below + pixel)));
    }
    input += 2 * pixel;
  }
}

/** The value, unless the largest so far is as large. */
function larger(largest: v128, value: v128): v128 {
  return v128.bitselect(largest, value, f32x4.le(value, largest));
}

function takeLargest(job: Pooling, input: usize, output: usize, rows: i32): void {
  const channels = job.channels;
  const pixel = (<usize>channels) << 2;
  const row = <usize>job.inWidth * pixel;
  const strideX = job.strideX;
  const paddingLeft = job.paddingLeft;
  const windowWidth = job.windowWidth;
  const inWidth = job.inWidth;
  const outWidth = job.outWidth;
  for (let x = 0; x < outWidth; x++) {
    const columns = countUnder(x, strideX, paddingLeft, windowWidth, inWidth);
    let first = input + <usize>firstUnder(x, strideX, paddingLeft) * pixel;
    for (let c = 0; c < channels; c += 4) {
      let largest = f32x4.splat(-Infinity);
      let line = first;
      for (let y = 0; y < rows; y++) {
        let at = line;
        for (let k = 0; k < columns; k++) {
          const value = v128.load(at);
          largest = v128.bitselect(largest, value, f32x4.le(value, largest));
          at += pixel;
        }
        line += row;
      }
      storeLanes(output + ((<usize>c) << 2), largest, channels - c);
      first += 16;
    }
    output += pixel;
  }
}

export function maxPoolBackward(from: i32, to: i32, job: Pooling): void {
  if (isTwoByTwo(job)) {
    forEachRow(from, to, job, job.input, job.output, setLargestOfFour);
    return;
  }
  memory.fill(job.inputGradient + <usize>from * inputBytes(job), 0, <usize>(to - from) * inputBytes(job));
  forEachRow(from, to, job, job.input, job.output, addToLargest);
}

function setLargestOfFour(job: Pooling, input: usize, output: usize, _rows: i32): void {
  const pixel = (<usize>job.channels) << 2;
  const below = <usize>job.inWidth * pixel;
  const toInputGradient = job.inputGradient - job.input;
  const toOutputGradient = job.outputGradient - job.output;
  const end = output + <usize>job.outWidth * pixel;
  for (; output < end; output += pixel) {
    for (let c: usize = 0; c < pixel; c += 16) {
      const at = input + c;
      const to = at + toInputGradient;
      const largest = v128.load(output + c);
      let open = gradientThrough(job, largest, v128.load(output + c + toOutputGradient));
      const first = f32x4.eq(v128.load(at), largest);
      v128.store(to, v128.and(open, first));
      open = v128.andnot(open, first);
      const second = f32x4.eq(v128.load(at + pixel), largest);
      v128.store(to + pixel, v128.and(open, second));
      open = v128.andnot(open, second);
      const third = f32x4.eq(v128.load(at + below), largest);
      v128.store(to + below, v128.and(open, third));
      open = v128.andnot(open, third);
      const fourth = f32x4.eq(v128.load(at + below + pixel), largest);
      v128.store(to + below + pixel, v128.and(open, fourth));
    }
    input += 2 * pixel;
  }
}

/** +0 plus the gradient; +0 where a ReLU gave what is not above 0. */
function gradientThrough(job: Pooling, output: v128, gradient: v128): v128 {
  const sum = f32x4.add(f32x4.splat(0), gradient);
  return job.isRectified ? v128.and(sum, f32x4.gt(output, f32x4.splat(0))) : sum;
}

function addToLargest(job: Pooling, input: usize, output: usize, rows: i32): void {
  const channels = job.channels;
  const pixel = (<usize>channels) << 2;
  const row = <usize>job.inWidth * pixel;
  const toInputGradient = job.inputGradient - job.input;
  const toOutputGradient = job.outputGradient - job.output;
  const strideX = job.strideX;
  const paddingLeft = job.paddingLeft;
  const windowWidth = job.windowWidth;
  const inWidth = job.inWidth;
  const outWidth = job.outWidth;
  for (let x = 0; x < outWidth; x++) {
    const columns = countUnder(x, strideX, paddingLeft, windowWidth, inWidth);
    let first = input + <usize>firstUnder(x, strideX, paddingLeft) * pixel;
    for (let c = 0; c < channels; c += 4) {
      const at = output + ((<usize>c) << 2);
      const largest = v128.load(at);
      const gradient = gradientThrough(job, largest, v128.load(at + toOutputGradient));
      let isOpen = i32x4.splat(-1);
      let line = first;
      for (let y = 0; y < rows; y++) {
        let value = line;
        for (let k = 0; k < columns; k++) {
          const isFirst = v128.and(isOpen, f32x4.eq(v128.load(value), largest));
          isOpen = v128.andnot(isOpen, isFirst);
          const target = value + toInputGradient;
          storeLanes(target, f32x4.add(v128.load(target), v128.and(gradient, isFirst)), channels - c);
          value += pixel;
        }
        line += row;
      }
      first += 16;
    }
    output += pixel;
  }
}

export function averagePoolForward(from: i32, to: i32, job: Pooling): void {
  forEachRow(from, to, job, job.input, job.output, takeMean);
}

function takeMean(job: Pooling, input: usize, output: usize, rows: i32): void {
  const channels = job.channels;
  const pixel = (<usize>channels) << 2;
  const row = <usize>job.inWidth * pixel;
  const strideX = job.strideX;
  const paddingLeft = job.paddingLeft;
  const windowWidth = job.windowWidth;
  const inWidth = job.inWidth;
  const outWidth = job.outWidth;
  for (let x = 0; x < outWidth; x++) {
    const columns = countUnder(x, strideX, paddingLeft, windowWidth, inWidth);
    const count = f32x4.splat(<f32>(rows * columns));
    let first = input + <usize>firstUnder(x, strideX, paddingLeft) * pixel;
    for (let c = 0; c < channels; c += 4) {
      let sum = f32x4.splat(0);
      let line = first;
      for (let y = 0; y < rows; y++) {
        let at = line;
        for (let k = 0; k < columns; k++) {
          sum = f32x4.add(sum, v128.load(at));
          at += pixel;
        }
        line += row;
      }
      storeLanes(output + ((<usize>c) << 2), f32x4.div(sum, count), channels - c);
      first += 16;
    }
    output += pixel;
  }
}

export function averagePoolBackward(from: i32, to: i32, job: Pooling): void {
  memory.fill(job.inputGradient + <usize>from * inputBytes(job), 0, <usize>(to - from) * inputBytes(job));
  forEachRow(from, to, job, job.inputGradient, job.outputGradient, giveShares);
}

function giveShares(job: Pooling, inputGradient: usize, outputGradient: usize, rows: i32): void {
  const channels = job.channels;
  const pixel = (<usize>channels) << 2;
  const row = <usize>job.inWidth * pixel;
  const strideX = job.strideX;
  const paddingLeft = job.paddingLeft;
  const windowWidth = job.windowWidth;
  const inWidth = job.inWidth;
  const outWidth = job.outWidth;
  for (let x = 0; x < outWidth; x++) {
    const columns = countUnder(x, strideX, paddingLeft, windowWidth, inWidth);
    const count = f32x4.splat(<f32>(rows * columns));
    let first = inputGradient + <usize>firstUnder(x, strideX, paddingLeft) * pixel;
    for (let c = 0; c < channels; c += 4) {
      const share = f32x4.div(v128.load(outputGradient + ((<usize>c) << 2)), count);
      let line = first;
      for (let y = 0; y < rows; y++) {
        let at = line;
        for (let k = 0; k < columns; k++) {
          storeLanes(at, f32x4.add(v128.load(at), share), channels - c);
          at += pixel;
        }
        line += row;
      }
      first += 16;
    }
    outputGradient += pixel;
  }
}
