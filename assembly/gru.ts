import { sigmoid4, tanh4 } from "./gates";
import { storeLanes } from "./product";
import {
  carryBack,
  putState,
  Recurrent,
  recurrentSums,
  sigmoidSlope,
  stateGradient,
  stepAt,
  tanhSlope,
} from "./recurrent";

/** Samples from..to − 1. */
export function gruForward(from: i32, to: i32, job: Recurrent): void {
  const units = job.units;
  const gate = (<usize>units) << 2;
  for (let k = 0; k < job.steps; k++) {
    const step = stepAt(job, k);
    recurrentSums(job, 3, step, from, to);
    for (let sample = from; sample < to; sample++) {
      const row = sample * job.steps + step;
      for (let unit = 0; unit < units; unit += 4) {
        const lanes = units - unit;
        const place = (<usize>(row * units + unit)) << 2;
        const gates = job.gates + ((<usize>(3 * row * units + unit)) << 2);
        const sums = job.sums + ((<usize>(3 * sample * units + unit)) << 2);
        const sum = v128.load(sums + 2 * gate);
        const z = sigmoid4(f32x4.add(v128.load(gates), v128.load(sums)));
        const r = sigmoid4(f32x4.add(v128.load(gates + gate), v128.load(sums + gate)));
        const n = tanh4(f32x4.add(v128.load(gates + 2 * gate), f32x4.mul(r, sum)));
        storeLanes(gates, z, lanes);
        storeLanes(gates + gate, r, lanes);
        storeLanes(gates + 2 * gate, n, lanes);
        storeLanes(job.candidates + place, sum, lanes);
        const state = v128.load(job.before + place);
        putState(job, sample, k, unit, f32x4.add(n, f32x4.mul(z, f32x4.sub(state, n))));
      }
    }
  }
}

/** Samples from..to − 1. */
export function gruBackward(from: i32, to: i32, job: Recurrent): void {
  const units = job.units;
  const gate = (<usize>units) << 2;
  const one = f32x4.splat(1);
  for (let k = job.steps - 1; k >= 0; k--) {
    const step = stepAt(job, k);
    for (let sample = from; sample < to; sample++) {
      const row = sample * job.steps + step;
      for (let unit = 0; unit < units; unit += 4) {
        const lanes = units - unit;
        const place = (<usize>(row * units + unit)) << 2;
        const first = (<usize>(3 * row * units + unit)) << 2;
        const z = v128.load(job.gates + first);
        const r = v128.load(job.gates + first + gate);
        const n = v128.load(job.gates + first + 2 * gate);
        const ofState = stateGradient(job, sample, k, unit);
        const ofN = f32x4.mul(f32x4.mul(ofState, f32x4.sub(one, z)), tanhSlope(n));
        const change = f32x4.sub(v128.load(job.before + place), n);
        const ofZ = f32x4.mul(f32x4.mul(ofState, change), sigmoidSlope(z));
        const ofR = f32x4.mul(f32x4.mul(ofN, v128.load(job.candidates + place)), sigmoidSlope(r));
        storeLanes(job.gateGradients + first, ofZ, lanes);
        storeLanes(job.gateGradients + first + gate, ofR, lanes);
        storeLanes(job.gateGradients + first + 2 * gate, ofN, lanes);
        storeLanes(job.recurrentGradients + first, ofZ, lanes);
        storeLanes(job.recurrentGradients + first + gate, ofR, lanes);
        storeLanes(job.recurrentGradients + first + 2 * gate, f32x4.mul(ofN, r), lanes);
        storeLanes(job.sums + ((<usize>(sample * units + unit)) << 2), f32x4.mul(ofState, z), lanes);
      }
    }
    if (k > 0) carryBack(job, 3, job.recurrentGradients, step, 1, from, to);
  }
}
