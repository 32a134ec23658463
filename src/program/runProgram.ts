import { UserError } from "../base/errors.js";
import { elementCount, formatShape } from "../base/tensor.js";
import { kernels } from "../kernels/index.js";
import { createActivation, viewActivation } from "../network/elementTypes.js";
import { portElements, splitPorts } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import { ownRunner } from "./ownKernels.js";
import type { ArenaSlot, KernelCall, Program } from "./program.js";
import { scratchView } from "./scratch.js";
import { resetStates, stateBytes } from "./states.js";

/** Called after each kernel with a view of its output, valid until the next call. */
export type LayerObserver = (call: KernelCall, output: ActivationData, index: number) => void;

/**
 * Runs a program on the host with the kernels that the generator transcribes: the oracle that devices must equal.
 *
 * @param input all inputs behind each other, of their element type, not changed
 * @param states what the run before left, changed to what this one leaves; by default as after a reset
 * @returns all outputs behind each other
 * @throws UserError if the input has another number of elements
 */
export function runProgram(
  program: Program,
  input: ActivationData,
  observe?: LayerObserver,
  states: Uint8Array = resetStates(program),
): ActivationData {
  expectInput(program, input);
  const arena: Arena = { buffer: new ArrayBuffer(program.arenaBytes), start: 0 };
  const kept = new Uint8Array(arena.buffer, 0, stateBytes(program));
  kept.set(states);
  fillInputs(program, arena, input);
  for (const [index, call] of program.calls.entries()) {
    runCall(call, arena);
    observe?.(call, viewOf(arena, call.output), index);
  }
  states.set(kept);
  return readOutputs(program, arena);
}

/** Puts a sample, which has all inputs behind each other, where they lie. */
export function fillInputs({ inputs }: Program, arena: Arena, sample: ActivationData): void {
  for (const [index, values] of splitPorts<ActivationData>(sample, inputs).entries())
    viewOf(arena, inputs[index]!).set(values);
}

/** A copy of all outputs behind each other. */
export function readOutputs({ outputs }: Program, arena: Arena): ActivationData {
  const [first] = outputs;
  if (outputs.length === 1) return viewOf(arena, first!).slice();
  const all = createActivation(first!.elementType, portElements(outputs));
  for (const [index, values] of splitPorts<ActivationData>(all, outputs).entries())
    values.set(viewOf(arena, outputs[index]!));
  return all;
}

/** Memory that holds a program's activations from a byte on. */
export interface Arena {
  readonly buffer: ArrayBuffer;
  readonly start: number;
}

function int8View({ buffer, start }: Arena, slot: ArenaSlot): Int8Array {
  return new Int8Array(buffer, start + slot.offset, elementCount(slot.shape));
}

export function viewOf(arena: Arena, slot: ArenaSlot): ActivationData {
  const { elementType, offset, shape } = slot;
  return viewActivation(arena.buffer, elementType, arena.start + offset, elementCount(shape));
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
    viewOf(arena, call.output),
    ...call.scratch.map((slot) => scratchView(arena.buffer, slot, arena.start)),
  );
}

/** @throws UserError if the input has another number of elements than the program's */
export function expectInput(program: Program, input: ActivationData): void {
  const elements = portElements(program.inputs);
  if (input.length === elements) return;
  const shapes = program.inputs.map(({ shape }) => formatShape(shape)).join(" and ");
  throw new UserError(
    `network "${program.name}" takes ${elements} values ${shapes}, found ${input.length}`,
    "give one sample of the network's input shape",
  );
}
