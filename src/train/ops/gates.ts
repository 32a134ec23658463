/*
 * sigmoid and tanh of recurrent layers. They are most of a small layer's time, so they are made of operations that vectors of
 * two doubles have too: the engine's twins compute the same bits, which Math.exp and Math.tanh leave to each JavaScript.
 */

const log2OfE = Math.LOG2E;
/** ln 2 in two parts, the first with 21 zero bits at its end: k times it is exact. */
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/** Beyond it exp(−y) is 0 in everything that is made of it. */
const farthest = 708;

/** 2^−k; halves are exact. */
const powers = new Float64Array(1024);
for (let k = 0, power = 1; k < powers.length; k++, power /= 2) powers[k] = power;

/**
 * exp(−y) for y of 0 and more, to about 2e-16 of it: 2^−k · exp(k ln 2 − y), the rest a Taylor series up to its 12th power.
 */
function decay(y: number): number {
  const limited = Math.min(y, farthest);
  const k = Math.floor(limited * log2OfE + 0.5);
  const x = k * ln2High - limited + k * ln2Low;
  let sum = (1 / 479001600) * x + 1 / 39916800;
  sum = sum * x + 1 / 3628800;
  sum = sum * x + 1 / 362880;
  sum = sum * x + 1 / 40320;
  sum = sum * x + 1 / 5040;
  sum = sum * x + 1 / 720;
  sum = sum * x + 1 / 120;
  sum = sum * x + 1 / 24;
  sum = sum * x + 1 / 6;
  sum = sum * x + 0.5;
  sum = sum * x + 1;
  sum = sum * x + 1;
  return sum * powers[k];
}

/** 1 / (1 + exp(−x)), in double. */
export function sigmoidOf(x: number): number {
  const small = decay(Math.abs(x));
  return (x >= 0 ? 1 : small) / (1 + small);
}

/** tanh(x), in double, to about 1e-16: (1 − exp(−2 |x|)) / (1 + exp(−2 |x|)) with the sign of x. */
export function tanhOf(x: number): number {
  const small = decay(2 * Math.abs(x));
  const magnitude = (1 - small) / (1 + small);
  return x < 0 ? -magnitude : magnitude;
}
