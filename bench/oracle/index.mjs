// What a run of the five networks of MLPerf Tiny costs on this computer: by the plain kernels, by the generated ones that
// commands use for many samples, and by the exported C, compiled with -O2:
//
//   npm run build && npm run bench:oracle -- [kws ic vww ad sww] [--models ../shared/mlperf-tiny] [--rounds 9] [--json]
//
// CPU time of one run, the least of all rounds, in which the three take turns: what else the computer does costs all of them.
// Outputs of all vectors must be the same bytes. "ready" is the CPU time from a program to its first generated run, with what
// is loaded and compiled for it; the plain kernels' check of the first run is in it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { printNetworkFiles } from "../../dist/codegen/networkFiles.js";
import { renderTable } from "../../dist/src/base/table.js";
import { readSamples } from "../../dist/src/formats/samples.js";
import { importTflite } from "../../dist/src/import/importTflite.js";
import { planProgram } from "../../dist/src/plan/planProgram.js";
import { createRunner, plainRunner } from "../../dist/src/program/runner.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    models: {
      type: "string",
      default: fileURLToPath(new URL("../../../shared/mlperf-tiny", import.meta.url)),
    },
    rounds: { type: "string", default: "9" },
    json: { type: "boolean", default: false },
  },
});
const models = positionals.length > 0 ? positionals : ["kws", "ic", "vww", "ad", "sww"];
/** Of one kind of run in one round. */
const roundMs = 60;

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const joined = (arrays) =>
  Buffer.concat(arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)));

/** CPU time of a run, from as many as fill a round. */
function timed(run, inputs) {
  const start = cpuMs();
  let runs = 0;
  while (runs === 0 || cpuMs() - start < roundMs) {
    run(inputs[runs % inputs.length]);
    runs++;
  }
  return (cpuMs() - start) / runs;
}

/** Reads inputs; answers each number of runs on standard input with its seconds of CPU, then with outputs of all inputs. */
const main = (inputs, inputBytes) => `
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "network.h"

static int8_t inputs[${inputs}][${inputBytes}];

static void run(int i)
{
    memcpy(network_input(), inputs[i % ${inputs}], ${inputBytes});
    network_run();
}

int main(int count, char **arguments)
{
    int runs = 0;
    FILE *file = fopen(arguments[1], "rb");
    if (count != 3 || !file || fread(inputs, sizeof inputs, 1, file) != 1 || sscanf(arguments[2], "%d", &runs) != 1) {
        return 1;
    }
    if (runs == 0) {
        for (int i = 0; i < ${inputs}; i++) {
            run(i);
            fwrite(network_output(), NETWORK_OUTPUT_BYTES, 1, stdout);
        }
        return 0;
    }
    const clock_t start = clock();
    for (int i = 0; i < runs; i++) {
        run(i);
    }
    printf("%.9f", (double)(clock() - start) / CLOCKS_PER_SEC / runs);
    return 0;
}
`;

function compile(program, inputs, folder) {
  for (const { path, data } of printNetworkFiles(program, {}).files) writeFileSync(join(folder, path), data);
  writeFileSync(join(folder, "main.c"), main(inputs.length, inputs[0].length));
  writeFileSync(join(folder, "inputs.bin"), joined(inputs));
  execFileSync("gcc", ["-O2", "-std=c11", "-o", "run", "main.c", "network.c"], { cwd: folder });
  const run = (runs) => execFileSync(join(folder, "run"), [join(folder, "inputs.bin"), String(runs)]);
  const once = Number(run(1));
  const runs = Math.max(1, Math.round(roundMs / 1000 / once));
  return { outputs: run(0), timed: () => 1000 * Number(run(runs)) };
}

async function measure(id, folder) {
  const path = join(values.models, id);
  const { network } = importTflite(readFileSync(join(path, "model.tflite")), `${id}/model.tflite`, id);
  const program = planProgram(network);
  const { shape, data } = readSamples(join(path, "inputs.npy"));
  const size = data.length / shape[0];
  const inputs = Array.from({ length: shape[0] }, (_, i) => data.subarray(i * size, (i + 1) * size));
  const plain = plainRunner(program);
  const start = cpuMs();
  const generated = await createRunner(program, Number.POSITIVE_INFINITY);
  generated.run(inputs[0]);
  const ready = cpuMs() - start;
  const c = compile(program, inputs, folder);
  const differing = joined(inputs.map((input) => generated.run(input))).compare(c.outputs);
  const plainDiffering = joined(inputs.map((input) => plain.run(input))).compare(c.outputs);
  if (differing !== 0 || plainDiffering !== 0) throw new Error(`${id}: outputs differ`);
  const best = {
    plain: Number.POSITIVE_INFINITY,
    generated: Number.POSITIVE_INFINITY,
    c: Number.POSITIVE_INFINITY,
  };
  for (let round = 0; round < Number(values.rounds); round++) {
    best.c = Math.min(best.c, c.timed());
    best.generated = Math.min(
      best.generated,
      timed((input) => generated.run(input), inputs),
    );
    best.plain = Math.min(
      best.plain,
      timed((input) => plain.run(input), inputs),
    );
    await new Promise((resolve) => setTimeout(resolve, 20)); // threads that compile have their turn
  }
  const macs = program.calls.reduce((sum, call) => sum + call.macs, 0);
  return { network: id, macs, ...best, ready, outputs: inputs.length };
}

const folder = mkdtempSync(join(tmpdir(), "pinfer-bench-oracle-"));
const rows = [];
try {
  for (const id of models) rows.push(await measure(id, folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (values.json) {
  console.log(JSON.stringify(rows, null, 2));
} else {
  const columns = [
    "network",
    "plain",
    "generated",
    "C -O2",
    "plain / C",
    "generated / C",
    "ready",
    "equal outputs",
  ];
  const ms = (value) => `${value.toFixed(3)} ms`;
  const table = rows.map(({ network, plain, generated, c, ready, outputs }) => [
    network,
    ...[plain, generated, c].map(ms),
    (plain / c).toFixed(1),
    (generated / c).toFixed(2),
    `${ready.toFixed(0)} ms`,
    String(outputs),
  ]);
  console.log(
    renderTable(
      columns.map((title, index) => ({ title, align: index === 0 ? "left" : "right" })),
      table,
    ),
  );
}
