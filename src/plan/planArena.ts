/** An activation that must lie in the arena from call `firstCall` to call `lastCall`, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly firstCall: number;
  readonly lastCall: number;
}

export interface ArenaPlan {
  /** Byte offset of each lifetime, in the order given; multiples of `alignment`. */
  readonly offsets: readonly number[];
  readonly bytes: number;
  /** The largest sum of (aligned) bytes alive at one call: no plan can take less. */
  readonly lowerBoundBytes: number;
}

/** Slots start at multiples of this, so that kernels may read words. */
const alignment = 4;

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function overlapInTime(a: Lifetime, b: Lifetime): boolean {
  return a.firstCall <= b.lastCall && b.firstCall <= a.lastCall;
}

/**
 * Largest first, each at the lowest free offset (greedy by size).
 *
 * Source: Pisarchyk and Lee 2020, arXiv:2001.03288 §5.2.
 */
function placeLargestFirst(lifetimes: readonly Lifetime[]): number[] {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const bySize = lifetimes
    .map((_, index) => index)
    .sort((a, b) => lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b);
  const placed: number[] = [];
  for (const index of bySize) {
    const lifetime = lifetimes[index]!;
    const neighbours = placed
      .filter((other) => overlapInTime(lifetime, lifetimes[other]!))
      .sort((a, b) => offsets[a]! - offsets[b]!);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + lifetime.bytes <= offsets[other]!) break;
      offset = Math.max(offset, aligned(offsets[other]! + lifetimes[other]!.bytes));
    }
    offsets[index] = offset;
    placed.push(index);
  }
  return offsets;
}

/**
 * In the order of their calls by turns at the arena's start and at its end: right for chains, where only neighbours
 * are alive together, and greedy by size may miss the bound. undefined where two would overlap.
 */
function placeByTurns(lifetimes: readonly Lifetime[], arenaBytes: number): number[] | undefined {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const inTime = lifetimes
    .map((_, index) => index)
    .sort((a, b) => lifetimes[a]!.firstCall - lifetimes[b]!.firstCall || a - b);
  for (const [turn, index] of inTime.entries()) {
    const lifetime = lifetimes[index]!;
    offsets[index] = turn % 2 === 0 ? 0 : arenaBytes - aligned(lifetime.bytes);
    const overlaps = inTime.slice(0, turn).some((other) => {
      const [start, otherStart] = [offsets[index]!, offsets[other]!];
      return (
        overlapInTime(lifetime, lifetimes[other]!) &&
        start < otherStart + lifetimes[other]!.bytes &&
        otherStart < start + lifetime.bytes
      );
    });
    if (overlaps) return undefined;
  }
  return offsets;
}

/** Gives every activation a place so that those alive at the same time do not overlap. */
export function planArena(lifetimes: readonly Lifetime[]): ArenaPlan {
  const lastCall = Math.max(0, ...lifetimes.map((lifetime) => lifetime.lastCall));
  let lowerBoundBytes = 0;
  for (let call = 0; call <= lastCall; call++) {
    const alive = lifetimes.filter((lifetime) => lifetime.firstCall <= call && call <= lifetime.lastCall);
    lowerBoundBytes = Math.max(
      lowerBoundBytes,
      alive.reduce((sum, lifetime) => sum + aligned(lifetime.bytes), 0),
    );
  }
  const end = (offsets: readonly number[]): number =>
    Math.max(0, ...lifetimes.map((lifetime, index) => aligned(offsets[index]! + lifetime.bytes)));
  const greedy = placeLargestFirst(lifetimes);
  const offsets =
    end(greedy) === lowerBoundBytes ? greedy : (placeByTurns(lifetimes, lowerBoundBytes) ?? greedy);
  return { offsets, bytes: end(offsets), lowerBoundBytes };
}
