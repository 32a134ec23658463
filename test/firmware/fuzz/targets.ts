import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeExamplePins } from "../examplePins.js";

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** What is fuzzed; each has a corpus of its own. */
export const fuzzTargets = {
  /** Frames and messages of firmware that only infers. */
  bare: { corpus: pathOf("corpus/bare"), hasPins: false, hasText: false, keepsStates: false },
  /** The same of a network that keeps states. */
  steps: { corpus: pathOf("corpus/steps"), hasPins: false, hasText: false, keepsStates: true },
  /** All that firmware can have: pins, and the text protocol beside the frames. */
  full: { corpus: pathOf("corpus/full"), hasPins: true, hasText: true, keepsStates: false },
} as const;

export type FuzzTarget = keyof typeof fuzzTargets;

/**
 * A compiler's arguments for a target but for how it is run: macros, folders of headers, and sources.
 *
 * @param firmware the folder of main.c
 * @param directory where what the exporter writes can be put
 */
export function targetArguments(name: FuzzTarget, firmware: string, directory: string): string[] {
  const { hasPins, hasText, keepsStates } = fuzzTargets[name];
  const network = pathOf(keepsStates ? "../exampleStates" : "../exampleNetwork");
  if (hasPins) writeExamplePins(directory);
  return [
    ...[`-DHAS_PINS=${Number(hasPins)}`, `-DHAS_TEXT=${Number(hasText)}`],
    ...[firmware, network, pathOf("."), ...(hasPins ? [directory] : [])].map((folder) => `-I${folder}`),
    ...[
      "board.c",
      "witness.c",
      "witnessTools.c",
      keepsStates ? "witnessSteps.c" : "witnessRuns.c",
      ...(hasPins ? ["witnessPins.c"] : []),
      ...(hasText ? ["state.c"] : []),
    ].map(pathOf),
    ...[
      join(network, "network.c"),
      ...(hasPins ? [join(directory, "pins.c")] : []),
      join(firmware, "crc32.c"),
      ...(hasText ? ["loaded.c", "reals.c"].map((file) => join(firmware, file)) : []),
    ],
  ];
}
