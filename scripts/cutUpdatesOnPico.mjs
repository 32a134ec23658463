// Takes the power away from an emulated Pico during an update: between any two changes of its flash, and within each of them, where a
// sector or a page is left torn. Whatever was in flash then is started anew, and must answer with the network that ran before or with the
// new one. Run it by hand (some minutes); test/board/picoUpdate.test.ts does a part. Plain Node.
//
//   node scripts/cutUpdatesOnPico.mjs [step] [part] [parts]     torn behind every byte, or every step-th
//                                                               but in the header, the last page; one part of so many
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { denseNetwork } from "./cutUpdates.mjs";

const load = (path) => import(new URL(`../dist/${path}`, import.meta.url));

/** Instructions in which a start and two answers must be done; they take a tenth. */
const MOST_INSTRUCTIONS = 50e6;
const INSTRUCTIONS_AT_ONCE = 100_000;

/** Exports a network with slots for the Pico and compiles it: what its flash holds, and bytes of a slot. */
export async function buildForPico(network, folder) {
  const [{ writeFirmware }, { findBoard }, { buildFolder }, { flashOfElf }] = await Promise.all([
    load("codegen/writeFirmware.js"),
    load("src/board/boards.js"),
    load("src/board/buildFolder.js"),
    load("src/board/rp2040Chip.js"),
  ]);
  await writeFirmware(network, findBoard("pico"), folder, { slots: true });
  const { image, manifest, board } = await buildFolder(folder);
  const flash = new Uint8Array(board.flashBytes).fill(0xff);
  flash.set(flashOfElf(readFileSync(image.elf)));
  return { flash, slotBytes: manifest.slots };
}

/** A chip as a line, in this process: it runs while it has work. */
function openChip(chip) {
  let take = () => undefined;
  let isRunning = false;
  const run = () => {
    const sleep = chip.run(INSTRUCTIONS_AT_ONCE);
    const sent = chip.takeSent();
    if (sent.length > 0) take(sent);
    isRunning = sleep !== Number.POSITIVE_INFINITY;
    if (sleep > 0 && isRunning) chip.sleep(sleep);
    if (isRunning) setImmediate(run);
  };
  return {
    name: "pico",
    bytesPerSecond: 11_520,
    write: (bytes) => {
      chip.receive(bytes);
      if (!isRunning) setImmediate(run);
      isRunning = true;
    },
    listen: (onBytes) => {
      take = onBytes;
    },
    close: async () => undefined,
  };
}

/**
 * Updates the Pico whose flash this is, as `pinfer update` does.
 *
 * @returns its flash then, and each change on the way
 */
export async function updatePico(flash, network) {
  const [{ Rp2040Chip }, { openDevice }, { updateDevice }, { describeUpdates }] = await Promise.all([
    load("src/board/rp2040Chip.js"),
    load("src/link/device.js"),
    load("src/link/updateDevice.js"),
    load("codegen/describeUpdates.js"),
  ]);
  const chip = new Rp2040Chip(flash);
  const changes = [];
  chip.flash.onChange = (change) => changes.push(change);
  const device = openDevice(openChip(chip));
  const { network: running } = await updateDevice(device, await describeUpdates(network));
  await device.close();
  return { flash: chip.flash.bytes.slice(0, flash.length), changes, hash: running.hash };
}

/** What the Pico answers when it starts with that flash: its network's hash, and the output of the input. */
export async function startPico(flash, input) {
  const [{ Rp2040Chip }, { FrameDecoder, encodeFrame }, { decodeHello, decodeRunResult }] = await Promise.all(
    [load("src/board/rp2040Chip.js"), load("src/link/frame.js"), load("src/link/messages.js")],
  );
  const chip = new Rp2040Chip(flash);
  const frame = (type, payload) => encodeFrame({ type, status: 0, id: type, payload });
  chip.receive(Buffer.concat([frame(1, new Uint8Array(0)), frame(2, new Uint8Array(input.buffer))]));
  const decoder = new FrameDecoder();
  const answers = [];
  while (answers.length < 2 && chip.instructions < MOST_INSTRUCTIONS) {
    const sleep = chip.run(INSTRUCTIONS_AT_ONCE);
    answers.push(...decoder.push(chip.takeSent()).map(({ payload }) => payload.subarray(0, -4)));
    if (sleep === Number.POSITIVE_INFINITY) break;
    if (sleep > 0) chip.sleep(sleep);
  }
  const [hello, run] = answers;
  if (hello === undefined || run === undefined) return undefined;
  return { hash: decodeHello(hello).network.hash, output: decodeRunResult(run).output.join() };
}

