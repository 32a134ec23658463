import { createInterface } from "node:readline";

/**
 * Answers each line "go <ms>" with a line of samples per second, and per second of processor time, over at least so many
 * milliseconds.
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
    const used = process.cpuUsage();
    let done = 0;
    do {
      await train();
      done += samples;
    } while (performance.now() - started < wanted);
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(used);
    console.log(`${done / seconds} ${(done / (user + system)) * 1e6}`);
  }
}
