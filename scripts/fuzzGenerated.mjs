// Changes what the tests' .tflite models say (shapes, scales, options), imports and plans what still is a model, and runs its
// C under the address and undefined-behaviour sanitizers: every layer's bytes must be those of the host.
//   node scripts/fuzzGenerated.mjs [--programs 5] [--seed 1] [--only name]
// For each model as many mutants as `--programs` says are compiled, a second each. The first that differs, or whose C ends,
// is written to mutant.tflite. The same seed gives the same mutants.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(`../${path}`);
const { mutateSpec } = await load("test/import/mutateSpec.ts");
const { buildTflite } = await load("test/import/buildTflite.ts");
const { everyOperator } = await load("test/import/everyOperator.ts");
const { operatorModels } = await load("test/import/operatorModels.ts");
const { importTflite } = await load("src/import/importTflite.ts");
const { planProgram } = await load("src/plan/planProgram.ts");
const { optimizeModes } = await load("src/program/program.ts");
const { runProgram } = await load("src/program/runProgram.ts");
const { runInC } = await load("test/codegen/runNetwork.ts");
const { packageKernels } = await load("test/support/packageKernels.ts");
const { UserError } = await load("src/base/errors.ts");
const { Random } = await load("src/base/random.ts");

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "5" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
/** Larger programs are not run, and a model that so many mutants in a row leave refused is left. */
const largest = { macs: 1e6, arenaBytes: 2 ** 16 };
const patience = 2000;

/** The mutant's program; undefined when it is refused, large, or no function of one input's bytes. */
function programOf(bytes, seed) {
  let network;
  try {
    ({ network } = importTflite(bytes, "mutant.tflite", "mutant"));
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const program = planProgram(network, { optimize: optimizeModes[seed % optimizeModes.length] });
  const macs = program.calls.reduce((sum, call) => sum + call.macs, 0);
  const isPlain = program.inputs.length === 1 && program.outputs.length === 1 && !program.states?.length;
  return isPlain && macs <= largest.macs && program.arenaBytes <= largest.arenaBytes ? program : undefined;
}

const bytesOf = ({ buffer, byteOffset, byteLength }) => new Int8Array(buffer, byteOffset, byteLength);

function runHere(program, inputs) {
  return inputs.flatMap((input) => {
    const layers = [];
    const output = runProgram(program, input, (_, layer) => layers.push(...bytesOf(layer)));
    return [...layers, ...bytesOf(output)];
  });
}

let compiled = 0;
for (const [name, make] of Object.entries({ "every operator": everyOperator, ...operatorModels })) {
  if (!name.includes(values.only)) continue;
  let [count, seed] = [0, Number(values.seed)];
  for (const end = seed + patience; count < Number(values.programs) && seed < end; seed++) {
    const random = new Random(seed);
    const mutant = buildTflite(mutateSpec(make(), random));
    try {
      const program = programOf(mutant, seed);
      if (program === undefined) continue;
      const { bytes, elementType } = program.inputs[0];
      const inputs = Array.from({ length: 3 }, () => {
        const noise = Int8Array.from({ length: bytes }, () => random.integer(256));
        return elementType === "int16" ? new Int16Array(noise.buffer) : noise;
      });
      const [c, here] = [runInC(program, packageKernels, inputs, ["-O1"]), runHere(program, inputs)];
      const at = c.findIndex((byte, i) => byte !== here[i]);
      if (at >= 0 || c.length !== here.length) {
        throw new Error(
          `C gives ${c.length} bytes, the host ${here.length}; the first that differs is ${at}`,
        );
      }
      count++;
    } catch (error) {
      writeFileSync("mutant.tflite", mutant);
      console.error(`${name}, seed ${seed}, now mutant.tflite:\n${error.stack}\n${error.stderr ?? ""}`);
      process.exit(1);
    }
  }
  compiled += count;
  console.log(`${name}: ${count} mutants run the same in C, to seed ${seed - 1}`);
}
console.log(`${compiled} programs`);
