import { sigmoid4, tanh4 } from "./gates";
import { settle } from "./optimizers";
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
export function lstmForward(from: i32, to: i32, job: Recurrent): void {
  const units = job.units;
  const gate = (<usize>units) << 2;
  for (let k = 0; k < job.steps; k++) {
    const step = stepAt(job, k);
    recurrentSums(job, 4, step, from, to);
    for (let sample = from; sample < to; sample++) {
      const row = sample * job.steps + step;
      const earlier = sample * job.steps + stepAt(job, k - 1);
      for (let unit = 0; unit < units; unit += 4) {
        const lanes = units - unit;
        const place = (<usize>(row * units + unit)) << 2;
        const gates = job.gates + ((<usize>(4 * row * units + unit)) << 2);
        const sums = job.sums + ((<usize>(4 * sample * units + unit)) << 2);
        const i = sigmoid4(f32x4.add(v128.load(gates), v128.load(sums)));
        const f = sigmoid4(f32x4.add(v128.load(gates + gate), v128.load(sums + gate)));
        const g = tanh4(f32x4.add(v128.load(gates + 2 * gate), v128.load(sums + 2 * gate)));
        const o = sigmoid4(f32x4.add(v128.load(gates + 3 * gate), v128.load(sums + 3 * gate)));
        storeLanes(gates, i, lanes);
        storeLanes(gates + gate, f, lanes);
        storeLanes(gates + 2 * gate, g, lanes);
        storeLanes(gates + 3 * gate, o, lanes);
        let kept = f32x4.splat(0);
        if (k > 0) kept = f32x4.mul(f, v128.load(job.cells + ((<usize>(earlier * units + unit)) << 2)));
        const cell = f32x4.add(kept, f32x4.mul(i, g));
        const squashed = tanh4(cell);
        storeLanes(job.cells + place, cell, lanes);
        storeLanes(job.squashed + place, squashed, lanes);
        putState(job, sample, k, unit, f32x4.mul(o, squashed));
      }
    }
  }
}

/** Samples from..to − 1. */
export function lstmBackward(from: i32, to: i32, job: Recurrent): void {
  const units = job.units;
  const gate = (<usize>units) << 2;
  for (let k = job.steps - 1; k >= 0; k--) {
    const step = stepAt(job, k);
    for (let sample = from; sample < to; sample++) {
      const row = sample * job.steps + step;
      const earlier = sample * job.steps + stepAt(job, k - 1);
      for (let unit = 0; unit < units; unit += 4) {
        const lanes = units - unit;
        const gates = job.gates + ((<usize>(4 * row * units + unit)) << 2);
        const gradients = job.gateGradients + ((<usize>(4 * row * units + unit)) << 2);
        const cellSum = job.cellSums + ((<usize>(sample * units + unit)) << 2);
        const i = v128.load(gates);
        const f = v128.load(gates + gate);
        const g = v128.load(gates + 2 * gate);
        const o = v128.load(gates + 3 * gate);
        const q = v128.load(job.squashed + ((<usize>(row * units + unit)) << 2));
        const ofState = stateGradient(job, sample, k, unit);
        let carried = f32x4.splat(0);
        if (k < job.steps - 1) carried = v128.load(cellSum);
        const ofCell = settle(f32x4.add(carried, f32x4.mul(f32x4.mul(ofState, o), tanhSlope(q))));
        let cell = f32x4.splat(0);
        if (k > 0) cell = v128.load(job.cells + ((<usize>(earlier * units + unit)) << 2));
        storeLanes(cellSum, f32x4.mul(ofCell, f), lanes);
        storeLanes(gradients, f32x4.mul(f32x4.mul(ofCell, g), sigmoidSlope(i)), lanes);
        storeLanes(gradients + gate, f32x4.mul(f32x4.mul(ofCell, cell), sigmoidSlope(f)), lanes);
        storeLanes(gradients + 2 * gate, f32x4.mul(f32x4.mul(ofCell, i), tanhSlope(g)), lanes);
        storeLanes(gradients + 3 * gate, f32x4.mul(f32x4.mul(ofState, q), sigmoidSlope(o)), lanes);
      }
    }
    if (k > 0) carryBack(job, 4, job.gateGradients, step, 0, from, to);
  }
}
