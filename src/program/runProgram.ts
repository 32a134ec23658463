import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { kernels } from "../kernels/index.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { ArenaSlot, KernelCall, Program } from "./program.js";
import { scratchView } from "./scratch.js";

/** Called after each kernel with a view of its output, valid until the next call. */
export type LayerObserver = (call: KernelCall, output: Int8Array, index: number) => void;

/**
 * Runs a program on the host with the kernels that the generator transcribes: the oracle that devices must equal.
 *
 * @param input [onlyInput(program).shape] of the input's element type, not changed
 * @returns int8 [onlyOutput(program).shape]
 * @throws UserError if the input has another number of elements
 */
export function runProgram(program: Program, input: ActivationData, observe?: LayerObserver): Int8Array {
  const elements = elementCount(onlyInput(program).shape);
  if (input.length !== elements) {
    throw new UserError(
      `network "${program.name}" takes ${elements} values [${onlyInput(program).shape.join(", ")}], found ${input.length}`,
      "give one sample of the network's input shape",
    );
  }
  const arena = new ArrayBuffer(program.arenaBytes);
  const int8View = (slot: ArenaSlot) => new Int8Array(arena, slot.offset, elementCount(slot.shape));
  const view = (slot: ArenaSlot): ActivationData =>
    slot.elementType === "int8"
      ? int8View(slot)
      : new Int16Array(arena, slot.offset, elementCount(slot.shape));
  view(onlyInput(program)).set(input);
  for (const [index, call] of program.calls.entries()) {
    const kernel = kernels[call.kernel];
    if (!kernel) throw new Error(`no kernel "${call.kernel}"`);
    const output = int8View(call.output);
    kernel(
      call.layer,
      ...call.inputs.map(view),
      output,
      ...call.scratch.map((slot) => scratchView(arena, slot)),
    );
    observe?.(call, output, index);
  }
  return int8View(onlyOutput(program)).slice();
}
