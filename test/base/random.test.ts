import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { userError } from "../train/userError.js";

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);

/** Expected values are NumPy 1.24's after numpy.random.seed(…). */
describe("Random", () => {
  it("gives NumPy's random() bit for bit", () => {
    const random = new Random(1);
    expect(draw(4, () => random.uniform())).toEqual([
      0.417022004702574, 0.7203244934421581, 0.00011437481734488664, 0.30233257263183977,
    ]);
  });

  it("stays equal over the first thousand values", () => {
    const random = new Random(1);
    const values = draw(1000, () => random.uniform());
    expect(values.slice(-2)).toEqual([0.32596720730898587, 0.7744772660150796]);
  });

  it("takes the largest 32-bit seed", () => {
    const random = new Random(4294967295);
    expect(draw(3, () => random.uniform())).toEqual([
      0.0976320289940138, 0.9123828453026218, 0.78903530185164,
    ]);
  });

  it("gives NumPy's randn(), cached second values too", () => {
    const random = new Random(0);
    // 1e-15 relative: two logarithms may differ in the last bit
    for (const expected of [
      1.764052345967664, 0.4001572083672233, 0.9787379841057392, 2.2408931992014578, 1.8675579901499675,
      -0.977277879876411,
    ]) {
      expect(Math.abs(random.normal() / expected - 1)).toBeLessThan(1e-15);
    }
  });

  it("gives NumPy's permutation() and randint()", () => {
    expect([...new Random(1).permutation(10)]).toEqual([2, 9, 6, 4, 0, 3, 1, 7, 8, 5]);
    const small = new Random(1);
    expect(draw(8, () => small.integer(100))).toEqual([37, 12, 72, 9, 75, 5, 79, 64]);
    const large = new Random(0);
    expect(draw(10, () => large.integer(60000))).toEqual([
      2732, 43567, 42613, 52416, 45891, 21243, 30403, 32103, 41993, 57043,
    ]);
  });

  it("draws nothing where there is nothing to choose", () => {
    const random = new Random(1);
    expect(random.integer(1)).toBe(0);
    expect(random.uniform()).toBe(0.417022004702574);
  });

  it("continues from a saved state as if it had never stopped", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.integer({ min: 0, max: 1300 }),
        (seed, steps) => {
          const random = new Random(seed);
          for (let step = 0; step < steps; step++) random.normal();
          const resumed = Random.fromState(JSON.parse(JSON.stringify(random.state())));
          const next = (from: Random) => [from.normal(), from.normal(), from.uniform(), from.integer(1000)];
          expect(next(resumed)).toEqual(next(random));
        },
      ),
      { seed: 1, numRuns: 30 },
    );
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN])("refuses seed %s", (seed) => {
    expect(() => new Random(seed)).toThrow(userError(`seed must be an integer 0..4294967295, found ${seed}`));
  });

  it("refuses a state that is not MT19937's", () => {
    expect(() => Random.fromState({ words: [1, 2], position: 0 })).toThrow(
      userError("random state must have 624 words of 32 bits, found 2"),
    );
    expect(() => Random.fromState({ ...new Random(0).state(), position: 625 })).toThrow(
      userError("random state's position must be an integer 0..624, found 625"),
    );
  });
});
