import { createInterface } from "node:readline";

/**
 * Answers each line "go <ms>" with a line of samples per second over at least so many milliseconds.
 *
 * @param {number} samples that one call of `train` trains
 * @param {() => unknown} train whole steps: forward, loss, backward, optimizer
 */
export async function answer(samples, train) {
  await train();
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const wanted = Number(line.split(" ")[1]);
    const started = performance.now();
    let done = 0;
    do {
      await train();
      done += samples;
    } while (performance.now() - started < wanted);
    console.log((done / (performance.now() - started)) * 1000);
  }
}
