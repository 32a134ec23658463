import { expectBorderQuantizations } from "../network/borderQuantizations.js";
import { networkHash } from "../network/networkHash.js";
import { expectRunnable, expectStates } from "../network/ports.js";
import type { Port, QuantizedNetwork, State } from "../network/quantizedNetwork.js";
import { applyPasses } from "../passes/applyPasses.js";
import type { ArenaSlot, KernelCall, Optimize, PortSlot, Program, StateSlot } from "../program/program.js";
import { anyTarget, type Target } from "../program/target.js";
import { planForMode } from "./planForMode.js";
import { planLayers } from "./planLayers.js";
import { tensorBytes } from "./planMemory.js";
import { splitConcatenations } from "./splitConcatenations.js";

export interface PlanOptions {
  /** Default "speed". */
  readonly optimize?: Optimize | undefined;
  /** What will run it. Default: any, plain C. */
  readonly target?: Target | undefined;
  /**
   * Default true. Without passes every layer of the network is a call that computes all its channels. With "shapes", those that
   * do the same for each training of its layers.
   */
  readonly passes?: boolean | "shapes";
}

/**
 * Chooses a kernel for every layer, with passes, and lays nothing out: whether the network can be planned.
 *
 * @throws UserError naming the layer where the network cannot run in int32 arithmetic
 */
export function planKernels(network: QuantizedNetwork): void {
  // what cannot run is the same in each mode; size's kernels are found soonest
  planLayers(splitConcatenations(applyPasses(network).network), { optimize: "size", target: anyTarget });
}

/**
 * Plans a network: chooses and settles a kernel for every layer, packs its tables and lays out the arena.
 *
 * @throws UserError naming the layer where the network cannot run in int32 arithmetic, or what else of it does not run
 */
export function planProgram(
  original: QuantizedNetwork,
  { optimize = "speed", target = anyTarget, passes = true }: PlanOptions = {},
): Program {
  expectRunnable(original);
  expectStates(original);
  expectBorderQuantizations(original);
  const { network: passed, reports } = passes
    ? applyPasses(original, passes === true ? undefined : passes)
    : { network: original, reports: [] };
  const network = splitConcatenations(passed);
  const { planned, memory, lowerBoundBytes } = planForMode(network, { optimize, target });
  const slot = (tensor: number): ArenaSlot => {
    const bytes = tensorBytes(network.tensors[tensor]!);
    return { ...network.tensors[tensor]!, bytes, offset: memory.tensorOffsets.get(tensor)! };
  };
  const portSlot = ({ tensor, ...port }: Port): PortSlot => ({ ...slot(tensor), ...port });
  const stateSlot = ({ tensor, reset }: State): StateSlot => ({ ...slot(tensor), reset });
  const calls = planned.map(
    ({ layer, choice }, index): KernelCall => ({
      kernel: choice.kernel,
      ...(choice.own && { own: choice.own }),
      name: layer.name,
      kind: layer.kind,
      layer: choice.layer,
      inputs: layer.inputs.map(slot),
      output: slot(layer.output),
      scratch: (choice.scratch ?? []).map((need, i) => ({
        ...need,
        offset: memory.scratchOffsets[index]![i]!,
      })),
      macs: choice.macs ?? 0,
      parameters: choice.parameters ?? 0,
    }),
  );
  return {
    name: network.name,
    hash: networkHash(original),
    optimize,
    target,
    passes: reports,
    calls,
    inputs: network.inputs.map(portSlot),
    outputs: network.outputs.map(portSlot),
    states: network.states.map(stateSlot),
    arenaBytes: memory.bytes,
    arenaLowerBoundBytes: lowerBoundBytes,
    arenaPeakCall: memory.peakCall,
    arenaUses: memory.uses,
  };
}
