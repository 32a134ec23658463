import type { FloatArray } from "../../base/tensor.js";

/*
 * Losses over predictions [batch, outputs], each with its derivative: loops in double, gradients rounded when stored.
 * Each returns Σ_b weights[b] · Σⱼ loss(prediction[b, j], targets[b, j]), and overwrites the gradient, when given, with
 * the derivative divided by batch · outputs; weights are of the samples [batch], undefined for 1.
 */

export interface LossSizes {
  readonly batch: number;
  readonly outputs: number;
}

/** (prediction − target)², times `factor`: 1, or ½ for a derivative of prediction − target. */
export function squaredErrorLoss(
  { batch, outputs }: LossSizes,
  factor: number,
  prediction: FloatArray,
  targets: FloatArray,
  weights: FloatArray | undefined,
  gradient: FloatArray | undefined,
): number {
  const count = batch * outputs;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const weight = weights === undefined ? 1 : weights[Math.floor(k / outputs)];
    const difference = prediction[k] - targets[k];
    sum += weight * difference * difference;
    if (gradient !== undefined) gradient[k] = (weight * 2 * factor * difference) / count;
  }
  return factor * sum;
}

/** |prediction − target|; the derivative at 0 is taken as 0. */
export function absoluteErrorLoss(
  { batch, outputs }: LossSizes,
  prediction: FloatArray,
  targets: FloatArray,
  weights: FloatArray | undefined,
  gradient: FloatArray | undefined,
): number {
  const count = batch * outputs;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const weight = weights === undefined ? 1 : weights[Math.floor(k / outputs)];
    const difference = prediction[k] - targets[k];
    sum += weight * Math.abs(difference);
    if (gradient !== undefined) gradient[k] = (weight * Math.sign(difference)) / count;
  }
  return sum;
}

/** ½ difference² up to `delta`, then delta · (|difference| − ½ delta). */
export function huberLoss(
  { batch, outputs }: LossSizes,
  delta: number,
  prediction: FloatArray,
  targets: FloatArray,
  weights: FloatArray | undefined,
  gradient: FloatArray | undefined,
): number {
  const count = batch * outputs;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const weight = weights === undefined ? 1 : weights[Math.floor(k / outputs)];
    const difference = prediction[k] - targets[k];
    const size = Math.abs(difference);
    sum += weight * (size <= delta ? 0.5 * difference * difference : delta * (size - 0.5 * delta));
    if (gradient !== undefined) {
      const slope = size <= delta ? difference : delta * Math.sign(difference);
      gradient[k] = (weight * slope) / count;
    }
  }
  return sum;
}

/** −t · ln σ(z) − (1 − t) · ln(1 − σ(z)) of logits z, as max(z, 0) − z · t + ln(1 + exp(−|z|)), which never overflows. */
export function logisticLoss(
  { batch, outputs }: LossSizes,
  logits: FloatArray,
  targets: FloatArray,
  weights: FloatArray | undefined,
  gradient: FloatArray | undefined,
): number {
  const count = batch * outputs;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const weight = weights === undefined ? 1 : weights[Math.floor(k / outputs)];
    const logit = logits[k];
    const small = Math.exp(-Math.abs(logit));
    sum += weight * (Math.max(logit, 0) - logit * targets[k] + Math.log1p(small));
    if (gradient !== undefined) {
      const probability = (logit >= 0 ? 1 : small) / (1 + small);
      gradient[k] = (weight * (probability - targets[k])) / count;
    }
  }
  return sum;
}

/** −t · ln p − (1 − t) · ln(1 − p) of probabilities, which are kept `margin` away from 0 and 1. */
export function binaryCrossEntropyLoss(
  { batch, outputs }: LossSizes,
  margin: number,
  probabilities: FloatArray,
  targets: FloatArray,
  weights: FloatArray | undefined,
  gradient: FloatArray | undefined,
): number {
  const count = batch * outputs;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const weight = weights === undefined ? 1 : weights[Math.floor(k / outputs)];
    const target = targets[k];
    const probability = Math.min(1 - margin, Math.max(margin, probabilities[k]));
    sum -= weight * (target * Math.log(probability) + (1 - target) * Math.log1p(-probability));
    if (gradient !== undefined) {
      gradient[k] = (weight * (probability - target)) / (probability * (1 - probability)) / count;
    }
  }
  return sum;
}

/** max(0, 1 − target · score) for targets −1 and 1. */
export function hingeLoss(
  { batch, outputs }: LossSizes,
  scores: FloatArray,
  targets: FloatArray,
  weights: FloatArray | undefined,
  gradient: FloatArray | undefined,
): number {
  const count = batch * outputs;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const weight = weights === undefined ? 1 : weights[Math.floor(k / outputs)];
    const missing = 1 - targets[k] * scores[k];
    if (missing > 0) sum += weight * missing;
    if (gradient !== undefined) gradient[k] = missing > 0 ? (-weight * targets[k]) / count : 0;
  }
  return sum;
}

/**
 * Σ over the wrong classes j of max(0, 1 + scores[b, j] − scores[b, labels[b]]). The gradient is divided by the batch.
 *
 * @param labels [batch]
 */
export function multiclassHingeLoss(
  { batch, outputs }: LossSizes,
  scores: FloatArray,
  labels: ArrayLike<number>,
  weights: FloatArray | undefined,
  gradient: FloatArray | undefined,
): number {
  let sum = 0;
  for (let b = 0; b < batch; b++) {
    const weight = weights === undefined ? 1 : weights[b];
    const start = b * outputs;
    const right = start + labels[b];
    let over = 0;
    for (let k = start; k < start + outputs; k++) {
      const missing = 1 + scores[k] - scores[right];
      const isOver = k !== right && missing > 0;
      if (isOver) {
        sum += weight * missing;
        over++;
      }
      if (gradient !== undefined) gradient[k] = isOver ? weight / batch : 0;
    }
    if (gradient !== undefined) gradient[right] = (-weight * over) / batch;
  }
  return sum;
}
