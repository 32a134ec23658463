import { UserError } from "../../base/errors.js";
import type { Random } from "../../base/random.js";

/** How samples are shared out; what is in neither share trains. */
export interface SplitOptions {
  /** Share of the samples to measure on after training: 0.2 is every fifth. */
  readonly test?: number;
  /** Share of the samples to judge epochs by. */
  readonly validation?: number;
  /** Decides who goes where; default 1. */
  readonly seed?: number;
  /** Whether every class is shared out alike; default true where targets are classes. */
  readonly stratified?: boolean;
}

/** Indices, ascending. */
export interface Parts {
  readonly train: Int32Array;
  readonly validation?: Int32Array;
  readonly test?: Int32Array;
}

/**
 * @param groups every item's; each is shared out alike
 * @throws UserError as {@link split}
 */
export function shareOut(
  count: number,
  { test, validation }: SplitOptions,
  random: Random,
  groups?: ArrayLike<number>,
): Parts {
  expectShares({ test, validation });
  const wanted = [test ?? 0, validation ?? 0].map((share) => Math.round(share * count));
  const left = count - wanted[0] - wanted[1];
  const isEmpty = [test, validation].some((share, part) => share !== undefined && wanted[part] === 0);
  if (left <= 0 || isEmpty) {
    throw new UserError(
      `${count} cannot be shared into ${left} to train, ${wanted[1]} to validate and ${wanted[0]} to test`,
      "give more samples, or other shares",
    );
  }
  const members = membersOf(random.permutation(count), groups);
  const sizes = members.map((group) => group.length);
  // a class's last sample trains, where there are others to hold back
  const spare = sizes.map((size) => size - 1);
  const hasSpare = wanted[0] + wanted[1] <= spare.reduce((sum, size) => sum + size, 0);
  const most = hasSpare ? spare : sizes;
  const tests = apportion(wanted[0], sizes, most);
  const rooms = most.map((size, group) => size - tests[group]);
  const validations = apportion(wanted[1], sizes, rooms);
  const take = (from: (group: number) => number, to: (group: number) => number) =>
    Int32Array.from(members.flatMap((group, g) => group.slice(from(g), to(g)))).sort();
  const tested = (g: number) => tests[g];
  const held = (g: number) => tests[g] + validations[g];
  return {
    train: take(held, (g) => sizes[g]),
    ...(validation !== undefined && { validation: take(tested, held) }),
    ...(test !== undefined && { test: take(() => 0, tested) }),
  };
}

/** The items of each group, in the given order; all in one where there are no groups. */
function membersOf(order: Int32Array, groups: ArrayLike<number> | undefined): number[][] {
  const members = new Map<number, number[]>();
  for (const item of order) {
    const group = groups?.[item] ?? 0;
    const own = members.get(group);
    if (own === undefined) members.set(group, [item]);
    else own.push(item);
  }
  return [...members].sort(([a], [b]) => a - b).map(([, items]) => items);
}

/**
 * Shares `total` out in the proportions of `sizes`: whole parts first, what is left to the largest remainders.
 *
 * @param rooms what each can take at most; together no less than `total`
 */
function apportion(total: number, sizes: readonly number[], rooms: readonly number[]): number[] {
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const quotas = sizes.map((size) => (total * size) / count);
  const shares = quotas.map((quota, group) => Math.min(rooms[group], Math.floor(quota)));
  const remainder = (group: number) => quotas[group] - shares[group];
  const order = quotas.map((_, group) => group).sort((a, b) => remainder(b) - remainder(a));
  for (let left = total - shares.reduce((sum, share) => sum + share, 0); left > 0; ) {
    for (const group of order) {
      if (left === 0 || shares[group] === rooms[group]) continue;
      shares[group] += 1;
      left -= 1;
    }
  }
  return shares;
}

/** @throws UserError when one is not above 0 and below 1, or they leave nothing */
export function expectShares({
  test,
  validation,
}: {
  test?: number | undefined;
  validation?: number | undefined;
}): void {
  for (const [name, share] of Object.entries({ test, validation })) {
    if (share !== undefined && !(share > 0 && share < 1)) {
      throw new UserError(`${name} must be a share above 0 and below 1, found ${share}`);
    }
  }
  const held = (test ?? 0) + (validation ?? 0);
  if (held >= 1)
    throw new UserError(`test and validation take ${held} of the samples; nothing is left to train`);
}
