/** What several inferences took together: cycles or instructions, as hello's `counterKind` says. */
export interface TotalTicks {
  /** Of inferences. */
  readonly count: number;
  /** 0 when there was no inference, as the other two. */
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

export const noTicks: TotalTicks = { count: 0, min: 0, max: 0, sum: 0 };

export function addTicks(a: TotalTicks, b: TotalTicks): TotalTicks {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  return {
    count: a.count + b.count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    sum: a.sum + b.sum,
  };
}

export function totalTicks(ticks: readonly number[]): TotalTicks {
  return ticks.reduce(
    (total, value) => addTicks(total, { count: 1, min: value, max: value, sum: value }),
    noTicks,
  );
}
