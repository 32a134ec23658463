// Every stage of the audio front-end over all golden signals and configurations (../shared/signals), on the host's kernels:
//
//   node scripts/signals.mjs
//
// Exits with 1 when a value differs.
import { createJiti } from "jiti";

const { runSignals } = await createJiti(import.meta.url).import("../test/golden/runSignals.ts");
process.exit(runSignals() ? 0 : 1);
