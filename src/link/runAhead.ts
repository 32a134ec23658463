import type { ActivationData } from "../network/quantizedNetwork.js";
import type { BatchAnswer, Device, TotalAnswer } from "./device.js";
import { totalTicks } from "./totalTicks.js";

/** So many requests are made while one is waited for; the link sends what the device can take. */
const REQUESTS_AHEAD = 8;

/**
 * Runs the inputs in order, in batches as large as the device takes, some of them ahead of what was taken: the link and
 * the device work while the host does.
 */
export function runAhead(device: Device, inputs: readonly ActivationData[]): AsyncGenerator<BatchAnswer> {
  const isAlone = true;
  return askAhead(inputs, { batch: device.batchSize, isAlone }, async (batch) => {
    if (batch.length > 1) return device.runMany(batch);
    const { lineBytes, ...result } = await device.run(batch[0]!);
    return { results: [result], lineBytes };
  });
}

/**
 * The same with the ticks of each batch together: fewer bytes where outputs are small.
 *
 * @param isAlone nothing else is asked of the device between two runs
 */
export function runAheadTotal(
  device: Device,
  inputs: readonly ActivationData[],
  isAlone = true,
): AsyncGenerator<TotalAnswer> {
  return askAhead(inputs, { batch: isAlone ? device.batchSize : 1, isAlone }, async (batch) => {
    if (batch.length > 1) return device.runTotal(batch);
    const { lineBytes, output, ticks } = await device.run(batch[0]!);
    return { outputs: [output], ticks: totalTicks([ticks]), lineBytes };
  });
}

async function* askAhead<Answer>(
  inputs: readonly ActivationData[],
  { batch, isAlone }: { readonly batch: number; readonly isAlone: boolean },
  ask: (batch: readonly ActivationData[]) => Promise<Answer>,
): AsyncGenerator<Answer> {
  const asked: Promise<Answer>[] = [];
  const ahead = isAlone ? REQUESTS_AHEAD : 0;
  for (let next = 0; next < inputs.length || asked.length > 0; ) {
    for (; next < inputs.length && asked.length <= ahead; next += batch) {
      const answer = ask(inputs.slice(next, next + batch));
      answer.catch(() => undefined); // told when its turn comes
      asked.push(answer);
    }
    yield await asked.shift()!;
  }
}