/** Behind the first `bytes` of a change: the others are as before. */
export function tornBehind({ before, after }, bytes) {
  return after.map((byte, i) => (i < bytes ? byte : before[i]));
}

/** Each bit that changes has changed or has not, as the seed draws. */
export function tornAnywhere({ before, after }, seed) {
  let state = seed;
  return after.map((byte, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return before[i] ^ ((byte ^ before[i]) & (state >>> 24));
  });
}

/** Flash as it is when the power goes in the midst of a change. */
export function cutFlash(flash, changes, index, torn) {
  const cut = flash.slice();
  for (const { offset, after } of changes.slice(0, index)) cut.set(after, offset);
  if (torn !== undefined) cut.set(torn, changes[index].offset);
  return cut;
}

/** Places in all of an update: before the first change, then each change torn, behind its bytes and in three random ways, and whole. */
function* cutsOf(changes, step) {
  yield [0, undefined];
  for (const [index, change] of changes.entries()) {
    const { before, after } = change;
    const isHeader = index === changes.length - 1;
    for (let bytes = 1; bytes < after.length; bytes++) {
      const isCut = isHeader || bytes % step === 0;
      if (isCut && before[bytes - 1] !== after[bytes - 1]) yield [index, tornBehind(change, bytes)];
    }
    for (let seed = 1; seed <= 3; seed++) yield [index, tornAnywhere(change, 7919 * index + seed)];
    yield [index + 1, undefined];
  }
}

/** @throws when the flash does not start with the network */
async function answerOf(flash, network, input) {
  const [{ planProgram }, { runProgram }] = await Promise.all([
    load("src/plan/planProgram.js"),
    load("src/program/runProgram.js"),
  ]);
  const program = planProgram(network);
  const expected = { hash: program.hash, output: runProgram(program, input).join() };
  const found = await startPico(flash, input);
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`"${network.name}" does not run: ${JSON.stringify(found)}`);
  return JSON.stringify(expected);
}

async function main(step, part, parts) {
  const folder = mkdtempSync(join(tmpdir(), "pinfer-pico-"));
  try {
    const inputs = 128;
    const [builtIn, older, old, young] = [1, 2, 3, 4].map((seed) => denseNetwork(seed, inputs));
    const { flash: delivered, slotBytes } = await buildForPico(builtIn, join(folder, "firmware"));
    const input = Int8Array.from({ length: inputs }, (_, i) => (i * 37) % 256);
    const { flash: once } = await updatePico(delivered, older);
    const { flash: before } = await updatePico(once, old);
    const { flash: behind, changes } = await updatePico(before, young);
    const names = new Map([
      [await answerOf(before, old, input), "old"],
      [await answerOf(behind, young, input), "new"],
    ]);
    const counts = { old: 0, new: 0, neither: 0 };
    let count = 0;
    for (const [index, torn] of cutsOf(changes, step)) {
      if (count++ % parts !== part) continue;
      const found = JSON.stringify(await startPico(cutFlash(before, changes, index, torn), input));
      const name = names.get(found) ?? "neither";
      counts[name]++;
      if (name === "neither") process.stdout.write(`cut in change ${index}: ${found}\n`);
    }
    const sectors = changes.filter(({ after }) => after.length > 256).length;
    process.stdout.write(
      `slots of ${slotBytes} B; ${sectors} sectors erased, ${changes.length - sectors} pages programmed; ` +
        `${counts.old + counts.new + counts.neither} of ${count} cuts: ${counts.old} with the old network, ${counts.new} with the new one, ${counts.neither} with neither\n`,
    );
    if (counts.neither > 0 || counts.old === 0 || (parts === 1 && counts.new === 0)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  build();
  await main(Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 0), Number(process.argv[4] ?? 1));
}
