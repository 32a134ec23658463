/** More than `limit`, and by more than rounding: 0.98 − 0.97 is 0.010000000000000009 and no more than 0.01. */
export function isAbove(value: number, limit: number): boolean {
  return value > limit + 1e-9;
}
