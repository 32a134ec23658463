/** Which output is meant: of a sample, or of a step of a sequence. */
export interface Place {
  /** Its number; steps are counted through all sequences. */
  readonly sample: number;
  /** Where the network keeps states. */
  readonly sequence?: number;
  /** From the sequence's first. */
  readonly step?: number;
}

/** @param steps of a sequence; undefined where each sample stands for itself */
export function placeIn(sample: number, steps: number | undefined): Place {
  if (steps === undefined) return { sample };
  return { sample, sequence: Math.floor(sample / steps), step: sample % steps };
}

/** "sample 3", or "sequence 0, step 3" */
export function namePlace({ sample, sequence, step }: Place): string {
  return sequence === undefined || step === undefined
    ? `sample ${sample}`
    : `sequence ${sequence}, step ${step}`;
}
