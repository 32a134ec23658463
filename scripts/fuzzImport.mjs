// Imports damaged models until one of them gets through to what no file should reach:
//   node scripts/fuzzImport.mjs [--mutants 100000] [--seed 1] [--plan] [--sound] [--onnx | --float] [model.tflite | model.onnx …]
// Without models it damages those that the tests build: one with many operators, and one for each way of an operator; with
// --onnx the ONNX ones, with --float the same .tflite models in float32. With --sound what .tflite models of the tests say
// is changed (shapes, scales, options), not their bytes. Each mutant must become a network that the model file's own checks
// accept, or be refused with a UserError. With --plan each network is planned and run too (a float one is quantized first).
// The first that does otherwise is written to mutant.tflite or mutant.onnx. The same seed gives the same mutants.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";
import { tryMutants } from "./tryMutants.mjs";

const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(`../${path}`);
const { survive } = await load("test/import/survive.ts");
const { mutate, structuralPositions } = await load("test/import/mutate.ts");
const { mutateSpec } = await load("test/import/mutateSpec.ts");
const { buildTflite } = await load("test/import/buildTflite.ts");
const { everyOperator } = await load("test/import/everyOperator.ts");
const { operatorModels } = await load("test/import/operatorModels.ts");
const { readTflite } = await load("src/import/readTflite.ts");
const { asFloats } = await load("test/import/floatTflite/asFloats.ts");
const { surviveFloatTflite, surviveOnnx } = await load("test/import/onnx/surviveOnnx.ts");
const { buildOnnx } = await load("test/import/onnx/buildOnnx.ts");
const { manyOperators } = await load("test/import/onnx/manyOperators.ts");
const { integerModel } = await load("test/import/onnx/integerModels.ts");
const { smallForest } = await load("test/import/onnx/treeModels.ts");
const { isOnnx, readOnnx } = await load("src/import/onnx/readOnnx.ts");
const { Random } = await load("src/base/random.ts");

const { values, positionals } = parseArgs({
  options: {
    mutants: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    plan: { type: "boolean", default: false },
    sound: { type: "boolean", default: false },
    onnx: { type: "boolean", default: false },
    float: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const range = { firstSeed: Number(values.seed), mutants: Number(values.mutants) };
/** A model's bytes, and what makes them. */
function inWanted(make) {
  const own = values.float ? () => asFloats(make()) : make;
  return [buildTflite(own()), own];
}

const ownModels = values.onnx
  ? [
      ["many operators of ONNX", buildOnnx(manyOperators)],
      ["integers of ONNX", buildOnnx(integerModel("QOperator"))],
      ["integers of ONNX, dequantized", buildOnnx(integerModel("QDQ"))],
      ["decision trees", buildOnnx(smallForest)],
    ]
  : Object.entries({ "every operator": everyOperator, ...operatorModels }).map(([name, make]) => [
      name,
      ...inWanted(make),
    ]);
const models =
  positionals.length > 0 ? positionals.map((path) => [basename(path), readFileSync(path)]) : ownModels;

for (const [name, bytes, spec] of models) {
  const isFloat = isOnnx(bytes);
  const [constants, surviveAny, mutantFile] = isFloat
    ? [readOnnx(bytes, name).initializers.flatMap(({ raw }) => raw ?? []), surviveOnnx, "mutant.onnx"]
    : [
        readTflite(bytes, name).tensors.flatMap(({ data }) => data ?? []),
        values.float ? surviveFloatTflite : survive,
        "mutant.tflite",
      ];
  const positions = structuralPositions(bytes, constants);
  const make = (seed) => {
    const random = new Random(seed);
    return values.sound && spec ? buildTflite(mutateSpec(spec(), random)) : mutate(bytes, positions, random);
  };
  await tryMutants(name, range, make, (mutant) => surviveAny(mutant, { plans: values.plan }), mutantFile);
}
