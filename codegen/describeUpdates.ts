import type { Update } from "../src/link/updateDevice.js";
import type { QuantizedNetwork } from "../src/network/quantizedNetwork.js";
import { planProgram } from "../src/plan/planProgram.js";
import { optimizeModes } from "../src/program/program.js";
import { slotContent } from "./slotTables.js";

/** A network's tables for firmware with slots, one for each of the modes that it may have been exported in. */
export async function describeUpdates(network: QuantizedNetwork): Promise<Update[]> {
  const { generate } = await import("./networkFiles.js"); // it brings a compiler of TypeScript along
  return optimizeModes.map((optimize) => {
    const program = planProgram(network, { optimize, passes: false });
    return { hash: program.hash, content: slotContent(generate(program, { slots: true })) };
  });
}
