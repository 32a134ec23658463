/** What the tuner needs to know of helping threads, and sets. */
export interface Helpers {
  /** Threads that can be, with the main one. */
  readonly limit: number;
  readonly isReady: boolean;
  isActive: boolean;
  start(): void;
}

/** Steps that are timed before a choice, every other one with helpers. */
const trialSteps = 10;

/** Training that ends sooner is over before helping threads have started. */
const startAfterMs = 100;

/** How long a choice is kept: this, or so many times as long as it took. */
const keptMs = 1000;
const keptTrials = 30;

/** Steps shorter than this are not worth sharing out. */
const shortestStepMs = 0.1;

/** With helpers a step must take less than this share of the time: they cost other programs a processor. */
const worthwhile = 0.9;

/**
 * Decides from measured steps whether to work with helping threads: tries both in turn, takes the faster for a while, and
 * tries again. On a machine that is busy with other things that is to work alone. No result depends on it.
 */
export class Tuner {
  private readonly alone: number[] = [];
  private readonly together: number[] = [];
  private isTrying = false;
  private nextTrial: number;
  private trialBegan = 0;
  private stepBegan = 0;
  private latestStep = Infinity;

  constructor(
    private readonly helpers: Helpers,
    private readonly now: () => number = () => performance.now(),
  ) {
    helpers.isActive = false;
    this.nextTrial = now() + (helpers.isReady ? 0 : startAfterMs);
  }

  beforeStep(): void {
    this.stepBegan = this.now();
    if (!this.isTrying && this.stepBegan >= this.nextTrial) this.beginTrial();
  }

  afterStep(): void {
    const ended = this.now();
    this.latestStep = ended - this.stepBegan;
    if (!this.isTrying) return;
    const { helpers, alone, together } = this;
    (helpers.isActive ? together : alone).push(this.latestStep);
    if (alone.length + together.length < trialSteps) {
      helpers.isActive = !helpers.isActive;
      return;
    }
    helpers.isActive = median(together) < worthwhile * median(alone);
    this.isTrying = false;
    this.nextTrial = ended + Math.max(keptMs, keptTrials * (ended - this.trialBegan));
  }

  /** Sends the helpers to sleep. */
  end(): void {
    this.helpers.isActive = false;
  }

  private beginTrial(): void {
    const { helpers } = this;
    this.nextTrial = this.stepBegan + startAfterMs;
    if (helpers.limit < 2 || this.latestStep < shortestStepMs) return;
    if (!helpers.isReady) {
      helpers.start();
      return;
    }
    this.alone.length = 0;
    this.together.length = 0;
    this.isTrying = true;
    this.trialBegan = this.stepBegan;
    helpers.isActive = true;
  }
}

/** The middle one, or the greater of the two in the middle. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
