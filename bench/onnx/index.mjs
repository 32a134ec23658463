// Runs .onnx models in onnxruntime-web (WebAssembly, one thread) and as pinfer imports them, on the same random samples, and
// tells the largest difference of the float outputs by the largest output:
//
//   npm run build && cd bench/onnx && npm install && node index.mjs [model.onnx | folder …] [--samples 8] [--seed 1] [--json]
//
// Without models: those of ../shared/onnx beside the repository. It fails when a difference passes 1e-5. A model that one of
// the two refuses has its reason in its line.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as ort from "onnxruntime-web";
import { UserError } from "../../dist/src/base/errors.js";
import { Random } from "../../dist/src/base/random.js";
import { renderTable } from "../../dist/src/base/table.js";
import { elementCount, Tensor } from "../../dist/src/base/tensor.js";
import { importOnnx } from "../../dist/src/import/onnx/importOnnx.js";
import { fromUserOrder, toUserOrder, userShape } from "../../dist/src/network/axisOrder.js";
import { forwardSamples } from "../../dist/src/train/fitting/forwardSamples.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: "string", default: "8" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const shared = fileURLToPath(new URL("../../../shared/onnx/models", import.meta.url));
const limit = 1e-5;
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const filesOf = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith(".onnx"))
        .sort()
        .map((name) => join(path, name))
    : [path];

/** With the softmax left out where the network cannot have it; its complaint when it is refused. */
function importModel(path) {
  const bytes = readFileSync(path);
  const run = (withoutSoftmax) =>
    importOnnx(bytes, basename(path), "witness", { folder: dirname(path), withoutSoftmax });
  try {
    return run(false);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    try {
      return run(true);
    } catch {
      return error.message.replace(/\s+/g, " ");
    }
  }
}

/** What the file gives for the logits of one sample. */
function withSoftmax(logits, leftOut) {
  if (leftOut === undefined) return logits;
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, x) => total + Math.exp(x - largest), 0);
  const shifted = logits.map((x) => x - largest - Math.log(sum));
  return leftOut === "LogSoftmax" ? shifted : shifted.map(Math.exp);
}

/** The model in the witness, and how many samples it takes at once; its complaint when it refuses the model. */
async function openWitness(path, sample) {
  try {
    const externalData = readdirSync(dirname(path))
      .filter((name) => /\.(data|bin|weights)$/.test(name))
      .map((name) => ({ path: name, data: new Uint8Array(readFileSync(join(dirname(path), name))) }));
    const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(path)), { externalData });
    const { shape } = session.inputMetadata[0];
    const isBatched = shape.length === sample.length + 1;
    const together = isBatched && typeof shape[0] === "number" ? shape[0] : 1;
    return { session, together, shape: [...(isBatched ? [together] : []), ...sample] };
  } catch (error) {
    return String(error.message ?? error).split("\n")[0];
  }
}

/** Its outputs, one sample behind the other. */
async function runWitness({ session, shape }, data) {
  const size = elementCount(shape);
  const outputs = [];
  for (let at = 0; at < data.length; at += size) {
    const input = new ort.Tensor("float32", data.slice(at, at + size), shape);
    const answer = await session.run({ [session.inputNames[0]]: input });
    outputs.push(...answer[session.outputNames[0]].data);
  }
  await session.release();
  return Float64Array.from(outputs);
}

function differenceOf({ network, output, leftOut }, inputs, wanted) {
  const size = elementCount(network.outputShape);
  const found = toUserOrder(forwardSamples(network, inputs).data, network.outputShape, output.axes);
  if (found.length !== wanted.length) {
    return `the witness gives ${wanted.length} values, the network ${found.length}`;
  }
  let [difference, largest] = [0, 0];
  for (let start = 0; start < wanted.length; start += size) {
    const own = withSoftmax(Float64Array.from(found.subarray(start, start + size)), leftOut);
    for (const [k, value] of own.entries()) {
      difference = Math.max(difference, Math.abs(value - wanted[start + k]));
      largest = Math.max(largest, Math.abs(wanted[start + k]));
    }
  }
  return difference / largest;
}

async function compare(path) {
  const model = basename(path, ".onnx");
  const imported = importModel(path);
  if (typeof imported === "string") return { model, refused: imported };
  const { network, input, leftOut } = imported;
  const random = new Random(Number(values.seed));
  const sample = userShape(network.inputShape, input.axes);
  const size = elementCount(sample);
  const witness = await openWitness(path, sample);
  if (typeof witness === "string") return { model, witness };
  const samples = Math.ceil(Number(values.samples) / witness.together) * witness.together;
  const data = Float32Array.from({ length: samples * size }, () => random.normal());
  const ours = fromUserOrder(data, network.inputShape, input.axes);
  const wanted = await runWitness(witness, data);
  const difference = differenceOf(imported, new Tensor([samples, ...network.inputShape], ours), wanted);
  if (typeof difference === "string") return { model, witness: difference };
  return {
    model,
    layers: network.layers.length,
    macs: network.macs,
    leftOut,
    values: wanted.length,
    difference,
  };
}

const results = [];
for (const path of (positionals.length > 0 ? positionals : [shared]).flatMap(filesOf)) {
  results.push(await compare(path));
}
const right = ({ difference }) => difference <= limit;
if (values.json) console.log(JSON.stringify(results, undefined, 1));
else {
  const columns = [
    { title: "model", align: "left" },
    { title: "layers", align: "right" },
    { title: "MACs", align: "right" },
    { title: "values", align: "right" },
    { title: "largest difference", align: "left" },
  ];
  const tell = ({ difference, leftOut, refused, witness }) =>
    difference !== undefined
      ? `${difference.toExponential(1)}${leftOut ? `, ${leftOut} done here` : ""}`
      : refused !== undefined
        ? `not imported: ${refused.slice(0, 110)}`
        : `no witness: ${witness.slice(0, 110)}`;
  const rows = results.map((one) => [
    one.model,
    ...[one.layers, one.macs, one.values].map((value) => String(value ?? "")),
    tell(one),
  ]);
  console.log(renderTable(columns, rows));
  const count = (test) => results.filter(test).length;
  console.log(
    `${count(right)} of ${results.length} within ${limit}; ${count(({ refused }) => refused !== undefined)} not imported, ` +
      `${count(({ witness }) => witness !== undefined)} without a witness`,
  );
}
process.exitCode = results.every((one) => one.difference === undefined || right(one)) ? 0 : 1;
