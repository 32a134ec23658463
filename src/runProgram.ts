import { UserError } from "./errors.js";
import { kernels } from "./kernels/index.js";
import type { ArenaSlot, KernelCall, Program } from "./program.js";

/** Called after each kernel with a view of its output, valid until the next call. */
export type LayerObserver = (call: KernelCall, output: Int8Array, index: number) => void;

/**
 * Runs a program on the host with the kernels that the generator transcribes: the oracle that devices must equal.
 *
 * @param input int8 [program.input.shape], not changed
 * @returns int8 [program.output.shape]
 * @throws UserError if the input has another number of bytes
 */
export function runProgram(program: Program, input: Int8Array, observe?: LayerObserver): Int8Array {
  if (input.length !== program.input.bytes) {
    throw new UserError(
      `network "${program.name}" takes ${program.input.bytes} values [${program.input.shape.join(", ")}], found ${input.length}`,
      "give one sample of the network's input shape",
    );
  }
  const arena = new Int8Array(program.arenaBytes);
  const view = (slot: ArenaSlot): Int8Array => arena.subarray(slot.offset, slot.offset + slot.bytes);
  view(program.input).set(input);
  for (const [index, call] of program.calls.entries()) {
    const kernel = kernels[call.kernel];
    if (!kernel) throw new Error(`no kernel "${call.kernel}"`);
    const output = view(call.output);
    kernel(call.layer, ...call.inputs.map(view), output);
    observe?.(call, output, index);
  }
  return view(program.output).slice();
}
