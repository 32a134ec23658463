import { UserError } from "../../base/errors.js";
import type { Parameter } from "../layers/layer.js";
import type { Ops } from "../ops/index.js";

/**
 * How large gradients may be: `norm` limits the length of all of them taken as one vector, keeping its direction;
 * `value` cuts each derivative to ±value.
 *
 * Source: Pascanu, Mikolov and Bengio 2013, ICML, algorithm 1 (norm); Mikolov 2012, PhD thesis, §3.2.2 (value).
 */
export type GradientLimit = { readonly norm: number } | { readonly value: number };

/** @throws UserError unless the limit is a number above 0 */
export function checkLimit(limit: GradientLimit): void {
  const [[name, value]] = Object.entries(limit);
  if (!(Number.isFinite(value) && value > 0)) {
    throw new UserError(`clipGradients.${name} must be a number above 0, found ${value}`);
  }
}

export function limitGradients(parameters: readonly Parameter[], limit: GradientLimit, ops: Ops): void {
  if ("value" in limit) {
    for (const { gradient } of parameters) ops.clampValues(limit.value, gradient.data);
    return;
  }
  const norm = Math.sqrt(parameters.reduce((sum, { gradient }) => sum + ops.sumOfSquares(gradient.data), 0));
  if (!(norm > limit.norm)) return;
  for (const { gradient } of parameters) ops.scaleValues(limit.norm / norm, gradient.data);
}
