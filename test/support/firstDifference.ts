/** Where two arrays part; null when they are equal. For arrays of which vitest's own comparison would take seconds. */
export function firstDifference(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
): { index: number; found: number | undefined; expected: number | undefined } | null {
  for (let index = 0; index < Math.max(found.length, expected.length); index++) {
    if (found[index] !== expected[index]) return { index, found: found[index], expected: expected[index] };
  }
  return null;
}
