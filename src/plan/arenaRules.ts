/** An activation that must lie in the arena from call `firstCall` to call `lastCall`, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly firstCall: number;
  readonly lastCall: number;
}

/**
 * An output that may lie in an input's memory, both by their place among the lifetimes. The input is not read after the
 * call, the output not written before.
 */
export interface Overlap {
  readonly input: number;
  readonly output: number;
  /**
   * The output may start at the input's start less so many bytes, or anywhere below; undefined where it may start only
   * at the same byte. Negative where it may start behind the input's start.
   */
  readonly distance?: number | undefined;
}

/** Slots start at multiples of this, so that kernels may read words. */
const alignment = 4;

export function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function alignedDown(offset: number): number {
  return Math.floor(offset / alignment) * alignment;
}

export function overlapInTime(a: Lifetime, b: Lifetime): boolean {
  return a.firstCall <= b.lastCall && b.firstCall <= a.lastCall;
}

/** What may lie where: lifetimes that are together in time lie apart, but for overlaps that kernels allow. */
export class ArenaRules {
  readonly lifetimes: readonly Lifetime[];
  /** For each lifetime, those that are there with it. */
  readonly neighbours: readonly (readonly number[])[];
  readonly #overlaps = new Map<number, Overlap>();

  constructor(lifetimes: readonly Lifetime[], overlaps: readonly Overlap[]) {
    this.lifetimes = lifetimes;
    this.neighbours = lifetimes.map((one, index) =>
      lifetimes.flatMap((other, i) => (i !== index && overlapInTime(one, other) ? [i] : [])),
    );
    for (const overlap of overlaps) {
      this.#overlaps.set(overlap.input * lifetimes.length + overlap.output, overlap);
    }
  }

  overlapOf(input: number, output: number): Overlap | undefined {
    return this.#overlaps.get(input * this.lifetimes.length + output);
  }

  /** Whether two that are there together may start at these offsets. */
  mayShare(one: number, at: number, other: number, otherAt: number): boolean {
    if (at + this.lifetimes[one]!.bytes <= otherAt || otherAt + this.lifetimes[other]!.bytes <= at)
      return true;
    const [forward, back] = [this.overlapOf(one, other), this.overlapOf(other, one)];
    return (
      (forward !== undefined && allows(forward, at, otherAt)) ||
      (back !== undefined && allows(back, otherAt, at))
    );
  }

  /** Offsets at which one just touches another, from below, from above, or as far inside as may be. */
  touching(one: number, other: number, otherAt: number): number[] {
    const offsets = [
      aligned(otherAt + this.lifetimes[other]!.bytes),
      alignedDown(otherAt - this.lifetimes[one]!.bytes),
    ];
    const [forward, back] = [this.overlapOf(one, other), this.overlapOf(other, one)];
    if (forward) offsets.push(aligned(otherAt + (forward.distance ?? 0)));
    if (back) offsets.push(alignedDown(otherAt - (back.distance ?? 0)));
    return offsets;
  }

  /** The least that the activations at each call take together, whatever the plan. */
  lowerBounds(): number[] {
    const calls = Math.max(0, ...this.lifetimes.map(({ lastCall }) => lastCall)) + 1;
    return Array.from({ length: calls }, (_, call) => this.#lowerBound(call));
  }

  #lowerBound(call: number): number {
    const alive = this.lifetimes.flatMap(({ firstCall, lastCall }, i) =>
      firstCall <= call && call <= lastCall ? [i] : [],
    );
    const bytes = (index: number): number => aligned(this.lifetimes[index]!.bytes);
    const sum = (indices: readonly number[]): number =>
      indices.reduce((total, index) => total + bytes(index), 0);
    const pairs = alive.flatMap((output) => alive.flatMap((input) => this.overlapOf(input, output) ?? []));
    const [first] = pairs;
    if (first === undefined) return sum(alive);
    const inputs = pairs.map(({ input }) => input);
    const others = sum(alive.filter((index) => index !== first.output && !inputs.includes(index)));
    // several inputs lie apart from each other, and the output somewhere among them
    if (pairs.length > 1) return others + Math.max(bytes(first.output), sum(inputs));
    const [input, output] = [bytes(first.input), bytes(first.output)];
    const together = Math.max(input, output, aligned(Math.max(0, first.distance ?? 0)) + input);
    return others + Math.min(input + output, together);
  }
}

function allows({ distance }: Overlap, inputAt: number, outputAt: number): boolean {
  return distance === undefined ? inputAt === outputAt : outputAt <= inputAt - distance;
}
