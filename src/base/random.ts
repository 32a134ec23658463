import MersenneTwister from "mersenne-twister";
import { UserError } from "./errors.js";

/** All that decides the numbers to come; plain JSON. */
export interface RandomState {
  /** MT19937's 624 words. */
  readonly words: readonly number[];
  /** How many of the words are used up: 0..624. */
  readonly position: number;
  /** The second value of the latest pair of normals, when it was not yet given out. */
  readonly cachedNormal?: number;
}

/** The package's own fields, which its type declarations leave out. */
interface TwisterFields {
  mt: number[];
  mti: number;
}

const wordCount = 624;

/**
 * Random numbers by MT19937, equal to NumPy's legacy generator (`numpy.random.seed(seed)`) value by value:
 * `uniform` is `random()`, `normal` is `randn()` (to the last bit but for the platform's logarithm), `permutation`
 * is `permutation()`, `integer` is `randint()`.
 *
 * Source: Matsumoto and Nishimura 1998, ACM TOMACS 8(1), init_genrand of 2002-01-26; NumPy's legacy-distributions.c.
 */
export class Random {
  private readonly twister: MersenneTwister;
  private cachedNormal: number | undefined;

  /** @param seed integer 0..2³²−1 */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new UserError(`seed must be an integer 0..4294967295, found ${seed}`);
    }
    this.twister = new MersenneTwister(seed);
  }

  static fromState(state: RandomState): Random {
    const random = new Random(0);
    random.restore(state);
    return random;
  }

  /** Goes on from a `state`, for all who hold this object. */
  restore(state: RandomState): void {
    const { words, position, cachedNormal } = state;
    const isWord = (word: number) => Number.isInteger(word) && word >= 0 && word <= 0xffffffff;
    if (words.length !== wordCount || !words.every(isWord)) {
      throw new UserError(
        `random state must have ${wordCount} words of 32 bits, found ${words.filter(isWord).length}`,
      );
    }
    if (!Number.isInteger(position) || position < 0 || position > wordCount) {
      throw new UserError(`random state's position must be an integer 0..${wordCount}, found ${position}`);
    }
    const fields = this.twister as unknown as TwisterFields;
    fields.mt = [...words];
    fields.mti = position;
    this.cachedNormal = cachedNormal;
  }

  state(): RandomState {
    const { mt, mti } = this.twister as unknown as TwisterFields;
    const state = { words: mt.map((word) => word >>> 0), position: mti }; // the package keeps some words signed
    return this.cachedNormal === undefined ? state : { ...state, cachedNormal: this.cachedNormal };
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return this.twister.random_long();
  }

  /** Standard normal, by Marsaglia's polar method: two values a pass, the second kept for the next call. */
  normal(): number {
    if (this.cachedNormal !== undefined) {
      const value = this.cachedNormal;
      this.cachedNormal = undefined;
      return value;
    }
    let x1: number;
    let x2: number;
    let square: number;
    do {
      x1 = 2 * this.uniform() - 1;
      x2 = 2 * this.uniform() - 1;
      square = x1 * x1 + x2 * x2;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    this.cachedNormal = factor * x1;
    return factor * x2;
  }

  /** Uniform integer in 0..limit − 1, by rejection under the smallest covering bit mask. limit is 1..2³². */
  integer(limit: number): number {
    const max = limit - 1;
    if (max === 0) return 0; // NumPy draws nothing here
    const mask = 0xffffffff >>> Math.clz32(max);
    let value: number;
    do {
      value = (this.twister.random_int() & mask) >>> 0;
    } while (value > max);
    return value;
  }

  /** Fisher and Yates from the end, in place. */
  shuffle(values: Int32Array): void {
    for (let last = values.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const value = values[last];
      values[last] = values[other];
      values[other] = value;
    }
  }

  /** 0..count − 1 in random order. */
  permutation(count: number): Int32Array {
    const values = Int32Array.from({ length: count }, (_, index) => index);
    this.shuffle(values);
    return values;
  }
}
