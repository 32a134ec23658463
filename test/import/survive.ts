import { UserError } from "../../src/base/errors.js";
import { Fields } from "../../src/base/fields.js";
import { type ImportedNetwork, importTflite } from "../../src/import/importTflite.js";
import { describeQuantizedNetwork, readQuantizedNetwork } from "../../src/model/quantizedNetworkFormat.js";
import { StoredTensors, TensorsToStore } from "../../src/model/storedTensors.js";
import { portBytes } from "../../src/network/ports.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";

/**
 * Imports bytes that nobody vouches for.
 *
 * @param options whether networks are planned for every mode and run too, and what imports them
 * @returns the complaint, or undefined when they became a network; then the model file's own checks, which know nothing of
 *   the importer, accept it too, and the planner
 * @throws whatever is thrown that is no UserError, and what the model file's checks or the planner complain of
 */
export function survive(
  bytes: Uint8Array,
  {
    plans = false,
    read = readAsTflite,
  }: { readonly plans?: boolean; readonly read?: typeof readAsTflite } = {},
): string | undefined {
  let imported: ImportedNetwork | undefined;
  const complaint = complaintOf(() => {
    imported = read(bytes);
  });
  if (imported === undefined) return complaint;
  const { network } = imported;
  try {
    const tensors = new TensorsToStore();
    const description = describeQuantizedNetwork(network, tensors);
    readQuantizedNetwork(
      new Fields("mutant", JSON.parse(JSON.stringify(description))),
      new StoredTensors("mutant", tensors.all),
      2,
    );
  } catch (error) {
    throw new Error(`imported what a model file refuses: ${(error as Error).message}`);
  }
  if (plans) planAndRun(network);
  return undefined;
}

const readAsTflite = (bytes: Uint8Array): ImportedNetwork => importTflite(bytes, "mutant.tflite", "mutant");

/** Larger mutants are planned only. */
const largestRun = { macs: 1e6, arenaBytes: 2 ** 20 };

function planAndRun(network: QuantizedNetwork): void {
  const [program] = optimizeModes.map((optimize) => planProgram(network, { optimize }));
  const macs = program.calls.reduce((sum, call) => sum + call.macs, 0);
  if (macs > largestRun.macs || program.arenaBytes > largestRun.arenaBytes) return;
  runProgram(
    program,
    Int8Array.from({ length: portBytes(program.inputs) }, (_, i) => i * 37),
  );
}

function complaintOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return undefined;
}
