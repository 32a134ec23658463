// Instructions that small layers take on an emulated Cortex-M4, planned for it and for any core, beside what they may:
//
//   npm run build && node scripts/smallLayers.mjs [model.json limit]…
//
// Each network's C runs by itself a hundred times between two readings of SysTick, on QEMU's mps2-an386, which runs an
// instruction a nanosecond; the loop's own are taken off. Needs arm-none-eabi-gcc and qemu-system-arm.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = (path) => import(pathToFileURL(join(root, "dist", path)).href);
const { generateNetwork } = await built("codegen/generatedNetwork.js");
const { printHeader } = await built("codegen/printHeader.js");
const { printSource } = await built("codegen/printNetwork.js");
const { KernelLibrary } = await built("codegen/kernelLibrary.js");
const { planProgram } = await built("src/plan/planProgram.js");
const { planningTargets } = await built("src/program/target.js");
const { readModel } = await built("src/model/modelFile.js");
const library = new KernelLibrary(join(root, "src/kernels"), "src/kernels");

const tensor = (name, shape, zeroPoint) => ({
  ...{ name, shape, elementType: "int8" },
  quantization: { scale: 1, zeroPoint },
});
/** Seeded weights, all of int8 but −128. */
const weights = (count) =>
  Int8Array.from({ length: count }, (_, i) => (Math.imul(i + 1, 2654435761) >> 24) | 1);
const layerOf = (outputs, taps) => ({
  ...{ inputs: [0], output: 1, weights: weights(outputs * taps) },
  bias: Int32Array.from({ length: outputs }, (_, o) => 37 * o - 99),
  ...{ activationMin: -128, activationMax: 127 },
});
const network = (layer, input, output) => ({
  name: layer.name,
  tensors: [tensor("input", input, -3), tensor("output", output, 5)],
  ...{
    inputs: [{ name: "input", tensor: 0, border: "int8" }],
    outputs: [{ name: "output", tensor: 1, border: "int8" }],
  },
  ...{ states: [], layers: [layer] },
});

function dense(inputs, outputs) {
  const layer = { kind: "fullyConnected", name: "dense", ...layerOf(outputs, inputs), weightScales: [0.001] };
  return network(layer, [inputs], [outputs]);
}

function convolution(filters) {
  const one = Array.from({ length: filters }, (_, o) => 0.001 + o * 0.0001);
  const layer = {
    ...{ kind: "convolution", name: "conv", ...layerOf(filters, 36), weightScales: one },
    ...{ kernelSize: [3, 3], strides: [1, 1], dilations: [1, 1] },
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
  };
  return network(layer, [12, 12, 4], [10, 10, filters]);
}

const named = process.argv.slice(2);
const cases = [
  ...[
    [1, 19_000],
    [2, 25_000],
    [3, 32_500],
    [4, 39_500],
  ].map(([filters, most]) => [`convolution 3x3x4 on 12x12, ${filters} filters`, convolution(filters), most]),
  ...[
    [4, 700],
    [10, 1_600],
    [12, 2_000],
    [20, 4_007],
    [3, 700],
    [9, 1_600],
    [11, 2_625],
  ].map(([outputs, most]) => [`dense 64 to ${outputs}`, dense(64, outputs), most]),
  ...Array.from({ length: named.length / 2 }, (_, i) => [
    named[2 * i],
    readModel(named[2 * i]).quantized,
    Number(named[2 * i + 1]),
  ]),
];

const turns = 100;
const folder = mkdtempSync(join(tmpdir(), "pinfer-small-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const run = (tool, ...args) => execFileSync(tool, args, { cwd: folder, encoding: "utf8" });
const embedding = join(root, "test/embedding");

function instructions(quantized, target) {
  const generated = generateNetwork(planProgram(quantized, { optimize: "speed", target }), (name) =>
    library.get(name),
  );
  writeFileSync(join(folder, "network.c"), printSource(generated, "0.0.0"));
  writeFileSync(join(folder, "network.h"), printHeader(generated, "0.0.0"));
  writeFileSync(
    join(folder, "main.c"),
    `#include "network.h"
#include "port.h"
int main(void)
{
    start_counting();
    for (int32_t turn = 0; turn < ${turns}; turn++) network_run();
    const int32_t all = counted_instructions();
    for (int32_t turn = 0; turn < ${turns}; turn++) __asm volatile("" ::: "memory");
    put_number(2 * all - counted_instructions());
    leave();
}
`,
  );
  const core = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft"];
  run(
    ...["arm-none-eabi-gcc", ...core, "-O2", "-w", "-I.", `-I${embedding}`, "network.c", "main.c"],
    ...[
      join(embedding, "arm/startup.c"),
      "-nostartfiles",
      "--specs=nosys.specs",
      "-T",
      join(embedding, "arm/link.ld"),
    ],
    ...["-o", "program"],
  );
  const output = run(
    ...["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "none"],
    ...["-icount", "shift=0", "-chardev", "stdio,id=console"],
    ...["-semihosting-config", "enable=on,target=native,chardev=console", "-kernel", "program"],
  );
  return Number(output.trim()) / turns;
}

let missed = 0;
for (const [name, quantized, most] of cases) {
  const counted = planningTargets.map((target) => Math.round(instructions(quantized, target)));
  const isOver = Math.max(...counted) > most;
  if (isOver) missed++;
  const figures = counted.map((count, i) => `${count} (${planningTargets[i].id})`).join(", ");
  console.log(`${isOver ? "OVER" : "ok  "} ${name}: ${figures}, at most ${most}`);
}
process.exitCode = missed > 0 ? 1 : 0;
