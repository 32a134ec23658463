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
 * Gives every activation a place so that those alive at the same time do not overlap: largest first, each at the
 * lowest free offset (greedy by size).
 *
 * Source: Pisarchyk and Lee 2020, arXiv:2001.03288 §5.2.
 */
export function planArena(lifetimes: readonly Lifetime[]): ArenaPlan {
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
  const lastCall = Math.max(0, ...lifetimes.map((lifetime) => lifetime.lastCall));
  let lowerBoundBytes = 0;
  for (let call = 0; call <= lastCall; call++) {
    const alive = lifetimes.filter((lifetime) => lifetime.firstCall <= call && call <= lifetime.lastCall);
    lowerBoundBytes = Math.max(
      lowerBoundBytes,
      alive.reduce((sum, lifetime) => sum + aligned(lifetime.bytes), 0),
    );
  }
  const bytes = Math.max(0, ...lifetimes.map((lifetime, index) => aligned(offsets[index]! + lifetime.bytes)));
  return { offsets, bytes, lowerBoundBytes };
}
