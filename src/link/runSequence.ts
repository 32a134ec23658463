import type { ActivationData } from "../network/quantizedNetwork.js";
import type { BatchAnswer, Device } from "./device.js";
import { Refusal } from "./linkErrors.js";
import { OUT_OF_ORDER, type RunResult } from "./messages.js";

/** A device that starts anew, or answers another host, between two steps is asked for all of them again. */
const mostTries = 3;

/** What a device gave for the steps of a sequence, in their order. */
export interface SequenceAnswer {
  readonly results: readonly RunResult[];
  /** On the line, of requests and answers that count, each once. */
  readonly lineBytes: number;
}

/**
 * Runs a sequence from its first step on a device whose network keeps states, in requests of as many steps as it takes.
 *
 * @throws UserError when the sequence is broken again and again, or the link fails
 */
export async function runSequence(device: Device, steps: readonly ActivationData[]): Promise<SequenceAnswer> {
  for (let tries = 1; ; tries++) {
    try {
      const answers: BatchAnswer[] = [];
      // one request after the other: a step must not overtake one that is lost
      for (let next = 0; next < steps.length; next += device.batchSize) {
        answers.push(await device.runSteps(next, steps.slice(next, next + device.batchSize)));
      }
      return {
        results: answers.flatMap(({ results }) => results),
        lineBytes: answers.reduce((sum, { lineBytes }) => sum + lineBytes, 0),
      };
    } catch (error) {
      const wasBroken = error instanceof Refusal && error.status === OUT_OF_ORDER;
      if (!wasBroken || tries === mostTries) throw error;
    }
  }
}

/** Runs one sequence after the other; inputs are the steps of all of them. */
export async function* runSequences(
  device: Device,
  inputs: readonly ActivationData[],
  steps: number,
): AsyncGenerator<SequenceAnswer> {
  for (let first = 0; first < inputs.length; first += steps)
    yield await runSequence(device, inputs.slice(first, first + steps));
}
