// Takes the power away at every byte that an update erases or writes, and starts the firmware again: it must answer with
// the network that ran before or with the new one, and with nothing else. Firmware for this computer, whose slots are a
// file. Run it by hand (some minutes); test/endToEnd/update.test.ts does a part. Plain Node.
//
//   node scripts/cutUpdates.mjs [step] [shells]     every byte, or every step-th; so many at once
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "./build.mjs";

const load = (path) => import(new URL(`../dist/${path}`, import.meta.url));

/** A network of `inputs` to 64 values and a row of classes, of weights that the seed draws: all of one structure. */
export function denseNetwork(seed, inputs) {
  let state = seed;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  const layer = (name, from, to, input, output) => ({
    ...{ kind: "fullyConnected", name, inputs: [input], output, activationMin: -128, activationMax: 127 },
    weights: Int8Array.from({ length: from * to }, () => draw() - 128 || 1),
    weightScales: Array.from({ length: to }, () => Math.fround((draw() + 128) / 2 ** 19)),
    bias: Int32Array.from({ length: to }, () => draw() - 128),
  });
  const tensor = (name, size, scale, zeroPoint) => ({
    ...{ elementType: "int8", name, shape: [size] },
    quantization: { scale: Math.fround(scale), zeroPoint },
  });
  return {
    name: `net ${seed}`,
    tensors: [
      tensor("input", inputs, 1 / 255, -128),
      tensor("hidden", 64, (draw() + 256) / 2 ** 14, (draw() >> 3) - 16),
      tensor("scores", 4, (draw() + 256) / 2 ** 14, (draw() >> 3) - 16),
      tensor("output", 4, 1 / 256, -128),
    ],
    inputs: [{ tensor: 0, name: "input", border: "float32" }],
    outputs: [{ tensor: 3, name: "output", border: "float32" }],
    states: [],
    layers: [
      layer("dense_1", inputs, 64, 0, 1),
      layer("dense_2", 64, 4, 1, 2),
      { kind: "softmax", name: "softmax_1", inputs: [2], output: 3, beta: 4 },
    ],
  };
}

/** Exports a network with slots for this computer and compiles it. */
export async function buildWithSlots(network, folder) {
  const [{ writeFirmware }, { findBoard }, { buildFolder }] = await Promise.all([
    load("codegen/writeFirmware.js"),
    load("src/board/boards.js"),
    load("src/board/buildFolder.js"),
  ]);
  await writeFirmware(network, findBoard("host"), folder, { slots: true });
  const { image, manifest } = await buildFolder(folder);
  return { executable: image.elf, slotBytes: manifest.slots };
}

/**
 * Updates firmware whose flash is the file.
 *
 * @returns all bytes that the host sent, and the bytes that were erased and written at most
 */
export async function update(executable, flash, network) {
  const [{ openProcessLine }, { openDevice }, { updateDevice }, { describeUpdates }] = await Promise.all([
    load("src/link/processDevice.js"),
    load("src/link/device.js"),
    load("src/link/updateDevice.js"),
    load("codegen/describeUpdates.js"),
  ]);
  process.env.HOST_BOARD_SLOTS = flash;
  const sent = [];
  const line = openProcessLine(executable);
  const device = openDevice({
    ...line,
    write: (bytes) => {
      sent.push(bytes);
      line.write(bytes);
    },
  });
  try {
    const { network: running } = await updateDevice(device, await describeUpdates(network));
    return { session: Buffer.concat(sent), hash: running.hash };
  } finally {
    await device.close();
    delete process.env.HOST_BOARD_SLOTS;
  }
}

/** A hello, and a run of the input. */
async function questions(input) {
  const { encodeFrame } = await load("src/link/frame.js");
  const frame = (type, payload) => encodeFrame({ type, status: 0, id: type, payload });
  return Buffer.concat([frame(1, new Uint8Array(0)), frame(2, new Uint8Array(input.buffer))]);
}

function ask(executable, flash, input) {
  return spawnSync(executable, [], { input, env: { HOST_BOARD_SLOTS: flash } }).stdout;
}

