// Fits the model by which the planner chooses kernels (src/costs) to what kernels take on emulated cores, and prints how
// far it is off:
//
//   npm run build && node scripts/fitCosts.mjs [--layers 90] [--only cortex-m4] [--kernel <name>]
//                                                    [--model kws.json]… [--write]
//                                                    [--save <file>] [--from <file>]…
//
// Layers of many shapes run by themselves with every kernel that can run them, on QEMU's mps2-an386 (Cortex-M4, cycles as
// `profile --virtual` models them) and mps2-an385 (Cortex-M3, instructions). Coefficients
// are found by least squares of relative errors, none negative. `--write` writes src/costs/costCoefficients.ts; `--save`
// keeps what was measured, `--from` fits to that. `--model` has the layers of whole networks measured too.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { layersToMeasure } from "./fitLayers.mjs";

const { values } = parseArgs({
  options: {
    layers: { type: "string", default: "90" },
    write: { type: "boolean", default: false },
    only: { type: "string" },
    kernel: { type: "string" },
    model: { type: "string", multiple: true, default: [] },
    save: { type: "string" },
    from: { type: "string", multiple: true },
  },
});
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const { findBoard } = await built("src/board/boards.js");
const { costTerms } = await built("src/costs/costTerms.js");
const { measureNetworks } = await built("src/cycles/measureNetworks.js");
const { readModel } = await built("src/model/modelFile.js");
const { planWith } = await built("src/plan/planProgram.js");
const { measureCalls, printMeasured } = await built("codegen/measure/measureCalls.js");
const { findCandidates } = await built("src/plan/planLayers.js");
const { findTarget } = await built("src/program/target.js");

const cores = [
  { id: "cortex-m4", board: findBoard("mps2-an386"), unit: "cycles" },
  { id: "cortex-m3", board: findBoard("mps2-an385"), unit: "instructions" },
];
/** Candidates of a kernel for a layer that are measured at most. */
const mostShapes = 4;
/** Candidates of each layer of a whole network. */
const turnsOfModels = 5;
/** Networks in one image. */
const together = 40;

/** With a larger activation behind it, so that scratch may be as large. */
function withRoom(network) {
  const { layers, tensors } = network;
  const { output } = layers[0];
  const later = { kind: "reshape", name: "later", inputs: [output], output: output + 1 };
  return {
    ...network,
    layers: [...layers, later],
    tensors: [...tensors, { ...tensors[output], shape: [2 ** 20] }],
    outputs: [{ ...network.outputs[0], tensor: output + 1 }],
  };
}

/** A few candidates of each kernel, spread over all. */
function pickCandidates(network, target) {
  const [{ candidates }] = findCandidates(withRoom(network), { optimize: "speed", target });
  const kernels = [...new Set(candidates.map(({ kernel }) => kernel))].filter(
    (kernel) => values.kernel === undefined || kernel === values.kernel,
  );
  return kernels.flatMap((kernel) => {
    const all = candidates.filter((one) => one.kernel === kernel);
    const step = Math.max(1, all.length / mostShapes);
    return Array.from(
      { length: Math.min(all.length, mostShapes) },
      (_, i) => all[Math.floor((i + ((network.seed * 0.37) % 1)) * step) % all.length],
    );
  });
}

/** A few candidates of each layer of a whole network, of which the time alone is measured. */
async function measureModel(path, id, board, unit) {
  const { quantized } = readModel(path);
  const calls = [];
  const programs = Array.from({ length: turnsOfModels }, (_, turn) => {
    const chosen = [];
    const pick = (layer, candidates) => {
      const choice = candidates[turn % candidates.length];
      chosen.push(turn < candidates.length && costTerms[choice.kernel] ? { layer, choice } : undefined);
      return choice;
    };
    const program = planWith(quantized, { target: findTarget(id) }, pick);
    calls.push(chosen);
    return program;
  });
  process.stderr.write(`${id}: ${path}\n`);
  const found = await measureNetworks(
    ...[board, programs.map((program, turn) => printMeasured(program, `t${turn}`)), unit],
  );
  return calls.flatMap((chosen, turn) =>
    chosen.flatMap((one, call) => {
      if (one === undefined) return [];
      const { layer, choice } = one;
      const time = found[turn].layers[call][unit];
      return [
        {
          core: id,
          kernel: choice.kernel,
          shape: choice.shape,
          layer: `${path} ${layer.name}`,
          numbers: plainNumbers(choice),
          time,
        },
      ];
    }),
  );
}

function plainNumbers({ layer }) {
  return Object.fromEntries(Object.entries(layer).filter(([, value]) => typeof value === "number"));
}

