// Asks a device a great many times and checks every answer:
//   node scripts/linkSoak.mjs [--requests 1000000] [--seed 1]
// The firmware is the host build around the tests' network of 784 bytes in and 10 out; mostly batches side by side,
// and among them runs, layers, checksums and hellos. Exits 1 at the first wrong answer.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(`../${path}`);
const { compileFixture, expected } = await load("test/link/fire/stands.ts");
const { chooseOperation } = await load("test/link/fire/operations.ts");
const { openProcessDevice } = await load("src/link/processDevice.ts");
const { runAheadTotal } = await load("src/link/runAhead.ts");
const { startProgress } = await load("src/cli/progress.ts");
const { startPace } = await load("src/cli/pace.ts");
const { Random } = await load("src/base/random.ts");

const { values } = parseArgs({
  options: { requests: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const requests = Number(values.requests);
const random = new Random(Number(values.seed));
const folder = mkdtempSync(join(tmpdir(), "pinfer-soak-"));
const inputs = Array.from({ length: 256 }, () => {
  const [start, step] = [random.integer(256), random.integer(256)];
  return Int8Array.from({ length: expected.inputBytes }, (_, i) => start + i * step);
});
const outputs = inputs.map((input) => Buffer.from(expected.run(input)));

try {
  const device = openProcessDevice((await compileFixture("host", folder, { sanitize: false })).elf);
  await device.hello();
  const progress = startProgress("requests", requests);
  const pace = startPace(requests);
  const start = performance.now();
  while (device.statistics.requests < requests) {
    const chosen = Array.from({ length: 500 }, () => random.integer(inputs.length));
    let done = 0;
    const answers = runAheadTotal(
      device,
      chosen.map((index) => inputs[index]),
    );
    for await (const answer of answers) {
      for (const output of answer.outputs) {
        if (Buffer.compare(Buffer.from(output), outputs[chosen[done++]]) !== 0)
          throw new Error("a wrong output");
      }
    }
    if (done !== chosen.length) throw new Error("an answer is missing");
    if (!(await chooseOperation(random, expected)(device))) throw new Error("a wrong answer");
    progress.update(device.statistics.requests, pace(device.statistics.requests));
  }
  progress.stop();
  const { retries, brokenFrames, unexpectedFrames, bytesSent, bytesReceived, ...rest } = device.statistics;
  const seconds = (performance.now() - start) / 1000;
  const megabytes = (bytesSent + bytesReceived) / 1e6;
  console.log(
    `${rest.requests} requests, ${megabytes.toFixed(0)} MB in ${seconds.toFixed(0)} s ` +
      `(${Math.round(rest.requests / seconds)} requests/s): 0 wrong answers, ${retries} repeats, ` +
      `${brokenFrames} broken and ${unexpectedFrames} unexpected frames`,
  );
  await device.close();
  if (brokenFrames + unexpectedFrames > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