/** What firmware answers when it starts: its network's hash, and the output of the input. */
export async function start(executable, flash, input) {
  const [{ FrameDecoder }, { decodeHello, decodeRunResult }] = await Promise.all([
    load("src/link/frame.js"),
    load("src/link/messages.js"),
  ]);
  const answer = ask(executable, flash, await questions(input));
  const [hello, run] = new FrameDecoder().push(answer).map(({ payload }) => payload.subarray(0, -4));
  if (hello === undefined || run === undefined) return undefined;
  return { hash: decodeHello(hello).network.hash, output: decodeRunResult(run).output.join() };
}

/**
 * Cuts an update after so many bytes, from the same flash each time.
 *
 * @returns what the firmware answers when it starts again
 */
export function cut({ executable, flash, before, session, input }, bytes) {
  writeFileSync(flash, before);
  spawnSync(executable, [], {
    input: session,
    env: { HOST_BOARD_SLOTS: flash, HOST_BOARD_CUT: String(bytes) },
    stdio: ["pipe", "ignore", "ignore"],
  });
  return start(executable, flash, input);
}

/** For each number of bytes: the flash as it was, the cut update, a start, and whose answers came. */
const loop = `i=$2 flash=flash$2 answer=answer$2
while [ $i -le $4 ]; do
  cp before $flash
  HOST_BOARD_SLOTS=$flash HOST_BOARD_CUT=$i "$1" < session > /dev/null
  HOST_BOARD_SLOTS=$flash "$1" < questions > $answer
  if cmp -s $answer old; then echo "$i old"; elif cmp -s $answer new; then echo "$i new"; else echo "$i neither"; fi
  i=$((i + $3))
done`;

/** Leaves what firmware answers with the flash "before" under the name, which must be the network's. */
async function expectAnswer(folder, executable, network, input, name) {
  const [{ planProgram }, { runProgram }] = await Promise.all([
    load("src/plan/planProgram.js"),
    load("src/program/runProgram.js"),
  ]);
  const flash = join(folder, "before");
  const program = planProgram(network);
  const found = await start(executable, flash, input);
  if (found?.hash !== program.hash || found.output !== runProgram(program, input).join())
    throw new Error(`the ${name} network does not run: ${JSON.stringify(found)}`);
  writeFileSync(join(folder, name), ask(executable, flash, await questions(input)));
}

async function main(step, shells) {
  const folder = mkdtempSync(join(tmpdir(), "pinfer-cuts-"));
  try {
    const inputs = 128;
    const [builtIn, older, old, young] = [1, 2, 3, 4].map((seed) => denseNetwork(seed, inputs));
    const { executable, slotBytes } = await buildWithSlots(builtIn, join(folder, "firmware"));
    const flash = join(folder, "flash");
    for (const network of [older, old]) await update(executable, flash, network);
    const before = readFileSync(flash);
    const { session } = await update(executable, flash, young);
    const input = Int8Array.from({ length: inputs }, (_, i) => (i * 37) % 256);
    writeFileSync(join(folder, "session"), session);
    writeFileSync(join(folder, "questions"), await questions(input));
    for (const [name, network, bytes] of [
      ["new", young, readFileSync(flash)],
      ["old", old, before],
    ]) {
      writeFileSync(join(folder, "before"), bytes);
      await expectAnswer(folder, executable, network, input, name);
    }
    const counts = { old: 0, new: 0, neither: 0 };
    const runs = Array.from({ length: shells }, async (_, shell) => {
      const numbers = [shell * step, shells * step, 2 * slotBytes].map(String);
      const programArguments = ["-c", loop, "sh", executable, ...numbers];
      const { stdout } = await promisify(execFile)("sh", programArguments, {
        cwd: folder,
        maxBuffer: 2 ** 26,
      });
      return stdout.trim().split("\n").filter(Boolean);
    });
    const cuts = (await Promise.all(runs)).flat();
    for (const line of cuts) {
      const [bytes, found] = line.split(" ");
      counts[found]++;
      if (found === "neither") process.stdout.write(`cut after ${bytes} bytes: neither\n`);
    }
    process.stdout.write(
      `slots of ${slotBytes} B; ${cuts.length} cuts: ${counts.old} with the old network, ${counts.new} with the new one, ${counts.neither} with neither\n`,
    );
    const isWhole = cuts.length === Math.floor((2 * slotBytes) / step) + 1;
    if (!isWhole || counts.neither > 0 || counts.old === 0 || counts.new === 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  build();
  await main(Number(process.argv[2] ?? 1), Number(process.argv[3] ?? availableParallelism()));
}
