// Whole training steps of pinfer beside those of other programs, in one interleaved run:
//
//   npm run build && npm install --prefix bench && npm run bench -- [workload…] [--rounds 5] [--ms 400]
//
// Each program runs in a process of its own and trains the same network on the same samples. In every round each has
// its turn; the best round counts, so that what else the machine does disturbs as little as it can. The second pair of
// columns is samples per second of processor time, over all of a program's threads: on a busy machine it is the steadier
// one. Programs that are not there are left out, and said to be.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { samplesOf, workloads } from "./workloads.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));

const help = `Trains the same networks with pinfer and with other programs, in turns, and shows samples per second.

usage: npm run bench -- [workload…] [--rounds n] [--ms n]

  --rounds n   turns that each program has; the best counts (default 5)
  --ms n       milliseconds of training in each turn, at least (default 400)
  --help       this text

workloads (default all):
${Object.entries(workloads)
  .map(([id, { name }]) => `  ${id.padEnd(12)} ${name}`)
  .join("\n")}

Other programs are found in bench/node_modules (npm install --prefix bench); PYTHON names a Python with PyTorch.
`;

/** @returns {never} */
function refuse(message) {
  process.stderr.write(`${message}\nnpm run bench -- --help lists what there is\n`);
  process.exit(2);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: "string", default: "5" },
        ms: { type: "string", default: "400" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return { ...values, positionals };
  } catch (error) {
    return refuse(error.message);
  }
}

function countOf(name, text) {
  const count = Number(text);
  return Number.isInteger(count) && count > 0
    ? count
    : refuse(`--${name} must be an integer above 0, found ${text}`);
}

const given = readArguments();
if (given.help) {
  process.stdout.write(help);
  process.exit(0);
}
const rounds = countOf("rounds", given.rounds);
const turnMs = countOf("ms", given.ms);
const chosen = given.positionals.length > 0 ? given.positionals : Object.keys(workloads);
const unknown = chosen.find((id) => !(id in workloads));
if (unknown !== undefined) refuse(`no workload ${unknown}`);
const isInstalled = (name) => existsSync(join(folder, "..", "node_modules", name));

/** A Python that has PyTorch, or undefined. */
const python = [process.env.PYTHON, "python3", "python"].find(
  (name) => name && spawnSync(name, ["-c", "import torch"]).status === 0,
);

const script = (name, ...rest) => [process.execPath, [join(folder, "peers", name), ...rest]];
const temporary = mkdtempSync(join(tmpdir(), "pinfer-bench-"));

/** The programs that can train a workload, by name: command and arguments. */
async function peersOf(id) {
  const isSmallest = workloads[id].layers.length === 0;
  const isRecurrent = workloads[id].layers.some(({ kind }) => kind === "gru" || kind === "lstm");
  const isDense = workloads[id].layers.every(({ kind }) => kind === "dense" || kind === "relu");
  const peers = { pinfer: script("pinfer.mjs", id) };
  if (!isSmallest) peers["pinfer alone"] = script("pinfer.mjs", id, "alone");
  if (isInstalled("@tensorflow/tfjs") && !isRecurrent) {
    // The WebAssembly backend of TensorFlow.js has no gradients of convolutions.
    if (isDense && isInstalled("@tensorflow/tfjs-backend-wasm")) {
      peers["tfjs wasm"] = script("tfjs.mjs", id, "wasm");
    }
    peers["tfjs cpu"] = script("tfjs.mjs", id, "cpu");
  }
  if (isSmallest && isInstalled("synaptic")) peers.synaptic = script("synaptic.mjs", id);
  if (isSmallest && isInstalled("brain.js")) peers["brain.js"] = script("brain.mjs", id);
  if (python !== undefined) {
    const { inputs, labels } = await samplesOf(workloads[id]);
    const files = ["workload.json", "inputs", "labels"].map((name) => join(temporary, `${id}-${name}`));
    const contents = [JSON.stringify(workloads[id]), inputs, labels];
    for (const [k, file] of files.entries()) writeFileSync(file, contents[k]);
    for (const threads of ["1", String(cpus().length)]) {
      peers[`pytorch ${threads}t`] = [python, [join(folder, "peers", "pytorch.py"), ...files, threads]];
    }
  }
  return peers;
}

/** A program at work: it has said that it is ready. */
async function start(name, [command, commandArguments]) {
  const child = spawn(command, commandArguments, { stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} ended: ${errors.trim().split("\n").at(-1)}`);
    return value;
  };
  const until = async (isWanted) => {
    let line = await next();
    while (!isWanted(line)) line = await next();
    return line;
  };
  await until((line) => line === "ready");
  return {
    name,
    best: 0,
    bestOfProcessor: 0,
    async run(ms) {
      child.stdin.write(`go ${ms}\n`);
      const line = await until((text) => /^[\d.e+]+ [\d.e+]+$/.test(text));
      const [rate, rateOfProcessor] = line.split(" ").map(Number);
      this.best = Math.max(this.best, rate);
      this.bestOfProcessor = Math.max(this.bestOfProcessor, rateOfProcessor);
    },
    stop: () => child.kill(),
  };
}

const figure = (rate) => Number(rate.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 1 });

async function measure(id) {
  const programs = [];
  for (const [name, command] of Object.entries(await peersOf(id))) {
    try {
      programs.push(await start(name, command));
    } catch (error) {
      console.log(`  ${name} is left out: ${error.message}`);
    }
  }
  const loads = [];
  for (let round = 0; round < rounds; round++) {
    loads.push(loadavg()[0]);
    for (const program of programs) await program.run(turnMs);
  }
  const [pinfer] = programs;
  console.log(`\n${id}: ${workloads[id].name} (load ${Math.min(...loads)} to ${Math.max(...loads)})`);
  console.log(`  ${"".padEnd(12)} ${"samples/s".padStart(12)} ${"ratio".padStart(9)}   of processor time`);
  for (const { name, best, bestOfProcessor } of programs) {
    const ratios = [pinfer.best / best, pinfer.bestOfProcessor / bestOfProcessor].map((ratio) =>
      name === "pinfer" ? "" : `${figure(ratio)} x`,
    );
    const columns = [figure(best).padStart(12), ratios[0].padStart(9), figure(bestOfProcessor).padStart(12)];
    console.log(`  ${name.padEnd(12)} ${columns.join(" ")} ${ratios[1].padStart(9)}`);
  }
  for (const program of programs) program.stop();
}

const missing = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm", "synaptic", "brain.js"].filter(
  (name) => !isInstalled(name),
);
if (missing.length > 0) console.log(`not installed (npm install in bench/): ${missing.join(", ")}`);
if (python === undefined) console.log("no Python with PyTorch found (set PYTHON to name one): left out");
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0].model}; ratio: pinfer to the other`);
for (const id of chosen) await measure(id);
rmSync(temporary, { recursive: true });
