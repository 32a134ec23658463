import { transpose4 } from "./sparse";

/** Weights for `product`: panels of eight output columns, [ceil(outputs / 8)][depth][8]. */
@unmanaged
export class Panels {
  outputs: i32;
  depth: i32;
  /** [outputs, depth] */
  weights: usize;
  panels: usize;
}

/** Panels from..to − 1; columns past the last output hold what was there. */
export function packPanels(from: i32, to: i32, job: Panels): void {
  const stride = (<usize>job.depth) << 2;
  for (let panel = from; panel < to; panel++) {
    const first = panel << 3;
    const outputs = min(job.outputs - first, 8);
    const target = job.panels + ((<usize>panel * stride) << 3);
    let done = 0;
    for (; done + 4 <= outputs; done += 4) {
      let source = job.weights + <usize>(first + done) * stride;
      let at = target + ((<usize>done) << 2);
      let k = 0;
      for (; k + 4 <= job.depth; k += 4) {
        transpose4(source, stride, at, 32);
        source += 16;
        at += 128;
      }
      for (; k < job.depth; k++) {
        for (let o = 0; o < 4; o++) store<f32>(at + ((<usize>o) << 2), load<f32>(source + <usize>o * stride));
        source += 4;
        at += 32;
      }
    }
    for (; done < outputs; done++) {
      const source = job.weights + <usize>(first + done) * stride;
      const at = target + ((<usize>done) << 2);
      for (let k: usize = 0; k < <usize>job.depth; k++)
        store<f32>(at + (k << 5), load<f32>(source + (k << 2)));
    }
  }
}

/** to[column, row] = from[row, column] */
@unmanaged
export class Transpose {
  rows: i32;
  columns: i32;
  from: usize;
  to: usize;
}

/** Groups from..to − 1 of four rows. */
export function transpose(from: i32, to: i32, job: Transpose): void {
  const fromStride = (<usize>job.columns) << 2;
  const toStride = (<usize>job.rows) << 2;
  for (let group = from; group < to; group++) {
    const row = group << 2;
    const rows = min(job.rows - row, 4);
    let source = job.from + <usize>row * fromStride;
    let target = job.to + ((<usize>row) << 2);
    let column = 0;
    if (rows === 4) {
      for (; column + 4 <= job.columns; column += 4) {
        transpose4(source, fromStride, target, toStride);
        source += 16;
        target += 4 * toStride;
      }
    }
    for (; column < job.columns; column++) {
      for (let r: usize = 0; r < <usize>rows; r++)
        store<f32>(target + (r << 2), load<f32>(source + r * fromStride));
      source += 4;
      target += toStride;
    }
  }
}

/** Images [height, width, channels] in the middle of zeros [toHeight, toWidth, channels]. */
@unmanaged
export class Pad {
  height: i32;
  width: i32;
  channels: i32;
  toHeight: i32;
  toWidth: i32;
  top: i32;
  left: i32;
  from: usize;
  to: usize;
}

/** Samples from..to − 1; what does not fit at the bottom and the right is left out. */
export function padImages(from: i32, to: i32, job: Pad): void {
  const pixel = (<usize>job.channels) << 2;
  const fromRow = <usize>job.width * pixel;
  const toRow = <usize>job.toWidth * pixel;
  const rows = min(job.height, job.toHeight - job.top);
  const before = <usize>job.left * pixel;
  const kept = <usize>min(job.width, job.toWidth - job.left) * pixel;
  const between = toRow - kept;
  const above = <usize>job.top * toRow + before;
  const below = toRow - before - kept + <usize>(job.toHeight - job.top - rows) * toRow;
  for (let sample = from; sample < to; sample++) {
    let source = job.from + <usize>sample * <usize>job.height * fromRow;
    let target = job.to + <usize>sample * <usize>job.toHeight * toRow;
    memory.fill(target, 0, above);
    target += above;
    for (let y = 1; y < rows; y++) {
      memory.copy(target, source, kept);
      memory.fill(target + kept, 0, between);
      source += fromRow;
      target += toRow;
    }
    memory.copy(target, source, kept);
    memory.fill(target + kept, 0, below);
  }
}
