// What the five networks of MLPerf Tiny cost on the emulated board in each mode, beside this project's limits and beside
// TensorFlow Lite Micro and CMSIS-NN:
//
//   npm run build && npm run bench:device -- [kws ic vww ad sww] [--models ../shared/mlperf-tiny] [--modes speed,size,ram]
//                                            [--vectors 2] [--json]
//
// Instructions are exact: the emulator runs one a nanosecond, and the board's timer counts them. Cycles are modelled from
// them, as `profile --virtual` does. The largest counts of all vectors stand in the table. Flash is the image without that
// of a firmware around no network, RAM the arena with scratch.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatCount, renderTable } from "../../dist/src/base/table.js";
import { findBoard } from "../../dist/src/board/boards.js";
import { startVirtualBoard } from "../../dist/src/board/virtualBoard.js";
import { startCycleModel } from "../../dist/src/cycles/cycleModel.js";
import { readSamples } from "../../dist/src/formats/samples.js";
import { importTflite } from "../../dist/src/import/importTflite.js";
import { openSerialDevice } from "../../dist/src/link/serialDevice.js";
import { bars, limitsOf } from "./bars.mjs";
import { buildImage, emptyImageBytes } from "./images.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    models: {
      type: "string",
      default: fileURLToPath(new URL("../../../shared/mlperf-tiny", import.meta.url)),
    },
    modes: { type: "string", default: "speed,size,ram" },
    vectors: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log(
    `What the networks of MLPerf Tiny cost on the emulated board: instructions, modelled cycles, flash and RAM in each mode.

usage: npm run bench:device -- [model…] [options]

  ${Object.keys(bars).join(" ")}   default all
  --models <folder>    holds kws/model.tflite and so on (default ${values.models})
  --modes <list>       speed,size,ram (default all three)
  --vectors <n>        inputs that each network runs (default 2)
  --json               print JSON

example: npm run build && npm run bench:device -- kws ad --modes speed`,
  );
  process.exit(0);
}
const models = positionals.length > 0 ? positionals : Object.keys(bars);
const modes = values.modes.split(",");
const unknown = models.find((model) => !(model in bars) || !existsSync(join(values.models, model)));
if (unknown !== undefined) {
  console.error(
    `there is no model "${unknown}" in ${values.models}; --models names a folder with kws/model.tflite, …`,
  );
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), "pinfer-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const board = findBoard("olimex-stm32-h405");
const say = (text) => process.stderr.write(`${text}\n`);

function readVectors(path) {
  const { shape, data } = readSamples(path);
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => data.subarray(i * size, (i + 1) * size));
}

/** Vectors spread over all there are, from the first on. */
function spread(count, all) {
  return Array.from({ length: Math.min(count, all) }, (_, i) => Math.floor((i * all) / count));
}

/** The model of an image's cycles; without one the rest is measured all the same. */
async function startCycles(elf) {
  try {
    return await startCycleModel(board, elf);
  } catch (error) {
    say(`modelled cycles are left out: ${error.message}`);
    return undefined;
  }
}

async function measure(model, mode, emptyBytes) {
  const place = join(values.models, model);
  const { network } = importTflite(readFileSync(join(place, "model.tflite")), `${model}.tflite`, model);
  const [inputs, outputs] = ["inputs.npy", "outputs.npy"].map((file) => readVectors(join(place, file)));
  const { program, image } = await buildImage(network, board, mode, join(folder, `${model}-${mode}`));
  const counter = await startCycles(image.elf);
  const emulatorArguments = counter?.emulatorArguments ?? [];
  const virtual = await startVirtualBoard({ elf: image.elf, board, emulatorArguments });
  const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs, elf: image.elf });
  let [instructions, cycles, differing] = [0, counter && 0, 0];
  const chosen = spread(Number(values.vectors), inputs.length);
  for (const vector of chosen) {
    const result = await device.run(inputs[vector]);
    instructions = Math.max(instructions, Number(result.ticks));
    if (counter) cycles = Math.max(cycles, counter.takeCounts().at(-1).cycles);
    differing += result.output.filter((value, i) => value !== outputs[vector][i]).length;
  }
  await device.close();
  await virtual.stop();
  counter?.close();
  return {
    ...{ model, mode, instructions, cycles },
    macs: program.calls.reduce((sum, call) => sum + call.macs, 0),
    flashBytes: image.sizes.flashBytes - emptyBytes,
    ramBytes: program.arenaBytes,
    vectors: chosen.length,
    differingBytes: differing,
  };
}

/** What a row may cost: RAM of `ram` by what speed took in this run, if it was measured. */
function limitsOfRow({ model, mode }, rows) {
  return limitsOf(model, mode, rows.find((row) => row.model === model && row.mode === "speed")?.ramBytes);
}

/** "12 345 ≤ 20 000", or "OVER" where the figure is over what this mode may cost. */
function beside(value, bar) {
  if (value === undefined) return bar === undefined ? "" : `not modelled, at most ${formatCount(bar)}`;
  if (bar === undefined) return formatCount(value);
  return `${formatCount(value)} ${value <= bar ? "≤" : "OVER"} ${formatCount(bar)}`;
}

function render(rows) {
  const right = (title) => ({ title, align: "right" });
  const columns = [
    ...[
      { title: "model", align: "left" },
      { title: "mode", align: "left" },
    ],
    ...["instructions", "modelled cycles", "cycles per MAC", "flash B", "RAM B", "bytes that differ"].map(
      right,
    ),
  ];
  const lines = rows.map((row) => {
    const limits = limitsOfRow(row, rows);
    const perMac = row.cycles === undefined ? "" : (row.cycles / row.macs).toFixed(2);
    return [
      ...[row.model, row.mode, formatCount(row.instructions), beside(row.cycles, limits.cycles), perMac],
      ...[beside(row.flashBytes, limits.flashBytes), beside(row.ramBytes, limits.ramBytes)],
      `${row.differingBytes} in ${row.vectors} vectors`,
    ];
  });
  const others = models.flatMap((model) => {
    const { cmsis, tflm } = bars[model];
    const row = (name, { instructions, cycles, flashBytes, ramBytes }) => [
      ...[model, name, ...[instructions, cycles].map((value) => value && formatCount(value)), ""],
      ...[formatCount(flashBytes), formatCount(ramBytes), ""],
    ];
    return [row("CMSIS-NN", cmsis), row("TFLM", tflm)].map((cells) => cells.map((cell) => cell ?? ""));
  });
  const order = models.flatMap((model) => [...lines, ...others].filter(([name]) => name === model));
  return renderTable(columns, order);
}

const emptyBytes = await emptyImageBytes(board, join(folder, "empty"));
const rows = [];
for (const model of models) {
  for (const mode of modes) {
    say(`${model}, optimized for ${mode}`);
    rows.push(await measure(model, mode, emptyBytes));
  }
}
console.log(
  values.json ? JSON.stringify({ emptyImageBytes: emptyBytes, bars, rows }, null, 2) : render(rows),
);
/** A limit on what was not measured does not hold either. */
const isMissed = (row) =>
  row.differingBytes > 0 ||
  Object.entries(limitsOfRow(row, rows)).some(([name, limit]) => !(row[name] <= limit));
process.exit(rows.some(isMissed) ? 1 : 0);
