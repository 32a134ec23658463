import { elementCount } from "../base/tensor.js";
import { elementBytes } from "../network/elementTypes.js";
import type { QuantizedLayer, QuantizedNetwork, QuantizedTensor } from "../network/quantizedNetwork.js";
import type { ArenaUse } from "../program/program.js";
import { scratchBytes } from "../program/scratch.js";
import { ArenaRules, aligned, type Lifetime, type Overlap } from "./arenaRules.js";
import type { KernelChoice } from "./kernelChoice.js";
import { type ArenaPlan, planArena } from "./planArena.js";

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
  readonly uses: readonly ArenaUse[];
}

export function tensorBytes({ shape, elementType }: QuantizedTensor): number {
  return elementCount(shape) * elementBytes[elementType];
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
  for (const { tensor } of network.inputs) use(tensor, 0);
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
  for (const { tensor } of network.outputs) use(tensor, Math.max(0, calls.length - 1));
  return lifetimes;
}

/** Joins tensors that are the same bytes: a reshape's two. */
function joinViews(network: QuantizedNetwork, calls: readonly QuantizedLayer[]): Map<number, Block> {
  const blockOf = new Map<number, Block>();
  for (const [tensor, { bytes, firstCall, lastCall }] of tensorLifetimes(network, calls)) {
    blockOf.set(tensor, { tensors: [tensor], bytes, firstCall, lastCall });
  }
  for (const layer of network.layers) {
    if (layer.kind !== "reshape") continue;
    const [into, block] = [blockOf.get(layer.inputs[0]!)!, blockOf.get(layer.output)!];
    if (into === block) continue;
    for (const tensor of block.tensors) blockOf.set(tensor, into);
    into.tensors.push(...block.tensors);
    into.bytes = Math.max(into.bytes, block.bytes);
    into.firstCall = Math.min(into.firstCall, block.firstCall);
    into.lastCall = Math.max(into.lastCall, block.lastCall);
  }
  return blockOf;
}

/** Where a call's output may lie in the memory of an input that nothing reads afterwards. */
function findOverlaps(
  network: QuantizedNetwork,
  planned: readonly PlannedLayer[],
  blockOf: ReadonlyMap<number, Block>,
  blocks: readonly Block[],
): Overlap[] {
  /** Read after the last call. */
  const results = new Set(network.outputs.map(({ tensor }) => blockOf.get(tensor)));
  return planned.flatMap(({ layer, choice }, call) => {
    const output = blockOf.get(layer.output)!;
    const { inPlace = [], overlaps = [] } = choice;
    const allowed: { input: number; distance?: number }[] = [
      ...inPlace.map((input) => ({ input })),
      ...overlaps,
    ];
    return allowed.flatMap(({ input, distance }): Overlap[] => {
      const block = blockOf.get(layer.inputs[input]!)!;
      if (block === output || results.has(block) || block.lastCall !== call || output.firstCall !== call)
        return [];
      const [from, to] = [blocks.indexOf(block), blocks.indexOf(output)];
      if (from < 0 || to < 0) return []; // a state's bytes are nobody else's
      // one that is read at two places of the call may be overwritten at neither
      const isReadTwice = layer.inputs.some((other, i) => i !== input && blockOf.get(other) === block);
      if (isReadTwice && distance !== undefined) return [];
      return [{ input: from, output: to, distance }];
    });
  });
}

/** What lies in the arena, when, and what may overlap; states lie in front of all that, each in bytes of its own. */
function arenaNeeds(network: QuantizedNetwork, planned: readonly PlannedLayer[]) {
  const calls = planned.map(({ layer }) => layer);
  const blockOf = joinViews(network, calls);
  const states = [...new Set(network.states.map(({ tensor }) => blockOf.get(tensor)!))];
  const blocks = [...new Set(blockOf.values())].filter((block) => !states.includes(block));
  const stateBytes = states.reduce((sum, { bytes }) => sum + aligned(bytes), 0);
  const scratch = planned.flatMap(({ layer, choice }, call) =>
    (choice.scratch ?? []).map((need) => ({
      name: layer.name,
      bytes: scratchBytes(need),
      firstCall: call,
      lastCall: call,
    })),
  );
  const overlaps = findOverlaps(network, planned, blockOf, blocks);
  return { states, stateBytes, blocks, scratch, lifetimes: [...blocks, ...scratch], overlaps };
}

/**
 * The least that activations and scratch of each call take together, wherever they lie. What a call takes depends on its
 * own kernel alone: scratch lives while it runs, and overlaps are between its inputs and its output.
 */
export function callBounds(network: QuantizedNetwork, planned: readonly PlannedLayer[]): number[] {
  const { lifetimes, overlaps, stateBytes } = arenaNeeds(network, planned);
  const bounds = new ArenaRules(lifetimes, overlaps).lowerBounds();
  return planned.map((_, call) => stateBytes + (bounds[call] ?? 0));
}

/** Gives every tensor and every call's scratch its place in the arena. */
export function planMemory(network: QuantizedNetwork, planned: readonly PlannedLayer[]): MemoryPlan {
  const { states, stateBytes, blocks, scratch, lifetimes, overlaps } = arenaNeeds(network, planned);
  const plan = planArena(lifetimes, overlaps);
  const offsets = plan.offsets.map((offset) => stateBytes + offset);
  let end = 0;
  const stateUses = states.map(({ tensors, bytes }): ArenaUse => {
    const offset = end;
    end += aligned(bytes);
    const names = tensors.map((tensor) => network.tensors[tensor]!.name);
    return { names, kind: "state", offset, bytes, firstCall: 0, lastCall: Math.max(0, planned.length - 1) };
  });
  const tensorOffsets = new Map([
    ...states.flatMap(({ tensors }, index) =>
      tensors.map((tensor) => [tensor, stateUses[index]!.offset] as const),
    ),
    ...blocks.flatMap(({ tensors }, index) => tensors.map((tensor) => [tensor, offsets[index]!] as const)),
  ]);
  let next = blocks.length;
  const scratchOffsets = planned.map(({ choice }) => (choice.scratch ?? []).map(() => offsets[next++]!));
  const place = ({ bytes, firstCall, lastCall }: Lifetime, index: number) => ({
    offset: offsets[index]!,
    bytes,
    firstCall,
    lastCall,
  });
  const uses = [
    ...stateUses,
    ...blocks.map((block, index): ArenaUse => {
      const names = block.tensors.map((tensor) => network.tensors[tensor]!.name);
      return { names, kind: "activation", ...place(block, index) };
    }),
    ...scratch.map(
      (one, i): ArenaUse => ({ names: [one.name], kind: "scratch", ...place(one, blocks.length + i) }),
    ),
  ];
  const [bytes, lowerBoundBytes] = [stateBytes + plan.bytes, stateBytes + plan.lowerBoundBytes];
  return { bytes, lowerBoundBytes, peakCall: plan.peakCall, tensorOffsets, scratchOffsets, uses };
}
