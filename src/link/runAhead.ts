import type { ActivationData } from "../quantizedNetwork.js";
import type { BatchAnswer, Device } from "./device.js";

/** So many requests are made while one is waited for; the link sends what the device can take. */
const REQUESTS_AHEAD = 8;

/**
 * Runs the inputs in order, in batches as large as the device takes, some of them ahead of what was taken: the link and
 * the device work while the host does.
 *
 * @param isAlone something else is asked of the device between two runs
 */
export async function* runAhead(
  device: Device,
  inputs: readonly ActivationData[],
  isAlone = true,
): AsyncGenerator<BatchAnswer> {
  const asked: Promise<BatchAnswer>[] = [];
  const batch = isAlone ? device.batchSize : 1;
  const ahead = isAlone ? REQUESTS_AHEAD : 0;
  for (let next = 0; next < inputs.length || asked.length > 0; ) {
    for (; next < inputs.length && asked.length <= ahead; next += batch) {
      const answer = runBatch(device, inputs.slice(next, next + batch));
      answer.catch(() => undefined); // told when its turn comes
      asked.push(answer);
    }
    yield await asked.shift()!;
  }
}

async function runBatch(device: Device, inputs: readonly ActivationData[]): Promise<BatchAnswer> {
  if (inputs.length > 1) return device.runMany(inputs);
  const { lineBytes, ...result } = await device.run(inputs[0]!);
  return { results: [result], lineBytes };
}
