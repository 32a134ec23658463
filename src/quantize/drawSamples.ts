import { elementCount, Tensor } from "../base/tensor.js";

/**
 * Draws samples by what they hold: the same seed draws the same samples from every order of them. All of them, as they
 * stand, where there are no more than `count`.
 *
 * Each sample gets a number from its bytes, from how many equals came before it, and from the seed; those with the
 * smallest numbers are taken. So every sample has the same chance, and a value that occurs often is drawn often.
 *
 * @param samples [samples, …shape]
 * @returns [count or all, …shape], in the order in which they stand
 */
export function drawSamples(samples: Tensor, count: number, seed: number): Tensor {
  const [total, ...shape] = samples.shape;
  if (total <= count) return samples;
  const size = elementCount(shape);
  const drawn = Tensor.zeros([count, ...shape], samples.dtype);
  for (const [row, place] of drawPlaces(samples, count, seed).entries()) {
    drawn.data.set(samples.data.subarray(place * size, (place + 1) * size), row * size);
  }
  return drawn;
}

/** Where the samples stand that {@link drawSamples} takes, ascending. */
export function drawPlaces(samples: Tensor, count: number, seed: number): Int32Array {
  const places = scoreSamples(samples, elementCount(samples.shape.slice(1)), seed)
    .map((score, place) => ({ score, place }))
    .sort((a, b) => a.score - b.score)
    .slice(0, count)
    .map(({ place }) => place);
  return Int32Array.from(places).sort();
}

const wordsOf = ({ buffer, byteOffset, byteLength }: Tensor["data"]): Uint32Array =>
  new Uint32Array(buffer, byteOffset, byteLength / 4);

/** A number below 2^53 for each sample. */
function scoreSamples({ data, shape }: Tensor, size: number, seed: number): number[] {
  const wordsPerValue = data.BYTES_PER_ELEMENT / 4;
  const words = wordsOf(data);
  const seen = new Map<number, number>();
  return Array.from({ length: shape[0] }, (_, place) => {
    const [high, low] = hashWords(words, place * size * wordsPerValue, size * wordsPerValue);
    const values = joined(high, low);
    const equalsBefore = seen.get(values) ?? 0;
    seen.set(values, equalsBefore + 1);
    return joined(...hashWords([high, low, equalsBefore, seed], 0, 4));
  });
}

/** The first 53 of 64 bits as an integer. */
const joined = (high: number, low: number): number => (high >>> 0) * 2 ** 21 + (low >>> 11);

/** Two hashes of 32 bits. Source: Appleby, MurmurHash3_x86_32, its mixing steps with two seeds. */
function hashWords(words: ArrayLike<number>, start: number, count: number): [high: number, low: number] {
  let [high, low] = [0x9747b28c, 0x2f6a1d5b];
  for (let i = start; i < start + count; i++) {
    let word = Math.imul(words[i], 0xcc9e2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    high ^= word;
    high = (Math.imul((high << 13) | (high >>> 19), 5) + 0xe6546b64) | 0;
    low ^= Math.imul(word, 0x85ebca6b) ^ (word >>> 16);
    low = (Math.imul((low << 17) | (low >>> 15), 9) + 0x7ed55d16) | 0;
  }
  return [finish(high ^ count), finish(low ^ count)];
}

function finish(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
