/**
 * Every example goes the whole way: trained, exported, booted on the emulated board, and compared with the host on
 * seeded noise; each model of examples/imports is imported, held against its own outputs, and compared on its samples. Exits
 * 1 when a byte differs or one has no integer network. `node scripts/checkExamples.mjs [example …]`
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { dump } from "npyjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const pinfer = join(root, "dist", "src", "cli", "main.js");
const examples = join(root, "examples");
const samples = 50;

function run(programArguments) {
  return spawnSync(process.execPath, [pinfer, ...programArguments], { cwd: root, encoding: "utf8" });
}

/** All 32 bits of a linear congruential generator matter only in their upper half. */
function noise(count, bits) {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >> (32 - bits);
  });
}

function writeNoise(file, { shape, elementType }) {
  const count = samples * shape.reduce((product, size) => product * size, 1);
  const data = elementType === "int16" ? Int16Array.from(noise(count, 16)) : Int8Array.from(noise(count, 8));
  writeFileSync(file, new Uint8Array(dump(data, [samples, ...shape])));
}

/** Some data are made by a script beside the experiment, with a program that not everybody has. @returns what it lacks */
function makeData(experiment) {
  const from = join(examples, dirname(experiment));
  const script = readdirSync(from).find((file) => /^make.*\.mjs$/.test(file));
  if (script === undefined || existsSync(join(from, "data"))) return undefined;
  const { status, stderr } = spawnSync(process.execPath, [join(from, script)], { encoding: "utf8" });
  return status === 0 ? undefined : stderr.trim();
}

function check(experiment, folder) {
  const lack = makeData(experiment);
  if (lack !== undefined) return { isRight: true, says: `not checked: ${lack}` };
  const [model, inputs] = [join(folder, "model.json"), join(folder, "inputs.npy")];
  const trained = run(["train", join(examples, experiment), "-o", model]);
  if (trained.status !== 0)
    return { isRight: false, says: trained.stderr.trim().split("\n").slice(-2).join(" ") };
  if (JSON.parse(readFileSync(model, "utf8")).quantized === undefined) {
    return {
      isRight: false,
      says: /in floating point only.*/.exec(trained.stdout)?.[0] ?? "no integer network",
    };
  }
  writeNoise(inputs, JSON.parse(run(["summary", model, "--json"]).stdout).input);
  return compare(model, inputs);
}

/** Files that go with a float model, by the option that takes them. */
const beside = { "--calibrate": "samples.npy", "--check": "outputs.npy", "--labels": "labels.npy" };

function checkImport(name, folder) {
  const from = join(examples, name);
  const file = readdirSync(from).find((found) => /^model\.(onnx|json|tflite)$/.test(found));
  const model = join(folder, "imported.json");
  const isFloat = !name.includes("int8");
  const options = Object.entries(beside).filter(([, data]) => isFloat && existsSync(join(from, data)));
  const words = options.flatMap(([option, data]) => [option, join(from, data)]);
  const imported = run(["import", join(from, file), "-o", model, ...words]);
  if (imported.status !== 0) return { isRight: false, says: imported.stderr.trim() };
  const { isRight, says } = compare(model, join(from, "samples.npy"));
  const accuracy = /^accuracy of .*$/m.exec(imported.stdout);
  return { isRight, says: accuracy ? `${accuracy[0]}; ${says}` : says };
}

function compare(model, inputs) {
  const compared = run(["compare", model, "--virtual", "--input", inputs]);
  const says = /^.*bytes differ.*$/m.exec(compared.stdout)?.[0] ?? compared.stderr.trim();
  const ticks = /instructions per inference.*$/m.exec(compared.stdout)?.[0] ?? "";
  return { isRight: compared.status === 0, says: `${says}; ${ticks}` };
}

const isWanted = (file) =>
  process.argv.length === 2 || process.argv.slice(2).some((name) => file.startsWith(`${name}/`));
const experiments = readdirSync(examples, { recursive: true }).filter(
  (file) => file.endsWith(".ts") && readFileSync(join(examples, file), "utf8").includes("export default"),
);
const imports = readdirSync(join(examples, "imports"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `imports/${name}`);
let failures = 0;
for (const example of [...experiments, ...imports].filter(isWanted).sort()) {
  const folder = mkdtempSync(join(tmpdir(), "pinfer-examples-"));
  const { isRight, says } = (imports.includes(example) ? checkImport : check)(example, folder);
  rmSync(folder, { recursive: true, force: true });
  if (!isRight) failures++;
  console.log(`${isRight ? "ok    " : "FAILED"} ${example}: ${says}`);
}
process.exit(failures === 0 ? 0 : 1);
