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
    let cancelLate = (): void => undefined;
    const timer = setTimeout(() => {
      cancelLate = afterReading(call);
    }, milliseconds);
    return () => {
      clearTimeout(timer);
      cancelLate();
    };
  },
};

/** Browsers have no setImmediate: there a second timer follows what is due by now. */
function afterReading(call: () => void): () => void {
  if (typeof setImmediate === "undefined") {
    const timer = setTimeout(call);
    return () => clearTimeout(timer);
  }
  const immediate = setImmediate(call);
  return () => clearImmediate(immediate);
}
