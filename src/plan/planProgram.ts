import { expectBorderQuantizations } from "../network/borderQuantizations.js";
import { expectElementTypes } from "../network/elementTypes.js";
import { networkHash } from "../network/networkHash.js";
import { expectRunnable, expectStates } from "../network/ports.js";
import type { Port, QuantizedLayer, QuantizedNetwork, State } from "../network/quantizedNetwork.js";
import { applyPasses } from "../passes/applyPasses.js";
import type { ArenaSlot, KernelCall, Optimize, PortSlot, Program, StateSlot } from "../program/program.js";
import { anyTarget, type Target } from "../program/target.js";
import { type MeasuredTimes, orderCandidates, type PricedChoice } from "./chooseKernels.js";
import { explainChoices, type PlanReasons } from "./explainPlan.js";
import type { KernelChoice } from "./kernelChoice.js";
import { planForMode } from "./planForMode.js";
import { findCandidates } from "./planLayers.js";
import { type MemoryPlan, type PlannedLayer, planMemory, tensorBytes } from "./planMemory.js";
import { splitConcatenations } from "./splitConcatenations.js";

export interface PlanOptions {
  /** Default "speed". */
  readonly optimize?: Optimize | undefined;
  /** What will run it. Default: any, plain C. */
  readonly target?: Target | undefined;
  /** What candidates took where they were measured for this network and target, for speed. Default: a model says. */
  readonly measured?: MeasuredTimes | undefined;
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
  expectSound(network);
  findCandidates(splitConcatenations(applyPasses(network).network), { optimize: "size", target: anyTarget });
}

/** @throws UserError where ports, states, element types or quantizations are none that run */
function expectSound(network: QuantizedNetwork): void {
  expectRunnable(network);
  expectStates(network);
  expectBorderQuantizations(network);
  expectElementTypes(network);
}

/** A network with passes, ready to be planned. */
function prepare(original: QuantizedNetwork, passes: PlanOptions["passes"] = true) {
  expectSound(original);
  const { network, reports } = passes
    ? applyPasses(original, passes === true ? undefined : passes)
    : { network: original, reports: [] };
  return { network: splitConcatenations(network), reports };
}

/** Chosen kernels, and where everything lies. */
interface Placed {
  readonly planned: readonly PlannedLayer[];
  readonly memory: MemoryPlan;
  readonly lowerBoundBytes: number;
}

/** A plan as calls and places in the arena. */
function settle(
  original: QuantizedNetwork,
  { network, reports }: ReturnType<typeof prepare>,
  { optimize = "speed", target = anyTarget }: PlanOptions,
  { planned, memory, lowerBoundBytes }: Placed,
): Program {
  const slot = (tensor: number): ArenaSlot => {
    const bytes = tensorBytes(network.tensors[tensor]!);
    return { ...network.tensors[tensor]!, bytes, offset: memory.tensorOffsets.get(tensor)! };
  };
  const portSlot = ({ tensor, ...port }: Port): PortSlot => {
    const rate = sampleRate(network, tensor);
    return { ...slot(tensor), ...port, ...(rate !== undefined && { rate }) };
  };
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
    fillRuns: original.fillRuns ?? 0,
    arenaBytes: memory.bytes,
    arenaLowerBoundBytes: lowerBoundBytes,
    arenaPeakCall: memory.peakCall,
    arenaUses: memory.uses,
  };
}

/** Of what a front-end of sound takes. */
function sampleRate({ layers }: QuantizedNetwork, tensor: number): number | undefined {
  for (const layer of layers) {
    const isSound = layer.kind === "audioFeatures" || layer.kind === "audioStream";
    if (isSound && layer.inputs[0] === tensor) return layer.frontEnd.rate;
  }
  return undefined;
}

/**
 * Plans a network: finds and settles the kernels of every layer, chooses among them, and lays out the arena.
 *
 * @throws UserError naming the layer where the network cannot run in int32 arithmetic, or what else of it does not run
 */
export function planProgram(original: QuantizedNetwork, options: PlanOptions = {}): Program {
  return explainPlan(original, options).program;
}

/** {@link planProgram} with what could run each layer, and why that was taken. */
export function explainPlan(
  original: QuantizedNetwork,
  options: PlanOptions = {},
): { readonly program: Program; readonly reasons: PlanReasons } {
  const prepared = prepare(original, options.passes);
  const { optimize = "speed", target = anyTarget, measured } = options;
  const plan = planForMode(prepared.network, { optimize, target, measured });
  return { program: settle(original, prepared, options, plan), reasons: explainChoices(plan, target) };
}

/**
 * Plans a network for speed with kernels that the caller picks among each layer's candidates, for who measures them.
 *
 * @param pick gives one of the candidates, which come best first
 */
export function planWith(
  original: QuantizedNetwork,
  options: PlanOptions,
  pick: (layer: QuantizedLayer, candidates: readonly PricedChoice[]) => KernelChoice,
): Program {
  const prepared = prepare(original, options.passes);
  const mode = { optimize: "speed", target: options.target ?? anyTarget } as const;
  const found = findCandidates(prepared.network, mode);
  const planned = orderCandidates(found, mode).map(({ layer, candidates }) => ({
    layer,
    choice: pick(layer, candidates),
  }));
  const memory = planMemory(prepared.network, planned);
  return settle(original, prepared, options, { planned, memory, lowerBoundBytes: 0 });
}
