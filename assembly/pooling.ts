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
 * What a window does: at its first pixel's channels in the input, with rows of `row` and pixels of `pixel` bytes, and at
 * its channels in the output; `rows` and `columns` of it lie in the image.
 */
type Window = (
  job: Pooling,
  input: usize,
  output: usize,
  rows: i32,
  columns: i32,
  row: usize,
  pixel: usize,
) => void;

/** Each window of samples from..to − 1. */
function forEachWindow(from: i32, to: i32, job: Pooling, input: usize, output: usize, visit: Window): void {
  const pixel = (<usize>job.channels) << 2;
  const row = <usize>job.inWidth * pixel;
  for (let sample = <usize>from; sample < <usize>to; sample++) {
    const image = input + sample * inputBytes(job);
    let target = output + sample * outputBytes(job);
    for (let y = 0; y < job.outHeight; y++) {
      const line = image + <usize>firstUnder(y, job.strideY, job.paddingTop) * row;
      const rows = countUnder(y, job.strideY, job.paddingTop, job.windowHeight, job.inHeight);
      for (let x = 0; x < job.outWidth; x++) {
        const first = line + <usize>firstUnder(x, job.strideX, job.paddingLeft) * pixel;
        const columns = countUnder(x, job.strideX, job.paddingLeft, job.windowWidth, job.inWidth);
        visit(job, first, target, rows, columns, row, pixel);
        target += pixel;
      }
    }
  }
}

export function maxPoolForward(from: i32, to: i32, job: Pooling): void {
  forEachWindow(from, to, job, job.input, job.output, takeLargest);
}

function takeLargest(
  job: Pooling,
  input: usize,
  output: usize,
  rows: i32,
  columns: i32,
  row: usize,
  pixel: usize,
): void {
  const channels = job.channels;
  for (let c = 0; c < channels; c += 4) {
    let largest = f32x4.splat(-Infinity);
    let line = input;
    for (let y = 0; y < rows; y++) {
      let at = line;
      for (let x = 0; x < columns; x++) {
        const value = v128.load(at);
        largest = v128.bitselect(largest, value, f32x4.le(value, largest));
        at += pixel;
      }
      line += row;
    }
    storeLanes(output, largest, channels - c);
    input += 16;
    output += 16;
  }
}

export function maxPoolBackward(from: i32, to: i32, job: Pooling): void {
  memory.fill(job.inputGradient + <usize>from * inputBytes(job), 0, <usize>(to - from) * inputBytes(job));
  forEachWindow(from, to, job, job.input, job.output, giveToLargest);
}

function giveToLargest(
  job: Pooling,
  input: usize,
  output: usize,
  rows: i32,
  columns: i32,
  row: usize,
  pixel: usize,
): void {
  const channels = job.channels;
  const toInputGradient = job.inputGradient - job.input;
  const toOutputGradient = job.outputGradient - job.output;
  for (let c = 0; c < channels; c += 4) {
    const largest = v128.load(output);
    const gradient = v128.load(output + toOutputGradient);
    let isOpen = i32x4.splat(-1);
    let line = input;
    for (let y = 0; y < rows; y++) {
      let at = line;
      for (let x = 0; x < columns; x++) {
        const isFirst = v128.and(isOpen, f32x4.eq(v128.load(at), largest));
        isOpen = v128.andnot(isOpen, isFirst);
        const target = at + toInputGradient;
        storeLanes(target, f32x4.add(v128.load(target), v128.and(gradient, isFirst)), channels - c);
        at += pixel;
      }
      line += row;
    }
    input += 16;
    output += 16;
  }
}

export function averagePoolForward(from: i32, to: i32, job: Pooling): void {
  forEachWindow(from, to, job, job.input, job.output, takeMean);
}

function takeMean(
  job: Pooling,
  input: usize,
  output: usize,
  rows: i32,
  columns: i32,
  row: usize,
  pixel: usize,
): void {
  const channels = job.channels;
  const count = f32x4.splat(<f32>(rows * columns));
  for (let c = 0; c < channels; c += 4) {
    let sum = f32x4.splat(0);
    let line = input;
    for (let y = 0; y < rows; y++) {
      let at = line;
      for (let x = 0; x < columns; x++) {
        sum = f32x4.add(sum, v128.load(at));
        at += pixel;
      }
      line += row;
    }
    storeLanes(output, f32x4.div(sum, count), channels - c);
    input += 16;
    output += 16;
  }
}

export function averagePoolBackward(from: i32, to: i32, job: Pooling): void {
  memory.fill(job.inputGradient + <usize>from * inputBytes(job), 0, <usize>(to - from) * inputBytes(job));
  forEachWindow(from, to, job, job.inputGradient, job.outputGradient, giveShares);
}

function giveShares(
  job: Pooling,
  inputGradient: usize,
  outputGradient: usize,
  rows: i32,
  columns: i32,
  row: usize,
  pixel: usize,
): void {
  const channels = job.channels;
  const count = f32x4.splat(<f32>(rows * columns));
  for (let c = 0; c < channels; c += 4) {
    const share = f32x4.div(v128.load(outputGradient), count);
    let line = inputGradient;
    for (let y = 0; y < rows; y++) {
      let at = line;
      for (let x = 0; x < columns; x++) {
        storeLanes(at, f32x4.add(v128.load(at), share), channels - c);
        at += pixel;
      }
      line += row;
    }
    inputGradient += 16;
    outputGradient += 16;
  }
}
