/*
 * One step of each optimizer, as src/train/ops/optimizers.ts defines it, operation by operation. Parameters and their
 * memories begin at multiples of 16 bytes and are followed by room for a last vector.
 */

@unmanaged
export class Step {
  value: usize;
  gradient: usize;
  first: usize;
  second: usize;
  rate: f32;
  momentum: f32;
  beta1: f32;
  beta2: f32;
  rest1: f32;
  rest2: f32;
  epsilon: f32;
  secondScale: f32;
  decay: f32;
}

/** 0 for magnitudes below 2⁻¹¹⁰; what is not a number stays. */
export function settle(values: v128): v128 {
  return v128.andnot(values, f32x4.lt(f32x4.abs(values), f32x4.splat(<f32>7.703719777548943e-34)));
}

/** The same for what is never below 0. */
function settlePositive(values: v128): v128 {
  return v128.andnot(values, f32x4.lt(values, f32x4.splat(<f32>7.703719777548943e-34)));
}

/** Vectors from..to − 1 of four. */
export function sgdStep(from: i32, to: i32, job: Step): void {
  const rate = f32x4.splat(job.rate);
  const values = job.value;
  const gradients = job.gradient;
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const change = f32x4.mul(rate, v128.load(gradients + k));
    v128.store(values + k, f32x4.sub(v128.load(values + k), change));
  }
}

export function momentumStep(from: i32, to: i32, job: Step): void {
  const rate = f32x4.splat(job.rate);
  const momentum = f32x4.splat(job.momentum);
  const values = job.value;
  const gradients = job.gradient;
  const firsts = job.first;
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const kept = f32x4.mul(momentum, v128.load(firsts + k));
    const velocity = settle(f32x4.add(kept, v128.load(gradients + k)));
    v128.store(firsts + k, velocity);
    v128.store(values + k, f32x4.sub(v128.load(values + k), f32x4.mul(rate, velocity)));
  }
}

export function nesterovStep(from: i32, to: i32, job: Step): void {
  const rate = f32x4.splat(job.rate);
  const momentum = f32x4.splat(job.momentum);
  const values = job.value;
  const gradients = job.gradient;
  const firsts = job.first;
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const gradient = v128.load(gradients + k);
    const velocity = settle(f32x4.add(f32x4.mul(momentum, v128.load(firsts + k)), gradient));
    v128.store(firsts + k, velocity);
    const ahead = f32x4.add(gradient, f32x4.mul(momentum, velocity));
    v128.store(values + k, f32x4.sub(v128.load(values + k), f32x4.mul(rate, ahead)));
  }
}

export function adamStep(from: i32, to: i32, job: Step): void {
  const rate = f32x4.splat(job.rate);
  const beta1 = f32x4.splat(job.beta1);
  const beta2 = f32x4.splat(job.beta2);
  const rest1 = f32x4.splat(job.rest1);
  const rest2 = f32x4.splat(job.rest2);
  const epsilon = f32x4.splat(job.epsilon);
  const secondScale = f32x4.splat(job.secondScale);
  const decay = f32x4.splat(job.decay);
  const isDecayed = job.decay !== 0;
  const values = job.value;
  const gradients = job.gradient;
  const firsts = job.first;
  const seconds = job.second;
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const gradient = v128.load(gradients + k);
    const mean = settle(f32x4.add(f32x4.mul(beta1, v128.load(firsts + k)), f32x4.mul(rest1, gradient)));
    const change = f32x4.mul(f32x4.mul(rest2, gradient), gradient);
    const square = settlePositive(f32x4.add(f32x4.mul(beta2, v128.load(seconds + k)), change));
    v128.store(firsts + k, mean);
    v128.store(seconds + k, square);
    const divisor = f32x4.add(f32x4.mul(f32x4.sqrt(square), secondScale), epsilon);
    let value = v128.load(values + k);
    if (isDecayed) value = f32x4.sub(value, f32x4.mul(decay, value));
    v128.store(values + k, f32x4.sub(value, f32x4.div(f32x4.mul(rate, mean), divisor)));
  }
}

export function rmsPropStep(from: i32, to: i32, job: Step): void {
  const rate = f32x4.splat(job.rate);
  const kept = f32x4.splat(job.beta2);
  const rest = f32x4.splat(job.rest2);
  const epsilon = f32x4.splat(job.epsilon);
  const values = job.value;
  const gradients = job.gradient;
  const seconds = job.second;
  for (let k = (<usize>from) << 4; k < (<usize>to) << 4; k += 16) {
    const gradient = v128.load(gradients + k);
    const change = f32x4.mul(f32x4.mul(rest, gradient), gradient);
    const square = settlePositive(f32x4.add(f32x4.mul(kept, v128.load(seconds + k)), change));
    v128.store(seconds + k, square);
    const divisor = f32x4.add(f32x4.sqrt(square), epsilon);
    v128.store(values + k, f32x4.sub(v128.load(values + k), f32x4.div(f32x4.mul(rate, gradient), divisor)));
  }
}
