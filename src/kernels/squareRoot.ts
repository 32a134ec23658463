import { countLeadingZeros, type i32, shiftLeft, shiftRight } from "./int.js";

/**
 * The square root of high · 2^bits + low, to nearest; what is nearest to 2^16 and below 2^32 gives 65535.
 *
 *   high  0..2^31 − 1
 *   low   0..2^bits − 1
 *   bits  even
 *
 * Two bits of the number give one of the root. Source: microfrontend/lib/filterbank.c Sqrt32, Sqrt64.
 */
export function squareRoot(high: i32, low: i32, bits: i32): i32 {
  let root: i32 = 0;
  let rest: i32 = 0;
  const highBits: i32 = (33 - countLeadingZeros(high)) & 62;
  for (let taken: i32 = 2; taken <= highBits; taken += 2) {
    rest = shiftLeft(rest, 2) + (shiftRight(high, highBits - taken) & 3);
    const trial: i32 = 4 * root + 1;
    root = 2 * root;
    if (rest >= trial) {
      rest -= trial;
      root++;
    }
  }
  for (let taken: i32 = 2; taken <= bits; taken += 2) {
    rest = shiftLeft(rest, 2) + (shiftRight(low, bits - taken) & 3);
    const trial: i32 = 4 * root + 1;
    root = 2 * root;
    if (rest >= trial) {
      rest -= trial;
      root++;
    }
  }
  return rest > root && root !== 65535 ? root + 1 : root;
}
