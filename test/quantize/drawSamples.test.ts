import { expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { drawSamples } from "../../src/quantize/drawSamples.js";

function permuted({ shape, data, dtype }: Tensor, seed: number): Tensor {
  const size = data.length / shape[0];
  const copy = Tensor.zeros(shape, dtype);
  new Random(seed).permutation(shape[0]).forEach((from, to) => {
    copy.data.set(data.subarray(from * size, (from + 1) * size), to * size);
  });
  return copy;
}

const rowsOf = ({ shape, data }: Tensor): string[] =>
  Array.from({ length: shape[0] }, (_, row) =>
    [...data.subarray((row * data.length) / shape[0], ((row + 1) * data.length) / shape[0])].join(" "),
  );

/** 3000 rows of two values, the first ascending; each stands for itself. */
const ascending = Tensor.from(
  [3000, 2],
  Array.from({ length: 6000 }, (_, index) => (index % 2 === 0 ? index / 2 : 0.25)),
);

it("gives all samples as they are where there are no more than asked for", () => {
  expect(drawSamples(ascending, 3000, 1)).toBe(ascending);
  expect(drawSamples(ascending, 5000, 1)).toBe(ascending);
});

it.each(["float32", "float64"] as const)("draws the same %s samples from any order of them", (dtype) => {
  const samples = Tensor.from(ascending.shape, [...ascending.data], dtype);
  const drawn = rowsOf(drawSamples(samples, 1000, 7)).sort();
  expect(drawn.length).toBe(1000);
  expect(new Set(drawn).size).toBe(1000);
  for (const seed of [1, 2, 3]) {
    expect(rowsOf(drawSamples(permuted(samples, seed), 1000, 7)).sort()).toEqual(drawn);
  }
});

it("draws others for another seed, in proportion from all parts", () => {
  const [drawn, others] = [1, 2].map((seed) => drawSamples(ascending, 1000, seed));
  expect(rowsOf(drawn)).not.toEqual(rowsOf(others));
  for (const { data } of [drawn, others]) {
    const fromFirstThird = data.filter((value, index) => index % 2 === 0 && value < 1000).length;
    // hypergeometric: 333 expected, deviation 12
    expect(Math.abs(fromFirstThird - 333)).toBeLessThan(5 * 12);
  }
});

it("draws equal samples as often as others, not all or none of them", () => {
  const half = Tensor.from(
    [2000, 1],
    Array.from({ length: 2000 }, (_, index) => (index < 1000 ? 0 : index)),
  );
  for (const seed of [1, 2, 3, 4]) {
    const zeros = drawSamples(half, 500, seed).data.filter((value) => value === 0).length;
    // hypergeometric: 250 expected, deviation 9.7
    expect(Math.abs(zeros - 250)).toBeLessThan(5 * 9.7);
  }
});
