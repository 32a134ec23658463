import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import { kernels } from "../kernels/index.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import { ownRunner } from "./ownKernels.js";
import type { ArenaSlot, KernelCall, Program } from "./program.js";
import { scratchView } from "./scratch.js";
import { resetStates, stateBytes } from "./states.js";

/** Called after each kernel with a view of its output, valid until the next call. */
export type LayerObserver = (call: KernelCall, output: Int8Array, index: number) => void;

/**
 * Runs a program on the host with the kernels that the generator transcribes: the oracle that devices must equal.
 *
 * @param input [onlyInput(program).shape] of the input's element type, not changed
 * @param states what the run before left, changed to what this one leaves; by default as after a reset
 * @returns int8 [onlyOutput(program).shape]
 * @throws UserError if the input has another number of elements
 */
export function runProgram(
  program: Program,
  input: ActivationData,
  observe?: LayerObserver,
  states: Uint8Array = resetStates(program),
): Int8Array {
  expectInput(program, input);
  const arena: Arena = { buffer: new ArrayBuffer(program.arenaBytes), start: 0 };
  const kept = new Uint8Array(arena.buffer, 0, stateBytes(program));
  kept.set(states);
  viewOf(arena, onlyInput(program)).set(input);
  for (const [index, call] of program.calls.entries()) {
    runCall(call, arena);
    observe?.(call, int8View(arena, call.output), index);
  }
  states.set(kept);
  return int8View(arena, onlyOutput(program)).slice();
}

/** Memory that holds a program's activations from a byte on. */
export interface Arena {
  readonly buffer: ArrayBuffer;
  readonly start: number;
}

export function int8View({ buffer, start }: Arena, slot: ArenaSlot): Int8Array {
  return new Int8Array(buffer, start + slot.offset, elementCount(slot.shape));
}

export function viewOf(arena: Arena, slot: ArenaSlot): ActivationData {
  return slot.elementType === "int8"
    ? int8View(arena, slot)
    : new Int16Array(arena.buffer, arena.start + slot.offset, elementCount(slot.shape));
}

/** Runs one call's kernel: it sees its own slots and nothing beside them. */
export function runCall(call: KernelCall, arena: Arena): void {
  if (call.own) {
    const input = int8View(arena, call.inputs[0]!);
    ownRunner(call.own)(call.name, call.layer, input, int8View(arena, call.output));
    return;
  }
  const kernel = kernels[call.kernel];
  if (!kernel) throw new Error(`no kernel "${call.kernel}"`);
  kernel(
    call.layer,
    ...call.inputs.map((slot) => viewOf(arena, slot)),
    int8View(arena, call.output),
    ...call.scratch.map((slot) => scratchView(arena.buffer, slot, arena.start)),
  );
}

/** @throws UserError if the input has another number of elements than the program's */
export function expectInput(program: Program, input: ActivationData): void {
  const { shape } = onlyInput(program);
  const elements = elementCount(shape);
  if (input.length === elements) return;
  throw new UserError(
    `network "${program.name}" takes ${elements} values [${shape.join(", ")}], found ${input.length}`,
    "give one sample of the network's input shape",
  );
}
