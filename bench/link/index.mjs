// What the link carries, beside what the emulated board's serial port gives without any protocol, and on a serial line of
// 115200 baud behind an adapter that hands bytes on every 16 ms:
//
//   npm run build && npm run bench:link -- [--rounds 5] [--json]
//
// Ways are measured in turn, round after round, and the median of the rounds stands in the table.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { renderTable } from "../../dist/src/base/table.js";
import { findBoard } from "../../dist/src/board/boards.js";
import { compileFirmware } from "../../dist/src/board/compile.js";
import { startVirtualBoard } from "../../dist/src/board/virtualBoard.js";
import { openDevice } from "../../dist/src/link/device.js";
import { openProcessLine } from "../../dist/src/link/processDevice.js";
import { runAheadTotal } from "../../dist/src/link/runAhead.js";
import { openSerialDevice, openSerialLine } from "../../dist/src/link/serialDevice.js";
import { slowLine } from "./slowLine.mjs";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, json: { type: "boolean", default: false } },
});
const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const firmware = pathOf("../../firmware");
const folder = mkdtempSync(join(tmpdir(), "pinfer-link-"));
const boardId = "olimex-stm32-h405";

function compile(name, id, network, source = firmware) {
  const directory = pathOf(`../../test/firmware/${network}`);
  return compileFirmware({
    board: findBoard(id),
    sources: [{ path: join(directory, "network.c") }],
    includeDirectories: [directory],
    outputDirectory: join(folder, name),
    firmware: source,
  });
}

/** A copy of the firmware with one file written anew. */
function changedFirmware(name, file, change) {
  const copy = join(folder, `${name}-firmware`);
  cpSync(firmware, copy, { recursive: true });
  writeFileSync(join(copy, file), change(readFileSync(join(copy, file), "utf8")));
  return copy;
}

/** Payload bytes both ways and all bytes, a second. */
async function measureRuns(device, inputs, { isAhead }) {
  await device.hello();
  const start = performance.now();
  let payload = 0;
  let line = 0;
  const take = ({ outputs, lineBytes }) => {
    for (const output of outputs) payload += inputs[0].length + output.length;
    line += lineBytes;
  };
  if (isAhead) {
    for await (const answer of runAheadTotal(device, inputs)) take(answer);
  } else {
    for (const input of inputs) {
      const { lineBytes, output } = await device.run(input);
      take({ outputs: [output], lineBytes });
    }
  }
  const seconds = (performance.now() - start) / 1000;
  return { bytes: line / seconds, payload: payload / seconds, overhead: 1 - payload / line };
}

