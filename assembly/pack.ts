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
