export const INT32_MIN = -(2 ** 31);
export const INT32_MAX = 2 ** 31 - 1;

/** Every power of two and its neighbours, both signs, and the ends. */
export const edges: number[] = [
  ...new Set(
    [0, INT32_MIN, INT32_MAX, 1515870810, -1010580540, 1672461947].concat(
      Array.from({ length: 31 }, (_, k) => [2 ** k - 1, 2 ** k, 2 ** k + 1, 3 * 2 ** (k - 1)]).flat(),
    ),
  ),
]
  .flatMap((x) => [x, -x])
  .filter((x) => (x | 0) === x);

/** Every one of a with every one of b. */
export function pairs(a: readonly number[], b: readonly number[]): number[][] {
  return a.flatMap((x) => b.map((y) => [x, y]));
}
