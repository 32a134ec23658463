import type { ActivationData } from "../quantizedNetwork.js";
import type { Device, RunAnswer } from "./device.js";

/** So many runs are asked while one is waited for; the link sends what the device can take. */
const RUNS_AHEAD = 16;

/**
 * Runs the inputs in order, some of them ahead of what was taken: the link and the device work while the host does.
 *
 * @param ahead 0 when something else is asked of the device between two runs
 */
export async function* runAhead(
  device: Device,
  inputs: readonly ActivationData[],
  ahead = RUNS_AHEAD,
): AsyncGenerator<RunAnswer> {
  const asked: Promise<RunAnswer>[] = [];
  for (let next = 0; next < inputs.length || asked.length > 0; ) {
    while (next < inputs.length && asked.length <= ahead) {
      const answer = device.run(inputs[next++]!);
      answer.catch(() => undefined); // told when its turn comes
      asked.push(answer);
    }
    yield await asked.shift()!;
  }
}
