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

export function maxPoolForward(from: i32, to: i32, job: Pooling): void {
  forEachRow(from, to, job, job.input, job.output, takeLargest);
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

/** Windows that do not overlap give each input at most one gradient: no sum has to be read. */
export function maxPoolBackward(from: i32, to: i32, job: Pooling): void {
  const isApart = job.strideY >= job.windowHeight && job.strideX >= job.windowWidth;
  memory.fill(job.inputGradient + <usize>from * inputBytes(job), 0, <usize>(to - from) * inputBytes(job));
  forEachRow(from, to, job, job.input, job.output, isApart ? setLargest : addToLargest);
}

function setLargest(job: Pooling, input: usize, output: usize, rows: i32): void {
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
      const gradient = f32x4.add(f32x4.splat(0), v128.load(at + toOutputGradient));
      let isOpen = i32x4.splat(-1);
      let line = first;
      for (let y = 0; y < rows; y++) {
        let value = line;
        for (let k = 0; k < columns; k++) {
          const isFirst = v128.and(isOpen, f32x4.eq(v128.load(value), largest));
          isOpen = v128.andnot(isOpen, isFirst);
          storeLanes(value + toInputGradient, v128.and(gradient, isFirst), channels - c);
          value += pixel;
        }
        line += row;
      }
      first += 16;
    }
    output += pixel;
  }
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
      const gradient = v128.load(at + toOutputGradient);
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