async function measureAll() {
  const rows = [];
  for (const { id, board, unit } of cores) {
    if (values.only !== undefined && values.only !== id) continue;
    const tasks = layersToMeasure(Number(values.layers))
      .flatMap((network) => pickCandidates(network, findTarget(id)).map((choice) => ({ network, choice })))
      // what was measured so far is of all kinds of layers
      .map((task, i) => ({ task, place: (i * 0.618034) % 1 }))
      .sort((one, other) => one.place - other.place)
      .map(({ task }) => task);
    for (let start = 0; start < tasks.length; start += together) {
      process.stderr.write(`\r${id}: ${start} of ${tasks.length} `);
      const some = tasks.slice(start, start + together);
      const found = await measureCalls(board, some, { target: findTarget(id) }, unit);
      for (const [i, { choice, network }] of some.entries()) {
        const { time, codeBytes } = found[i];
        rows.push({
          ...{ core: id, kernel: choice.kernel, shape: choice.shape, layer: network.about },
          ...{ numbers: plainNumbers(choice), time: time[unit], code: codeBytes },
        });
      }
      if (values.save) writeFileSync(values.save, JSON.stringify(rows));
    }
    for (const model of values.model) {
      rows.push(...(await measureModel(model, id, board, unit)));
      if (values.save) writeFileSync(values.save, JSON.stringify(rows));
    }
    process.stderr.write("\n");
  }
  return rows;
}

/** Least squares of relative errors, no coefficient below 0: coordinate descent on the normal equations. */
function leastSquares(terms, measured, floor) {
  const names = [...new Set(terms.flatMap((one) => Object.keys(one)))];
  const rows = terms.map((one, i) => names.map((name) => (one[name] ?? 0) / Math.max(measured[i], floor)));
  const aim = measured.map((value) => value / Math.max(value, floor));
  const used = names.map((_, j) => rows.some((row) => row[j] !== 0));
  const gram = names.map((_, j) => names.map((_, k) => rows.reduce((sum, row) => sum + row[j] * row[k], 0)));
  const right = names.map((_, j) => rows.reduce((sum, row, i) => sum + row[j] * aim[i], 0));
  const x = names.map(() => 0);
  for (let turn = 0; turn < 20000; turn++) {
    let change = 0;
    for (let j = 0; j < names.length; j++) {
      if (!used[j]) continue;
      const ridge = gram[j][j] * (1 + 1e-9);
      const next = Math.max(
        0,
        (right[j] - gram[j].reduce((sum, g, k) => sum + (k === j ? 0 : g * x[k]), 0)) / ridge,
      );
      change = Math.max(change, Math.abs(next - x[j]) / (Math.abs(x[j]) + 1e-6));
      x[j] = next;
    }
    if (change < 1e-7) break;
  }
  const errors = rows.map((row, i) => row.reduce((sum, value, j) => sum + value * x[j], 0) - aim[i]);
  return {
    coefficients: Object.fromEntries(names.map((name, j) => [name, x[j]]).filter(([, c]) => c > 0)),
    errors,
  };
}

const percent = (value) => `${(100 * value).toFixed(1)} %`;
const rms = (errors) => Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);

const rows = values.from
  ? values.from.flatMap((path) => JSON.parse(readFileSync(path, "utf8")))
  : await measureAll();
/** Windows that are copied for one position: most of them lie beside the image. */
const isLone = ({ kernel, numbers }) => kernel === "convolutionPairs" && numbers.positions === 1;
const lines = [];
for (const { id } of cores) {
  for (const kernel of Object.keys(costTerms)) {
    const all = rows.filter((row) => row.core === id && row.kernel === kernel && !isLone(row));
    if (all.length === 0) continue;
    const report = [];
    for (const [part, floor] of [
      ["time", 3000],
      ["code", 300],
    ]) {
      const some = all.filter((row) => row[part] !== undefined);
      if (some.length === 0) continue;
      const terms = some.map(({ numbers }) => costTerms[kernel][part === "time" ? "time" : "code"](numbers));
      const measured = some.map((row) => row[part]);
      if (measured.every((value) => value === 0)) continue;
      const { coefficients, errors } = leastSquares(terms, measured, floor);
      const worst = errors.reduce((at, e, i) => (Math.abs(e) > Math.abs(errors[at]) ? i : at), 0);
      report.push(
        `${part} ${percent(rms(errors))}, at most ${percent(errors[worst])} (${some[worst].layer}, ${some[worst].shape ?? ""})`,
      );
      const text = Object.entries(coefficients).map(
        ([name, value]) => `${name} ${Number(value.toPrecision(4))}`,
      );
      lines.push(`${id} ${kernel} ${part}: ${text.join(", ")}`);
    }
    console.log(`${id} ${kernel}, ${all.length} calls: off by ${report.join("; ")}`);
  }
}
const path = fileURLToPath(new URL("../src/costs/costCoefficients.ts", import.meta.url));
const text = `/**
 * What kernels take for each of their terms (costTerms.ts), by core and kernel: cycles of a Cortex-M4 as \`profile
 * --virtual\` models them, instructions of a Cortex-M3, and bytes of code, compiled for speed. Written by
 * scripts/fitCosts.mjs, which measures some hundred calls on QEMU with gcc 12.2, and prints how far the model is off.
 */
export const coefficientTable = \`
${lines.join("\n")}
\`;
`;
if (values.write) writeFileSync(path, text);
