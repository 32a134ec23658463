// Models that others have published (../shared/tflite-field) against the bytes that TensorFlow Lite Micro's reference
// kernels make of their inputs: outputs and logits of every vector, in all modes, with and without passes.
//
//   npm run golden:field -- [model …] [--on oracle,plain,host-c] [--optimize speed,size,ram] [--passes off,on] [--vectors 8]
//
// `--on emulator` runs them on the emulated board too, where they fit. A model that cannot be imported must be refused by a
// message; one that could be once must not. Exits with 1 when a byte differs.
import { parseArgs } from "node:util";
import { createJiti } from "jiti";

const { runField } = await createJiti(import.meta.url).import("../test/golden/runField.ts");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    on: { type: "string", default: "oracle,host-c" },
    optimize: { type: "string", default: "speed,size,ram" },
    passes: { type: "string", default: "off,on" },
    vectors: { type: "string" },
  },
});
const isEqual = await runField({
  models: positionals,
  places: values.on.split(","),
  passes: values.passes.split(","),
  modes: values.optimize.split(","),
  vectors: values.vectors === undefined ? undefined : Number(values.vectors),
});
process.exit(isEqual ? 0 : 1);
