/** What is meant to stay in the first cache of a core while it is used: of 32 KB, the least that is common. */
const cacheBytes = 24_576;

/**
 * How many runs of a sum over many positions to go through at a time, so that both factors' rows are read once from
 * afar: every position costs a row of `a` and a line of `b`.
 *
 * @param rows sums side by side, which read one position's elements of `a`
 */
export function runBlockOf(depthOuter: number, depthInner: number, rows: number): number {
  const positions = cacheBytes / (4 * rows + 64);
  return Math.min(depthOuter, Math.max(1, Math.round(positions / depthInner)));
}

/**
 * How many rows of `a` to multiply by all of `b` at a time: as many as stay in the cache, when `b` stays there too.
 *
 * @param rowBytes of `a`
 * @param bBytes all of `b`
 */
export function rowBlockOf(rows: number, rowBytes: number, bBytes: number): number {
  if (bBytes > 2 * cacheBytes) return rows;
  return Math.min(rows, Math.max(4, 4 * Math.round(cacheBytes / rowBytes / 4)));
}

/** The longest run of at most 64 that a sum over `depth` can be cut into evenly. */
export function evenRun(depth: number): number {
  for (let length = Math.min(depth, 64); length > 8; length--) {
    if (depth % length === 0) return length;
  }
  return depth;
}
