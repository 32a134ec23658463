/** ST's set of metrics; null where one is not defined for the data (a division by zero, a single value). */
export interface Metrics {
  /** Share of samples with argmax(r) = argmax(p), the first maximum counting; null for outputs of one element. */
  readonly acc: number | null;
  /** √(mean((r − p)²)) */
  readonly rmse: number;
  /** mean(|r − p|) */
  readonly mae: number;
  /** ‖r − p‖ / ‖p‖: relative to the prediction, not to the reference. */
  readonly l2r: number | null;
  /** mean(r − p) */
  readonly mean: number;
  /** Standard deviation of r − p, divided by count − 1. */
  readonly std: number | null;
  /** Nash–Sutcliffe efficiency: 1 − mean((r − p)²) / variance(r), the variance divided by count − 1. */
  readonly nse: number | null;
  /** r·p / (‖r‖‖p‖) */
  readonly cos: number | null;
}

/**
 * Compares predictions with a reference over all samples and elements.
 *
 *   reference, predicted  real numbers, [samples][elements]: int8 outputs are dequantized first
 *
 * Source: the evaluation report of ST Edge AI Core, its columns as its documentation defines them; unlike there,
 * nothing is added to denominators and nothing is snapped to 1.
 */
export function computeMetrics(
  reference: readonly ArrayLike<number>[],
  predicted: readonly ArrayLike<number>[],
): Metrics {
  const r = reference.flatMap((sample) => Array.from(sample));
  const p = predicted.flatMap((sample) => Array.from(sample));
  if (reference.length !== predicted.length || r.length !== p.length || r.length === 0) {
    throw new Error(
      `${r.length} reference values in ${reference.length} samples, ${p.length} in ${predicted.length}`,
    );
  }
  const errors = r.map((value, i) => value - p[i]);
  const meanSquaredError = dot(errors, errors) / errors.length;
  const agreeing = reference.filter((sample, i) => argmax(sample) === argmax(predicted[i])).length;
  return {
    acc: reference[0].length > 1 ? agreeing / reference.length : null,
    rmse: Math.sqrt(meanSquaredError),
    mae: errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length,
    l2r: ratio(norm(errors), norm(p)),
    mean: mean(errors),
    std: errors.length > 1 ? Math.sqrt(variance(errors)) : null,
    nse: r.length > 1 ? complement(ratio(meanSquaredError, variance(r))) : null,
    cos: ratio(dot(r, p), norm(r) * norm(p)),
  };
}

/** Index of the largest value; of equal ones the first. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const center = mean(values);
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function norm(values: readonly number[]): number {
  return Math.sqrt(dot(values, values));
}

function ratio(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}

function complement(value: number | null): number | null {
  return value === null ? null : 1 - value;
}
