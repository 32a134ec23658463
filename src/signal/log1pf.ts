const f = Math.fround;
const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

function bitsOf(x: number): number {
  float[0] = x;
  return bits[0]!;
}

function ofBits(word: number): number {
  bits[0] = word;
  return float[0]!;
}

const ln2High = f(6.9313812256e-1);
const ln2Low = f(9.0580006145e-6);
/** Of z^7 down to z. */
const coefficients = [
  1.479819864e-1, 1.5313838422e-1, 1.818357259e-1, 2.2222198546e-1, 2.8571429849e-1, 4.0000000596e-1,
  6.6666668653e-1,
].map(f);

/**
 * log(1 + x) in float32, bit for bit what glibc before 2.41 and newlib give: mel bands are made with it, and two of a
 * usual filter bank's weights would be others with a logarithm that is rounded right.
 *
 * @param x 0..2^16
 * Source: the algorithm of fdlibm's s_log1pf.c: 1 + x = 2^k · (1 + y) with √2/2 < 1 + y < √2, and a polynomial in
 * (y / (2 + y))².
 */
export function log1pf(x: number): number {
  if (x < 2 ** -29) return x < 2 ** -25 ? x : f(x - f(f(x * x) * 0.5));
  let [k, y, isSmall, correction] = [0, x, false, 0];
  // where x itself is below √2 − 1 as fdlibm compares it, by the bits of the numbers
  if (bitsOf(x) >= 0x3ed413d7) {
    const u = f(1 + x);
    const word = bitsOf(u);
    k = (word >> 23) - 127;
    correction = f((k > 0 ? f(1 - f(u - x)) : f(x - f(u - 1))) / u);
    const fraction = word & 0x7fffff;
    if (fraction < 0x3504f7) {
      y = f(ofBits(fraction | 0x3f800000) - 1);
      isSmall = fraction === 0;
    } else {
      k++;
      y = f(ofBits(fraction | 0x3f000000) - 1);
      isSmall = (0x800000 - fraction) >> 2 === 0;
    }
  }
  const high = f(k * ln2High);
  const low = f(f(k * ln2Low) + correction);
  const half = f(f(0.5 * y) * y);
  if (isSmall) {
    if (y === 0) return f(high + low);
    const rest = f(half * f(1 - f(f(2 / 3) * y)));
    return k === 0 ? f(y - rest) : f(high - f(f(rest - low) - y));
  }
  const s = f(y / f(2 + y));
  const z = f(s * s);
  const polynomial = coefficients.reduce((sum, c) => f(c + f(z * sum)), 0);
  const product = f(s * f(half + f(z * polynomial)));
  return k === 0 ? f(y - f(half - product)) : f(high - f(f(half - f(product + low)) - y));
}
