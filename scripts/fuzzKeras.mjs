// Imports damaged models of Keras and TensorFlow.js until one of them gets through to what no file should reach:
//   node scripts/fuzzKeras.mjs [--mutants 10000] [--seed 1] [--bytes] [--plan] [model.h5 | model.keras | model.json …]
// Without models it takes those of the tests. What the file says of layers and weights is changed; with --bytes its bytes
// are, which a reader of HDF5 or of archives sees. Each mutant must become a network that the model file's own checks
// accept, or be refused with a UserError. With --plan each network is quantized, planned and run too. The first that does
// otherwise is written to mutant.json, mutant.h5 or mutant.keras. The same seed gives the same mutants.
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";
import { tryMutants } from "./tryMutants.mjs";

const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(`../${path}`);
const { surviveFloats } = await load("test/import/onnx/surviveOnnx.ts");
const { mutate } = await load("test/import/mutate.ts");
const { mutateJson } = await load("test/import/mutateJson.ts");
const { importKeras } = await load("src/import/keras/importKeras.ts");
const { readKeras } = await load("src/import/keras/readKeras.ts");
const { readTfjs } = await load("src/import/keras/readTfjs.ts");
const { UserError } = await load("src/base/errors.ts");
const { Random } = await load("src/base/random.ts");

const { values, positionals } = parseArgs({
  options: {
    mutants: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    bytes: { type: "boolean", default: false },
    plan: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const range = { firstSeed: Number(values.seed), mutants: Number(values.mutants) };
const options = { plans: values.plan };
const folder = fileURLToPath(new URL("../test/import/keras/", import.meta.url));
const models =
  positionals.length > 0
    ? positionals
    : readdirSync(folder).flatMap((name) =>
        ["model.h5", "model.keras", ...(values.bytes ? [] : ["model.json"])].map((file) =>
          join(folder, name, file),
        ),
      );

/** The file with other bytes: the complaint, or undefined. */
async function surviveBytes(bytes, path) {
  let file;
  try {
    file = await readKeras(bytes, path);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  if (file === undefined) return "no model";
  return surviveFloats(() => importKeras(file, "mutant"), options);
}

for (const path of models) {
  const bytes = readFileSync(path);
  const isTfjs = extname(path) === ".json";
  const parsed = isTfjs ? JSON.parse(bytes.toString()) : undefined;
  const file = await readKeras(bytes, path);
  const all = Int32Array.from(bytes.keys());
  const make = (seed) => {
    const random = new Random(seed);
    return values.bytes ? mutate(bytes, all, random) : mutateJson(isTfjs ? parsed : file.model, random);
  };
  const survive = (mutant) =>
    values.bytes
      ? surviveBytes(mutant, path)
      : surviveFloats(
          () => importKeras(isTfjs ? readTfjs(mutant, path) : { ...file, model: mutant }, "mutant"),
          options,
        );
  await tryMutants(path, range, make, survive, values.bytes ? `mutant${extname(path)}` : "mutant.json");
}
