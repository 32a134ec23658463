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

/** One output position: where its window's pixels begin and how many there are. */
let windowStart: usize = 0;
let windowRows: i32 = 0;
let windowColumns: i32 = 0;

/** In bytes from the begin of a sample. */
function openWindow(job: Pooling, y: i32, x: i32): void {
  const top = y * job.strideY - job.paddingTop;
  const left = x * job.strideX - job.paddingLeft;
  const fromY = max(0, top);
  const fromX = max(0, left);
  windowRows = min(job.inHeight, top + job.windowHeight) - fromY;
  windowColumns = min(job.inWidth, left + job.windowWidth) - fromX;
  windowStart = (<usize>((fromY * job.inWidth + fromX) * job.channels)) << 2;
}

function inputBytes(job: Pooling): usize {
  return (<usize>(job.inHeight * job.inWidth * job.channels)) << 2;
}

function outputBytes(job: Pooling): usize {
  return (<usize>(job.outHeight * job.outWidth * job.channels)) << 2;
}

/** Samples from..to − 1. */
export function maxPoolForward(from: i32, to: i32, job: Pooling): void {
  const pixel = (<usize>job.channels) << 2;
  const row = <usize>job.inWidth * pixel;
  for (let sample = <usize>from; sample < <usize>to; sample++) {
    const image = job.input + sample * inputBytes(job);
    let output = job.output + sample * outputBytes(job);
    for (let y = 0; y < job.outHeight; y++) {
      for (let x = 0; x < job.outWidth; x++) {
        openWindow(job, y, x);
        for (let c = 0; c < job.channels; c += 4) {
          let largest = f32x4.splat(-Infinity);
          let line = image + windowStart + ((<usize>c) << 2);
          for (let inY = 0; inY < windowRows; inY++) {
            let at = line;
            for (let inX = 0; inX < windowColumns; inX++) {
              const value = v128.load(at);
              largest = v128.bitselect(largest, value, f32x4.le(value, largest));
              at += pixel;
            }
            line += row;
          }
          storeLanes(output + ((<usize>c) << 2), largest, job.channels - c);
        }
        output += pixel;
      }
    }
  }
}

export function maxPoolBackward(from: i32, to: i32, job: Pooling): void {
  const pixel = (<usize>job.channels) << 2;
  const row = <usize>job.inWidth * pixel;
  for (let sample = <usize>from; sample < <usize>to; sample++) {
    const image = job.input + sample * inputBytes(job);
    const gradientOf = job.inputGradient - job.input;
    memory.fill(image + gradientOf, 0, inputBytes(job));
    let output = job.output + sample * outputBytes(job);
    const outputGradientOf = job.outputGradient - job.output;
    for (let y = 0; y < job.outHeight; y++) {
      for (let x = 0; x < job.outWidth; x++) {
        openWindow(job, y, x);
        for (let c = 0; c < job.channels; c += 4) {
          const column = (<usize>c) << 2;
          const largest = v128.load(output + column);
          const gradient = v128.load(output + outputGradientOf + column);
          let isOpen = i32x4.splat(-1);
          let line = image + windowStart + column;
          for (let inY = 0; inY < windowRows; inY++) {
            let at = line;
            for (let inX = 0; inX < windowColumns; inX++) {
              const isFirst = v128.and(isOpen, f32x4.eq(v128.load(at), largest));
              isOpen = v128.andnot(isOpen, isFirst);
              const target = at + gradientOf;
              const sum = f32x4.add(v128.load(target), v128.and(gradient, isFirst));
              storeLanes(target, sum, job.channels - c);
              at += pixel;
            }
            line += row;
          }
        }
        output += pixel;
      }
    }
  }
}

export function averagePoolForward(from: i32, to: i32, job: Pooling): void {
  const pixel = (<usize>job.channels) << 2;
  const row = <usize>job.inWidth * pixel;
  for (let sample = <usize>from; sample < <usize>to; sample++) {
    const image = job.input + sample * inputBytes(job);
    let output = job.output + sample * outputBytes(job);
    for (let y = 0; y < job.outHeight; y++) {
      for (let x = 0; x < job.outWidth; x++) {
        openWindow(job, y, x);
        const count = f32x4.splat(<f32>(windowRows * windowColumns));
        for (let c = 0; c < job.channels; c += 4) {
          let sum = f32x4.splat(0);
          let line = image + windowStart + ((<usize>c) << 2);
          for (let inY = 0; inY < windowRows; inY++) {
            let at = line;
            for (let inX = 0; inX < windowColumns; inX++) {
              sum = f32x4.add(sum, v128.load(at));
              at += pixel;
            }
            line += row;
          }
          storeLanes(output + ((<usize>c) << 2), f32x4.div(sum, count), job.channels - c);
        }
        output += pixel;
      }
    }
  }
}

export function averagePoolBackward(from: i32, to: i32, job: Pooling): void {
  const pixel = (<usize>job.channels) << 2;
  const row = <usize>job.inWidth * pixel;
  for (let sample = <usize>from; sample < <usize>to; sample++) {
    const image = job.inputGradient + sample * inputBytes(job);
    memory.fill(image, 0, inputBytes(job));
    let output = job.outputGradient + sample * outputBytes(job);
    for (let y = 0; y < job.outHeight; y++) {
      for (let x = 0; x < job.outWidth; x++) {
        openWindow(job, y, x);
        const count = f32x4.splat(<f32>(windowRows * windowColumns));
        for (let c = 0; c < job.channels; c += 4) {
          const share = f32x4.div(v128.load(output + ((<usize>c) << 2)), count);
          let line = image + windowStart + ((<usize>c) << 2);
          for (let inY = 0; inY < windowRows; inY++) {
            let at = line;
            for (let inX = 0; inX < windowColumns; inX++) {
              storeLanes(at, f32x4.add(v128.load(at), share), job.channels - c);
              at += pixel;
            }
            line += row;
          }
        }
        output += pixel;
      }
    }
  }
}
