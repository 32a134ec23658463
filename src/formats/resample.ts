/** Zero crossings of the filter on either side, at the lower of both rates. */
const crossings = 24;
/** Of the Kaiser window: side lobes 90 dB below. */
const beta = 9;

/**
 * Samples at another rate: a sinc under a Kaiser window, flat up to 0.8 of the lower rate's half.
 * What lies a quarter above that half is 70 dB down or more. Before the first sample and after the last there is silence.
 *
 * @param samples of one channel
 * @param from, to samples a second: whole numbers
 * @returns ⌈samples · to / from⌉ samples, each rounded and clamped to int16
 * Source: Smith, "Digital Audio Resampling Home Page", §"Theory of Ideal Bandlimited Interpolation"; Kaiser 1974.
 */
export function resample(samples: Int16Array, from: number, to: number): Int16Array {
  if (from === to) return samples.slice();
  const common = divisor(from, to);
  const [step, phases] = [from / common, to / common];
  const cutoff = Math.min(1, to / from) * 0.95;
  const reach = Math.ceil((crossings * Math.max(from, to)) / to);
  const filters = new Array<Float64Array | undefined>(phases);
  const output = new Int16Array(Math.ceil((samples.length * to) / from));
  for (let i = 0; i < output.length; i++) {
    const phase = (i * step) % phases;
    filters[phase] ??= filterAt(phase / phases, cutoff, reach);
    const filter = filters[phase];
    const first = Math.floor((i * step) / phases) - reach + 1;
    let sum = 0;
    for (let k = Math.max(0, -first); k < filter.length && first + k < samples.length; k++) {
      sum += filter[k]! * samples[first + k]!;
    }
    output[i] = Math.min(32767, Math.max(-32768, Math.floor(sum + 0.5)));
  }
  return output;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** Weights of the samples −reach + 1 … reach for a place `part` behind sample 0; their sum is 1. */
function filterAt(part: number, cutoff: number, reach: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * reach }, (_, k) => {
    const x = k - reach + 1 - part;
    const angle = Math.PI * cutoff * x;
    const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
    return sinc * kaiser(x / reach);
  });
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => weight / sum);
}

function kaiser(place: number): number {
  return Math.abs(place) >= 1 ? 0 : bessel(beta * Math.sqrt(1 - place * place)) / bessel(beta);
}

/** The modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
