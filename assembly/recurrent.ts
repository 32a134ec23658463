import { settle } from "./optimizers";
import { Product, product, storeLanes } from "./product";
import { ownRoom } from "./sparse";

/**
 * The way of a recurrent layer through time. Rows are those of [batch, steps]; threads share out samples, and each goes through
 * all steps of its own: what a step multiplies is a product of its samples' rows.
 */
@unmanaged
export class Recurrent {
  steps: i32;
  units: i32;
  isReversed: i32;
  returnsAll: i32;
  gates: usize;
  before: usize;
  cells: usize;
  squashed: usize;
  candidates: usize;
  output: usize;
  outputGradient: usize;
  gateGradients: usize;
  recurrentGradients: usize;
  /** Forward: panels of eight columns; backward: [gates · units, units]. */
  weights: usize;
  /** [gates · units], or 0 for none. */
  bias: usize;
  /** A row for each sample: the sums of a step, forward, or what goes back to the step before. */
  sums: usize;
  /** [batch, units]: what goes back to an LSTM's cells. */
  cellSums: usize;
}

/** Which of a sample's rows step k of its way is. */
export function stepAt(job: Recurrent, k: i32): i32 {
  return job.isReversed ? job.steps - 1 - k : k;
}

/** The thread's own product, which is none of the shared job. */
function ownProduct(): Product {
  const own = changetype<Product>(ownRoom());
  memory.fill(ownRoom(), 0, offsetof<Product>());
  own.depthOuter = 1;
  own.aStride = 4;
  own.period = i32.MAX_VALUE;
  own.runBlock = 1;
  return own;
}

/** sums = weights · before + bias for samples from..to − 1, at a step of theirs. */
export function recurrentSums(job: Recurrent, gates: i32, step: i32, from: i32, to: i32): void {
  const own = ownProduct();
  const units = job.units;
  own.columns = gates * units;
  own.depthInner = units;
  own.a = job.before + ((<usize>(step * units)) << 2);
  own.aRowStride = (job.steps * units) << 2;
  own.b = job.weights;
  own.bStride = 32;
  own.bPanelStride = units << 5;
  own.c = job.sums;
  own.cRowStride = (gates * units) << 2;
  own.rowBlock = to - from;
  own.bias = job.bias;
  product(from, to, own);
}

/** sums = gradients · weights, or added to what is there, at a step of samples from..to − 1. */
export function carryBack(
  job: Recurrent,
  gates: i32,
  gradients: usize,
  step: i32,
  isAdded: i32,
  from: i32,
  to: i32,
): void {
  const own = ownProduct();
  const units = job.units;
  own.columns = units;
  own.depthInner = gates * units;
  own.a = gradients + ((<usize>(step * gates * units)) << 2);
  own.aRowStride = (job.steps * gates * units) << 2;
  own.b = job.weights;
  own.bStride = units << 2;
  own.bPanelStride = 32;
  own.c = job.sums;
  own.cRowStride = units << 2;
  own.rowBlock = to - from;
  own.isAdded = isAdded;
  product(from, to, own);
}

/** Where a state goes that step k of a sample gives: to the next step, and to the output where that has it. */
export function putState(job: Recurrent, sample: i32, k: i32, unit: i32, state: v128): void {
  const units = job.units;
  const lanes = units - unit;
  const isLast = k === job.steps - 1;
  if (!isLast) {
    const next = sample * job.steps + stepAt(job, k + 1);
    storeLanes(job.before + ((<usize>(next * units + unit)) << 2), state, lanes);
  }
  if (job.returnsAll) {
    const row = sample * job.steps + stepAt(job, k);
    storeLanes(job.output + ((<usize>(row * units + unit)) << 2), state, lanes);
  } else if (isLast) {
    storeLanes(job.output + ((<usize>(sample * units + unit)) << 2), state, lanes);
  }
}

/** The loss's derivative by the state that step k gave: from the output, and from the step after; settled. */
export function stateGradient(job: Recurrent, sample: i32, k: i32, unit: i32): v128 {
  const units = job.units;
  const isLast = k === job.steps - 1;
  let given = f32x4.splat(0);
  if (job.returnsAll) {
    const row = sample * job.steps + stepAt(job, k);
    given = v128.load(job.outputGradient + ((<usize>(row * units + unit)) << 2));
  } else if (isLast) {
    given = v128.load(job.outputGradient + ((<usize>(sample * units + unit)) << 2));
  }
  let carried = f32x4.splat(0);
  if (!isLast) carried = v128.load(job.sums + ((<usize>(sample * units + unit)) << 2));
  return settle(f32x4.add(given, carried));
}

/** value · (1 − value) */
export function sigmoidSlope(value: v128): v128 {
  return f32x4.mul(value, f32x4.sub(f32x4.splat(1), value));
}

/** 1 − value² */
export function tanhSlope(value: v128): v128 {
  return f32x4.sub(f32x4.splat(1), f32x4.mul(value, value));
}
