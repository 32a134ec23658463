// What the five networks of MLPerf Tiny cost on the emulated board in each mode, beside the limits and beside
// TensorFlow Lite Micro and CMSIS-NN:
//
//   npm run build && npm run bench:device -- [kws ic vww ad sww] [--models ../shared/mlperf-tiny] [--modes speed,size,ram]
//                                            [--vectors 2] [--json] [--cycles <folder>]
//
// Instructions are exact: the emulator runs one a nanosecond, and the board's timer counts them; the largest count of all
// vectors stands in the table. Flash is the image without that of a firmware around no network, RAM the arena with
// scratch. With --cycles, cycles modelled by the plugin and script of that folder stand beside the instructions.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatCount, renderTable } from "../../dist/src/base/table.js";
import { findBoard } from "../../dist/src/board/boards.js";
import { startVirtualBoard } from "../../dist/src/board/virtualBoard.js";
import { readSamples } from "../../dist/src/formats/samples.js";
import { importTflite } from "../../dist/src/import/importTflite.js";
import { openSerialDevice } from "../../dist/src/link/serialDevice.js";
import { bars } from "./bars.mjs";
import { cycleModel } from "./cycles.mjs";
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
    cycles: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log(
    `What the networks of MLPerf Tiny cost on the emulated board: instructions, flash and RAM in each mode.

usage: npm run bench:device -- [model…] [options]

  ${Object.keys(bars).join(" ")}   default all
  --models <folder>    holds kws/model.tflite and so on (default ${values.models})
  --modes <list>       speed,size,ram (default all three)
  --vectors <n>        inputs that each network runs (default 2)
  --cycles <folder>    also model cycles, with the plugin and script of that folder
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
const toCycles = prepareCycles();

function prepareCycles() {
  if (values.cycles === undefined) {
    say("modelled cycles are left out: --cycles <folder> names the tools that make them");
    return undefined;
  }
  try {
    return cycleModel(values.cycles, folder);
  } catch (error) {
    say(`modelled cycles are left out: ${error.message}`);
    return undefined;
  }
}

function readVectors(path) {
  const { shape, data } = readSamples(path);
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => data.subarray(i * size, (i + 1) * size));
}

/** Vectors spread over all there are, from the first on. */
function spread(count, all) {
  return Array.from({ length: Math.min(count, all) }, (_, i) => Math.floor((i * all) / count));
}

async function measure(model, mode, emptyBytes) {
  const place = join(values.models, model);
  const { network } = importTflite(readFileSync(join(place, "model.tflite")), `${model}.tflite`, model);
  const [inputs, outputs] = ["inputs.npy", "outputs.npy"].map((file) => readVectors(join(place, file)));
  const { program, image } = await buildImage(network, board, mode, join(folder, `${model}-${mode}`));
  const virtual = await startVirtualBoard({ elf: image.elf, board });
  const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs, elf: image.elf });
  let [instructions, differing] = [0, 0];
  const chosen = spread(Number(values.vectors), inputs.length);
  for (const vector of chosen) {
    const result = await device.run(inputs[vector]);
    instructions = Math.max(instructions, Number(result.ticks));
    differing += result.output.filter((value, i) => value !== outputs[vector][i]).length;
  }
  await device.close();
  await virtual.stop();
  return {
    model,
    mode,
    macs: program.calls.reduce((sum, call) => sum + call.macs, 0),
    instructions,
    cycles: await toCycles?.(image.elf, virtual.machine, inputs[0]),
    flashBytes: image.sizes.flashBytes - emptyBytes,
    ramBytes: program.arenaBytes,
    vectors: chosen.length,
    differingBytes: differing,
  };
}

/** "12 345 ≤ 20 000", or "!" where the figure is over what this mode may cost. */
function beside(value, bar) {
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
    ...[
      "instructions",
      ...(toCycles ? ["cycles"] : []),
      "per MAC",
      "flash B",
      "RAM B",
      "bytes that differ",
    ].map(right),
  ];
  const lines = rows.map((row) => {
    const bar = bars[row.model];
    return [
      ...[
        row.model,
        row.mode,
        beside(row.instructions, row.mode === "speed" ? bar.speedInstructions : undefined),
      ],
      ...(toCycles ? [formatCount(row.cycles)] : []),
      (row.instructions / row.macs).toFixed(2),
      beside(row.flashBytes, row.mode === "size" ? bar.sizeFlash : undefined),
      beside(row.ramBytes, row.mode === "ram" ? bar.ramBytes : undefined),
      `${row.differingBytes} in ${row.vectors} vectors`,
    ];
  });
  const others = models.flatMap((model) => {
    const { instructions, flash, ram } = bars[model].others;
    const gap = toCycles ? [""] : [];
    return [
      [
        model,
        "CMSIS-NN",
        formatCount(instructions),
        ...gap,
        "",
        formatCount(flash[0]),
        formatCount(ram[0]),
        "",
      ],
      [model, "TFLM", "", ...gap, "", formatCount(flash[1]), formatCount(ram[1]), ""],
    ];
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
const isMissed = ({ model, mode, instructions, flashBytes, ramBytes, differingBytes }) =>
  differingBytes > 0 ||
  (mode === "speed" && instructions > bars[model].speedInstructions) ||
  (mode === "size" && flashBytes > bars[model].sizeFlash) ||
  (mode === "ram" && ramBytes > bars[model].ramBytes);
process.exit(rows.some(isMissed) ? 1 : 0);
