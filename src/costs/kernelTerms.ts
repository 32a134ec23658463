/** How often a kernel does what for one call, by words that costs.json has a coefficient for. */
export type Terms = Readonly<Record<string, number>>;

export type Numbers = Readonly<Record<string, number>>;

export interface KernelTerms {
  /** Of the time that a call takes. */
  readonly time: (n: Numbers) => Terms;
  /** Of its code. */
  readonly code: (n: Numbers) => Terms;
}

/** 1 where it is so. */
export const when = (is: boolean): number => Number(is);

/** Taps that a loop over them writes out at most. */
export const unrolledTaps = 16;
