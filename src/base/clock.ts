/** Time, and calls at a time to come. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** @returns what takes the call back */
  after(milliseconds: number, call: () => void): () => void;
}

/** A computer that slept finds its timers due before it has read what came meanwhile: that comes first. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, call) => {
    let late: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      late = setImmediate(call);
    }, milliseconds);
    return () => {
      clearTimeout(timer);
      clearImmediate(late);
    };
  },
};