/** The emulator drops what the board sends until it notices that its port was opened: asks until all comes back. */
async function wake(line, block, give, listen) {
  for (let come = 0; come < give; ) {
    come = 0;
    listen((count) => {
      come += count;
    });
    line.write(block);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** Bytes both ways a second on the bare port, which gives `give` bytes for each `take`; `ahead` blocks are on their way. */
async function measureBare(elf, { take, give, blocks, ahead }) {
  const board = await startVirtualBoard({ elf, board: findBoard(boardId) });
  const line = await openSerialLine(board.portPath, 115_200);
  let hear = () => undefined;
  line.listen(
    (bytes) => hear(bytes.length),
    () => undefined,
  );
  const block = new Uint8Array(take).fill(65);
  await wake(line, block, give, (listener) => {
    hear = listener;
  });
  let come = 0;
  let sent = 0;
  const start = performance.now();
  await new Promise((resolve) => {
    const send = () => {
      for (; sent < blocks && sent < Math.floor(come / give) + ahead; sent++) line.write(block);
    };
    hear = (count) => {
      come += count;
      send();
      if (come === blocks * give) resolve();
    };
    send();
  });
  const bytes = (blocks * (take + give)) / ((performance.now() - start) / 1000);
  await line.close();
  await board.stop();
  return { bytes, payload: bytes, overhead: 0 };
}

async function onEmulator(elf, inputs, how) {
  const board = await startVirtualBoard({ elf, board: findBoard(boardId) });
  const device = await openSerialDevice(board.portPath, { stolenMs: board.stolenMs });
  try {
    return await measureRuns(device, inputs, how);
  } finally {
    await device.close();
    await board.stop();
  }
}

async function onSlowLine(executable, inputs, how) {
  const device = openDevice(slowLine(openProcessLine(executable), { bytesPerSecond: 11_520, everyMs: 16 }));
  try {
    return await measureRuns(device, inputs, how);
  } finally {
    await device.close();
  }
}

const input = (size, count) =>
  Array.from({ length: count }, (_, n) => Int8Array.from({ length: size }, (_, i) => n + 37 * i));
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

try {
  const compileBare = (name, take, give) => {
    const text = readFileSync(pathOf("echo.c"), "utf8").replace(
      "TAKE = 64, GIVE = 64",
      `TAKE = ${take}, GIVE = ${give}`,
    );
    return compile(
      name,
      boardId,
      "fixture",
      changedFirmware(name, "main.c", () => text),
    );
  };
  const echo = await compileBare("echo", 64, 64);
  const bare = await compileBare("bare", 784, 10);
  const large = await compile("large", boardId, "fixture");
  const small = await compile("small", boardId, "exampleNetwork");
  // The host build holds as much ahead as a board does.
  const asBoard = changedFirmware("host", "boards/host/board.c", (text) =>
    text.replace(".ahead_bytes = sizeof input", ".ahead_bytes = 255"),
  );
  const largeHost = await compile("large-host", "host", "fixture", asBoard);
  const smallHost = await compile("small-host", "host", "exampleNetwork", asBoard);
  const single = { isAhead: false };
  const ahead = { isAhead: true };
  const ways = [
    // more ahead than 192 bytes would not fit into the board's receive ring while it flushes
    ["emulated board, echo", () => measureBare(echo.elf, { take: 64, give: 64, blocks: 800, ahead: 3 })],
    [
      "emulated board, 784 → 10 B, bare port",
      () => measureBare(bare.elf, { take: 784, give: 10, blocks: 100, ahead: 1 }),
    ],
    ["emulated board, 784 → 10 B, one by one", () => onEmulator(large.elf, input(784, 100), single)],
    ["emulated board, 784 → 10 B, batches", () => onEmulator(large.elf, input(784, 100), ahead)],
    ["emulated board, 4 → 2 B, one by one", () => onEmulator(small.elf, input(4, 300), single)],
    ["emulated board, 4 → 2 B, batches", () => onEmulator(small.elf, input(4, 3000), ahead)],
    ["115200 baud, 784 → 10 B, one by one", () => onSlowLine(largeHost.elf, input(784, 30), single)],
    ["115200 baud, 784 → 10 B, batches", () => onSlowLine(largeHost.elf, input(784, 30), ahead)],
    ["115200 baud, 4 → 2 B, one by one", () => onSlowLine(smallHost.elf, input(4, 50), single)],
    ["115200 baud, 4 → 2 B, batches", () => onSlowLine(smallHost.elf, input(4, 1000), ahead)],
  ];
  const found = new Map(ways.map(([name]) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, measure] of ways) found.get(name).push(await measure());
  }
  const rows = ways.map(([name]) => {
    const rounds = found.get(name);
    const of = (field) => median(rounds.map((each) => each[field]));
    return {
      name,
      bytesPerSecond: of("bytes"),
      payloadBytesPerSecond: of("payload"),
      overhead: of("overhead"),
    };
  });
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else {
    const kilobytes = (bytes) => `${(bytes / 1000).toFixed(2)} kB/s`;
    console.log(
      renderTable(
        ["way", "on the line", "tensors", "overhead"].map((title, i) => ({
          title,
          align: i === 0 ? "left" : "right",
        })),
        rows.map((row) => [
          row.name,
          kilobytes(row.bytesPerSecond),
          kilobytes(row.payloadBytesPerSecond),
          `${(100 * row.overhead).toFixed(1)} %`,
        ]),
      ),
    );
    const [echoed, taken, , batches] = rows.map(({ bytesPerSecond }) => bytesPerSecond);
    const percent = (bar) => `${((100 * batches) / bar).toFixed(0)} %`;
    console.log(
      `\nruns of 784 B in batches carry ${percent(taken)} of what the bare port takes and gives in the same way, ` +
        `${percent(echoed)} of an echo's bytes both ways (bar 90 %: ${percent(echoed / 2)} of the echo each way)`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
