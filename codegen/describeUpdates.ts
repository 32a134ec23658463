import type { Update } from "../src/link/updateDevice.js";
import type { QuantizedNetwork } from "../src/network/quantizedNetwork.js";
import { planProgram } from "../src/plan/planProgram.js";
import { optimizeModes } from "../src/program/program.js";
import { planningTargets } from "../src/program/target.js";
import { slotContent } from "./slotTables.js";

/** A network's tables for firmware with slots, one for each of the modes and targets that it may have been exported for. */
export async function describeUpdates(network: QuantizedNetwork): Promise<Update[]> {
  const { generate } = await import("./networkFiles.js"); // it brings a compiler of TypeScript along
  const modes = planningTargets.flatMap((target) => optimizeModes.map((optimize) => ({ optimize, target })));
  return modes.map((mode) => {
    const program = planProgram(network, { ...mode, passes: "shapes" });
    return { hash: program.hash, content: slotContent(generate(program, { slots: true })) };
  });
}
