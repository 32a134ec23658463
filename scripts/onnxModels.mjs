// Imports every ONNX model and trap of ../shared/onnx and compares 16 samples with onnxruntime's outputs; then quantizes each
// model, and compares the host's bytes with those of the C, compiled for this computer. Models that are quantized already must
// give onnxruntime's bytes:
//   node scripts/onnxModels.mjs [--only name] [--float]

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(`../${path}`);
const { hasOnnxModels, importFile, noOnnxModels, onnxModels, relativeDifference } = await load(
  "test/import/onnx/onnxModels.ts",
);
const { hashOf, importIntegerFile, inputsOf, integerFiles, onnxruntimeHashes, outputsOf, pathOf } =
  await load("test/import/onnx/integerFiles.ts");
const { UserError } = await load("src/base/errors.ts");

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, float: { type: "boolean", default: false } },
});
if (!hasOnnxModels) {
  console.error(noOnnxModels);
  process.exit(1);
}
const main = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url));
if (!values.float && !existsSync(main)) {
  console.error("the commands are not built: node scripts/build.mjs");
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "pinfer-onnx-"));
const counts = {
  ...{ equal: 0, different: 0, refused: 0, int8Equal: 0, int8Failed: 0 },
  ...{ quantizedEqual: 0, quantizedDifferent: 0, quantizedRefused: 0 },
};

for (const file of onnxModels().filter(({ name }) => name.includes(values.only))) {
  const { name, kind } = file;
  let imported;
  try {
    imported = importFile(file);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    counts.refused++;
    console.log(`${kind} ${name}: refused: ${error.message.split("\n").join(" ")}`);
    continue;
  }
  const difference = relativeDifference(file, imported, 16);
  counts[difference < 1e-5 ? "equal" : "different"]++;
  console.log(
    `${kind} ${name}: ${difference.toExponential(1)} of the largest output; ${int8Of(file, imported)}`,
  );
}
for (const name of integerFiles().filter((file) => file.includes(values.only))) {
  try {
    const { network } = importIntegerFile(name);
    const inputs = inputsOf(name, network);
    const isEqual = hashOf(await outputsOf(network, inputs)) === onnxruntimeHashes[name];
    counts[isEqual ? "quantizedEqual" : "quantizedDifferent"]++;
    const host = values.float ? "C not asked for" : onHost(name, inputs);
    console.log(
      `quantized ${name}: ${isEqual ? "onnxruntime's bytes" : "OTHER BYTES THAN ONNXRUNTIME"}; ${host}`,
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    counts.quantizedRefused++;
    console.log(`quantized ${name}: refused: ${error.message.split("\n").join(" ")}`);
  }
}
rmSync(folder, { recursive: true });
console.log(JSON.stringify(counts));
process.exitCode = counts.different + counts.int8Failed + counts.quantizedDifferent > 0 ? 1 : 0;

/** What `compare --host-c` says of a model that is quantized already. */
function onHost(name, inputs) {
  const [model, samples] = [join(folder, "model.json"), join(folder, "samples.npy")];
  const types = { Uint8Array: "|u1", Int8Array: "|i1", Float32Array: "<f4" };
  const header = `{'descr': '${types[inputs[0].constructor.name]}', 'fortran_order': False, 'shape': (${inputs.length}, ${inputs[0].length}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const bytes = inputs.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  writeFileSync(
    samples,
    Buffer.concat([Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"), Buffer.from(padded), ...bytes]),
  );
  const imported = run("import", pathOf(name), "-o", model, "--json");
  if (imported.status !== 0) return fail(imported);
  const compared = run("compare", model, "--host-c", "--input", samples, "--json");
  if (compared.status !== 0) return fail(compared);
  counts.int8Equal++;
  return `C: 0 of ${JSON.parse(compared.stdout).bytes?.compared ?? "all"} bytes differ`;
}

/** What `compare --host-c` says of the quantized network. */
function int8Of({ path, inputs }, { leftOut }) {
  if (values.float) return "int8 not asked for";
  const model = join(folder, "model.json");
  const more = leftOut === undefined ? [] : ["--without-softmax"];
  const quantized = run("import", path, "--calibrate", inputs, "-o", model, "--json", ...more);
  if (quantized.status !== 0) return fail(quantized);
  const { int8, macs } = JSON.parse(quantized.stdout);
  const compared = run("compare", model, "--host-c", "--input", inputs, "--json");
  if (compared.status !== 0) return fail(compared);
  counts.int8Equal++;
  const { bytes } = JSON.parse(compared.stdout);
  const loss = `${int8.metric} ${int8.int8?.toFixed(3) ?? "none"}`;
  return `int8: 0 of ${bytes?.compared ?? "all"} bytes differ; ${loss}; ${macs} MACs, ${int8.arenaBytes} B of arena`;
}

function run(...programArguments) {
  return spawnSync(process.execPath, [main, ...programArguments], { encoding: "utf8", maxBuffer: 2 ** 28 });
}

function fail({ stdout, stderr }) {
  counts.int8Failed++;
  return `int8 fails: ${(stderr.match(/error: .*/)?.[0] ?? stdout).slice(0, 300)}`;
}
