import type { ScratchNeed } from "../program.js";
import type { QuantizedLayer, QuantizedNetwork, QuantizedTensor } from "../quantizedNetwork.js";
import { elementCount } from "../tensor.js";
import type { KernelChoice } from "./kernelChoice.js";
import { type ArenaPlan, type Lifetime, planArena } from "./planArena.js";

/** A layer that is a call: all but reshapes. */
export interface PlannedLayer {
  readonly layer: QuantizedLayer;
  readonly choice: KernelChoice;
}

export interface MemoryPlan extends Omit<ArenaPlan, "offsets"> {
  /** Byte offset of each tensor that a layer or the network uses. */
  readonly tensorOffsets: ReadonlyMap<number, number>;
  /** Byte offsets of each call's scratch. */
  readonly scratchOffsets: readonly (readonly number[])[];
}

export function tensorBytes({ shape, elementType }: QuantizedTensor): number {
  return elementCount(shape) * (elementType === "int16" ? 2 : 1);
}

function scratchBytes({ elements, elementType }: ScratchNeed): number {
  return elements * (elementType === "int16" ? 2 : 1);
}

/** Tensors that lie in the same bytes, one after the other. */
interface Block {
  readonly tensors: number[];
  bytes: number;
  firstCall: number;
  lastCall: number;
}

/** Each tensor's first and last call; the network's input is there before the first, its output after the last. */
function tensorLifetimes(network: QuantizedNetwork, calls: readonly QuantizedLayer[]): Map<number, Lifetime> {
  const lifetimes = new Map<number, Lifetime>();
  const use = (tensor: number, call: number): void => {
    const bytes = tensorBytes(network.tensors[tensor]!);
    const known = lifetimes.get(tensor);
    lifetimes.set(tensor, {
      bytes,
      firstCall: Math.min(known?.firstCall ?? call, call),
      lastCall: Math.max(known?.lastCall ?? call, call),
    });
  };
  use(network.input, 0);
  for (const [index, layer] of calls.entries()) {
    for (const input of layer.inputs) use(input, index);
    use(layer.output, index);
  }
  for (const layer of network.layers) {
    // a reshape is no call: its tensors live where they are used
    if (layer.kind === "reshape" && !lifetimes.has(layer.output)) {
      const call = lifetimes.get(layer.inputs[0]!)?.lastCall ?? 0;
      use(layer.output, call);
    }
  }
  use(network.output, Math.max(0, calls.length - 1));
  return lifetimes;
}

/**
 * Joins tensors that may share their bytes: a reshape's two, and a call's output with an input that nothing reads
 * afterwards where the kernel allows it.
 */
function shareMemory(network: QuantizedNetwork, planned: readonly PlannedLayer[]): Block[] {
  const calls = planned.map(({ layer }) => layer);
  const blockOf = new Map<number, Block>();
  for (const [tensor, { bytes, firstCall, lastCall }] of tensorLifetimes(network, calls)) {
    blockOf.set(tensor, { tensors: [tensor], bytes, firstCall, lastCall });
  }
  const join = (into: Block, block: Block): void => {
    if (into === block) return;
    for (const tensor of block.tensors) blockOf.set(tensor, into);
    into.tensors.push(...block.tensors);
    into.bytes = Math.max(into.bytes, block.bytes);
    into.firstCall = Math.min(into.firstCall, block.firstCall);
    into.lastCall = Math.max(into.lastCall, block.lastCall);
  };
  for (const layer of network.layers) {
    if (layer.kind === "reshape") join(blockOf.get(layer.inputs[0]!)!, blockOf.get(layer.output)!);
  }
  for (const [call, { layer, choice }] of planned.entries()) {
    const output = blockOf.get(layer.output)!;
    const input = (choice.inPlace ?? [])
      .map((index) => blockOf.get(layer.inputs[index]!)!)
      .find((block) => block !== output && block.lastCall === call && block.bytes >= output.bytes);
    if (input && output.firstCall === call) join(input, output);
  }
  return [...new Set(blockOf.values())];
}

/** Gives every tensor and every call's scratch its place in the arena. */
export function planMemory(network: QuantizedNetwork, planned: readonly PlannedLayer[]): MemoryPlan {
  const blocks = shareMemory(network, planned);
  const scratch = planned.flatMap(({ choice }, call) =>
    (choice.scratch ?? []).map((need) => ({ bytes: scratchBytes(need), firstCall: call, lastCall: call })),
  );
  const plan = planArena([...blocks, ...scratch]);
  const tensorOffsets = new Map(
    blocks.flatMap(({ tensors }, index) => tensors.map((tensor) => [tensor, plan.offsets[index]!] as const)),
  );
  let next = blocks.length;
  const scratchOffsets = planned.map(({ choice }) => (choice.scratch ?? []).map(() => plan.offsets[next++]!));
  return { bytes: plan.bytes, lowerBoundBytes: plan.lowerBoundBytes, tensorOffsets, scratchOffsets };
}
