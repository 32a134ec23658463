import { tanh4 } from "./gates";
import { storeLanes } from "./product";
import { carryBack, putState, Recurrent, recurrentSums, stateGradient, stepAt, tanhSlope } from "./recurrent";

/** Samples from..to − 1. */
export function simpleRnnForward(from: i32, to: i32, job: Recurrent): void {
  const units = job.units;
  for (let k = 0; k < job.steps; k++) {
    const step = stepAt(job, k);
    recurrentSums(job, 1, step, from, to);
    for (let sample = from; sample < to; sample++) {
      const row = sample * job.steps + step;
      for (let unit = 0; unit < units; unit += 4) {
        const gates = job.gates + ((<usize>(row * units + unit)) << 2);
        const sums = job.sums + ((<usize>(sample * units + unit)) << 2);
        const state = tanh4(f32x4.add(v128.load(gates), v128.load(sums)));
        storeLanes(gates, state, units - unit);
        putState(job, sample, k, unit, state);
      }
    }
  }
}

/** Samples from..to − 1. */
export function simpleRnnBackward(from: i32, to: i32, job: Recurrent): void {
  const units = job.units;
  for (let k = job.steps - 1; k >= 0; k--) {
    const step = stepAt(job, k);
    for (let sample = from; sample < to; sample++) {
      const row = sample * job.steps + step;
      for (let unit = 0; unit < units; unit += 4) {
        const place = (<usize>(row * units + unit)) << 2;
        const slope = tanhSlope(v128.load(job.gates + place));
        const gradient = f32x4.mul(stateGradient(job, sample, k, unit), slope);
        storeLanes(job.gateGradients + place, gradient, units - unit);
      }
    }
    if (k > 0) carryBack(job, 1, job.gateGradients, step, 0, from, to);
  }
}
