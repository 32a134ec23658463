import { packageVersion } from "../../src/base/packageRoot.js";
import type { Board } from "../../src/board/board.js";
import type { Count } from "../../src/cycles/blockCounts.js";
import { measureNetworks } from "../../src/cycles/measureNetworks.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import type { KernelChoice } from "../../src/plan/kernelChoice.js";
import { type PlanOptions, planWith } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { generateNetwork } from "../generatedNetwork.js";
import { printHeader } from "../printHeader.js";
import { printSource } from "../printNetwork.js";
import { readKernel } from "../storedKernels.js";

/** What a layer takes with one kernel. */
export interface CallCosts {
  readonly time: Count;
  /** Bytes of its code, without what every network has. */
  readonly codeBytes: number;
}

/**
 * Measures networks of one layer, each with the kernel that is given.
 *
 * @throws UserError as `measureNetworks` does
 */
export async function measureCalls(
  board: Board,
  calls: readonly { readonly network: QuantizedNetwork; readonly choice: KernelChoice }[],
  options: PlanOptions,
  wanted: "cycles" | "instructions",
): Promise<CallCosts[]> {
  const programs = calls.map(({ network, choice }) =>
    planWith(network, { ...options, passes: false }, () => choice),
  );
  const found = await measureNetworks(
    board,
    programs.map((program, index) => printMeasured(program, `t${index}`)),
    wanted,
  );
  return found.map(({ layers: [time], functions }) => {
    const ofLayer = [...functions].filter(([name]) => !/^run(_layer)?$/.test(name));
    return { time: time!, codeBytes: ofLayer.reduce((sum, [, bytes]) => sum + bytes, 0) };
  });
}

/** A program's C, with names of its own. */
export function printMeasured(program: Program, name: string) {
  const generated = generateNetwork(program, readKernel, { name });
  const [source, header] = [printSource(generated, packageVersion), printHeader(generated, packageVersion)];
  return { name, source, header, layers: program.calls.length };
}
