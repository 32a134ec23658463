import type { FloatArray } from "../../base/tensor.js";
import { isSingle, round, settle } from "./arithmetic.js";

/*
 * One step of each optimizer on one parameter. Constants come as doubles and are rounded to the element type first;
 * then every operation is rounded by itself, in the order in which the formula is written. What is remembered for the next
 * step is settled before it is used.
 */

/** value ← value − rate · gradient */
export function sgdStep(value: FloatArray, gradient: FloatArray, rate: number): void {
  const single = isSingle(value);
  const step = round(single, rate);
  for (let k = 0; k < value.length; k++) value[k] -= round(single, step * gradient[k]);
}

/**
 * velocity ← momentum · velocity + gradient
 * value    ← value − rate · velocity
 */
export function momentumStep(
  value: FloatArray,
  gradient: FloatArray,
  velocity: FloatArray,
  rate: number,
  momentum: number,
): void {
  const single = isSingle(value);
  const step = round(single, rate);
  const decay = round(single, momentum);
  for (let k = 0; k < value.length; k++) {
    const latest = settle(single, round(single, round(single, decay * velocity[k]) + gradient[k]));
    velocity[k] = latest;
    value[k] -= round(single, step * latest);
  }
}

/**
 * velocity ← momentum · velocity + gradient
 * value    ← value − rate · (gradient + momentum · velocity)
 */
export function nesterovStep(
  value: FloatArray,
  gradient: FloatArray,
  velocity: FloatArray,
  rate: number,
  momentum: number,
): void {
  const single = isSingle(value);
  const step = round(single, rate);
  const decay = round(single, momentum);
  for (let k = 0; k < value.length; k++) {
    const latest = settle(single, round(single, round(single, decay * velocity[k]) + gradient[k]));
    velocity[k] = latest;
    const ahead = round(single, gradient[k] + round(single, decay * latest));
    value[k] -= round(single, step * ahead);
  }
}

/** Numbers of an Adam step that are the same for all elements. */
export interface AdamFactors {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** learning rate / (1 − beta1ᵗ) */
  readonly firstRate: number;
  /** 1 / √(1 − beta2ᵗ) */
  readonly secondScale: number;
  /** learning rate · weight decay (AdamW); 0 for none. */
  readonly decay: number;
}

/**
 * first  ← beta1 · first + (1 − beta1) · gradient
 * second ← beta2 · second + ((1 − beta2) · gradient) · gradient
 * value  ← (value − decay · value) − (firstRate · first) / (√second · secondScale + epsilon)
 *
 * 1 − beta is taken in double and then rounded. Without decay the value is not touched before the subtraction.
 */
export function adamStep(
  value: FloatArray,
  gradient: FloatArray,
  first: FloatArray,
  second: FloatArray,
  factors: AdamFactors,
): void {
  const single = isSingle(value);
  const beta1 = round(single, factors.beta1);
  const beta2 = round(single, factors.beta2);
  const rest1 = round(single, 1 - factors.beta1);
  const rest2 = round(single, 1 - factors.beta2);
  const epsilon = round(single, factors.epsilon);
  const firstRate = round(single, factors.firstRate);
  const secondScale = round(single, factors.secondScale);
  const decay = round(single, factors.decay);
  for (let k = 0; k < value.length; k++) {
    const derivative = gradient[k];
    const sum = round(single, round(single, beta1 * first[k]) + round(single, rest1 * derivative));
    const mean = settle(single, sum);
    const change = round(single, round(single, rest2 * derivative) * derivative);
    const square = settle(single, round(single, round(single, beta2 * second[k]) + change));
    first[k] = mean;
    second[k] = square;
    const root = round(single, Math.sqrt(square));
    const divisor = round(single, round(single, root * secondScale) + epsilon);
    const kept = decay === 0 ? value[k] : round(single, value[k] - round(single, decay * value[k]));
    value[k] = kept - round(single, round(single, firstRate * mean) / divisor);
  }
}

/**
 * second ← decay · second + ((1 − decay) · gradient) · gradient
 * value  ← value − (rate · gradient) / (√second + epsilon)
 */
export function rmsPropStep(
  value: FloatArray,
  gradient: FloatArray,
  second: FloatArray,
  rate: number,
  decay: number,
  epsilon: number,
): void {
  const single = isSingle(value);
  const step = round(single, rate);
  const kept = round(single, decay);
  const rest = round(single, 1 - decay);
  const least = round(single, epsilon);
  for (let k = 0; k < value.length; k++) {
    const derivative = gradient[k];
    const change = round(single, round(single, rest * derivative) * derivative);
    const square = settle(single, round(single, round(single, kept * second[k]) + change));
    second[k] = square;
    const divisor = round(single, round(single, Math.sqrt(square)) + least);
    value[k] -= round(single, round(single, step * derivative) / divisor);
  }
}
