/**
 * Every example goes the whole way: trained, exported, booted on the emulated board, and compared with the host on
 * seeded noise. Exits 1 when a byte differs or one has no integer network. `node scripts/checkExamples.mjs [example …]`
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

function check(experiment, folder) {
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
  const compared = run(["compare", model, "--virtual", "--input", inputs]);
  const says = /^.*bytes differ.*$/m.exec(compared.stdout)?.[0] ?? compared.stderr.trim();
  const ticks = /instructions per inference.*$/m.exec(compared.stdout)?.[0] ?? "";
  return { isRight: compared.status === 0, says: `${says}; ${ticks}` };
}

const experiments = readdirSync(examples, { recursive: true })
  .filter(
    (file) => file.endsWith(".ts") && readFileSync(join(examples, file), "utf8").includes("export default"),
  )
  .filter(
    (file) => process.argv.length === 2 || process.argv.slice(2).some((name) => file.startsWith(`${name}/`)),
  )
  .sort();
let failures = 0;
for (const experiment of experiments) {
  const folder = mkdtempSync(join(tmpdir(), "pinfer-examples-"));
  const { isRight, says } = check(experiment, folder);
  rmSync(folder, { recursive: true, force: true });
  if (!isRight) failures++;
  console.log(`${isRight ? "ok    " : "FAILED"} ${experiment}: ${says}`);
}
process.exit(failures === 0 ? 0 : 1);
