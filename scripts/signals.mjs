// Every stage of the audio front-end over all golden signals and configurations, and every output of microWakeWord's "hey jarvis"
// from samples (../shared/signals, ../shared/tflite-field), on the host's kernels:
//
//   node scripts/signals.mjs
//
// Exits with 1 when a value differs.
import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url);
const { runSignals } = await jiti.import("../test/golden/runSignals.ts");
const { runWakeWords } = await jiti.import("../test/golden/wakeWords.ts");
const areEqual = [runSignals(), runWakeWords()];
process.exit(areEqual.every(Boolean) ? 0 : 1);
