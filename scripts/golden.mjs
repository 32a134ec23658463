// Every golden vector of the five networks of MLPerf Tiny (../shared/mlperf-tiny) through the host's oracle, the
// emitted C on this computer, and the emitted C on the emulated board:
//
//   npm run golden -- [kws ic vww ad sww] [--on oracle,plain,host-c,emulator,avr,mps2-an505…] [--optimize speed] [--passes off,on] [--vectors 96]
//
// Outputs and logits of every vector, and every layer of which there is a dump, are compared byte by byte. Exits
// with 1 when one differs.
import { parseArgs } from "node:util";
import { createJiti } from "jiti";

const { runGolden } = await createJiti(import.meta.url).import("../test/golden/runGolden.ts");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    on: { type: "string", default: "oracle,host-c,emulator" },
    optimize: { type: "string", default: "speed" },
    passes: { type: "string", default: "off,on" },
    vectors: { type: "string" },
  },
});
const isEqual = await runGolden({
  models: positionals,
  places: values.on.split(","),
  passes: values.passes.split(","),
  modes: values.optimize.split(","),
  vectors: values.vectors === undefined ? undefined : Number(values.vectors),
});
process.exit(isEqual ? 0 : 1);
