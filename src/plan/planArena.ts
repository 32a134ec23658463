import { ArenaRules, aligned, type Lifetime, type Overlap } from "./arenaRules.js";

export interface ArenaPlan {
  /** Byte offset of each lifetime, in the order given; multiples of 4. */
  readonly offsets: readonly number[];
  readonly bytes: number;
  /** The largest that the activations at one call take together: no plan can take less. */
  readonly lowerBoundBytes: number;
  /** The call at which they do. */
  readonly peakCall: number;
}

/** Orders are shuffled so many times, fewer for many lifetimes: the work grows with their square. */
const searchSteps = 1500;
const searchWork = 2_000_000;

/**
 * Places in the given order, each where the arena grows least: touching one that is there with it, or at either end.
 *
 * Source: the greedy family of Pisarchyk and Lee 2020, arXiv:2001.03288 §5, with offsets below 0 allowed.
 */
function placeInOrder(rules: ArenaRules, order: readonly number[]): number[] {
  const offsets: (number | undefined)[] = rules.lifetimes.map(() => undefined);
  let [start, end] = [0, 0];
  for (const index of order) {
    const bytes = aligned(rules.lifetimes[index]!.bytes);
    const placed = rules.neighbours[index]!.filter((other) => offsets[other] !== undefined);
    const candidates = [start, end - bytes];
    for (const other of placed) candidates.push(...rules.touching(index, other, offsets[other]!));
    let [best, bestGrowth] = [end, Number.POSITIVE_INFINITY];
    // from the arena's start upwards, then what lies before it
    const preferred = candidates.sort((a, b) => Number(a < start) - Number(b < start) || a - b);
    for (const offset of preferred) {
      const growth = Math.max(0, offset + bytes - end) + Math.max(0, start - offset);
      if (growth >= bestGrowth) continue;
      if (placed.every((other) => rules.mayShare(index, offset, other, offsets[other]!))) {
        [best, bestGrowth] = [offset, growth];
      }
    }
    offsets[index] = best;
    [start, end] = [Math.min(start, best), Math.max(end, best + bytes)];
  }
  return offsets.map((offset) => offset! - start);
}

/** Two places of an order exchanged, drawn by a generator of its own: equal networks get equal plans. */
function exchange(order: readonly number[], step: number): number[] {
  const draw = (salt: number): number => {
    // the last two lines of MurmurHash3's finalizer: neighbouring steps draw unlike numbers
    let hash = Math.imul(step * 2 + salt + 1, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) % order.length;
  };
  const [a, b] = [draw(0), draw(1)];
  const next = [...order];
  [next[a], next[b]] = [next[b]!, next[a]!];
  return next;
}

/**
 * Gives every activation a place so that those alive at the same time do not overlap, but where a kernel allows it: the
 * best of several greedy orders and, while the bound is not reached, of a search that exchanges their places.
 */
export function planArena(lifetimes: readonly Lifetime[], overlaps: readonly Overlap[] = []): ArenaPlan {
  const rules = new ArenaRules(lifetimes, overlaps);
  const bounds = rules.lowerBounds();
  const lowerBoundBytes = Math.max(0, ...bounds);
  const peakCall = bounds.indexOf(lowerBoundBytes);
  const end = (offsets: readonly number[]): number =>
    Math.max(0, ...lifetimes.map(({ bytes }, index) => offsets[index]! + aligned(bytes)));

  const sortedBy = (...keys: ((lifetime: Lifetime) => number)[]): number[] =>
    lifetimes
      .map((_, index) => index)
      .sort((a, b) => {
        const [key] = keys.filter((one) => one(lifetimes[a]!) !== one(lifetimes[b]!));
        return key ? key(lifetimes[a]!) - key(lifetimes[b]!) : a - b;
      });
  const { firstCall, lastCall, bytes, duration } = {
    firstCall: (one: Lifetime) => one.firstCall,
    lastCall: (one: Lifetime) => -one.lastCall,
    bytes: (one: Lifetime) => -one.bytes,
    duration: (one: Lifetime) => one.firstCall - one.lastCall,
  };
  const inTime = sortedBy(firstCall);
  const orders = [
    sortedBy(bytes, firstCall),
    sortedBy(lastCall, bytes),
    sortedBy(duration, bytes),
    sortedBy(firstCall, bytes),
  ];
  let [bestOrder, best]: [readonly number[], number[]] = [inTime, placeInOrder(rules, inTime)];
  const consider = (order: readonly number[], offsets: number[] | undefined): void => {
    // an equal one is a step aside, from which a better one may be near
    if (offsets && end(offsets) <= end(best)) [bestOrder, best] = [order, offsets];
  };
  for (const order of orders) {
    if (end(best) > lowerBoundBytes) consider(order, placeInOrder(rules, order));
  }
  const steps = Math.min(searchSteps, Math.floor(searchWork / Math.max(1, lifetimes.length ** 2)));
  for (let step = 0; step < steps && end(best) > lowerBoundBytes; step++) {
    const order = exchange(bestOrder, step);
    consider(order, placeInOrder(rules, order));
  }
  return { offsets: best, bytes: end(best), lowerBoundBytes, peakCall };
}
