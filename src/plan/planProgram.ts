import { networkHash } from "../network/networkHash.js";
import type { QuantizedLayer, QuantizedNetwork } from "../network/quantizedNetwork.js";
import { applyPasses } from "../passes/applyPasses.js";
import type { ArenaSlot, KernelCall, Optimize, Program } from "../program/program.js";
import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import type { LayerContext, LayerPlanner } from "./kernelChoice.js";
import { layerPlanners } from "./layerPlanners.js";
import { type PlannedLayer, planMemory, tensorBytes } from "./planMemory.js";
import { splitConcatenations } from "./splitConcatenations.js";

/** The values each tensor can take: int8's, narrowed by the clamp or the table of the layer that makes it. */
function tensorRanges(network: QuantizedNetwork): IntegerRange[] {
  const ranges: IntegerRange[] = network.tensors.map(() => ({ min: -128, max: 127 }));
  for (const layer of network.layers) ranges[layer.output] = outputRange(layer, ranges);
  return ranges;
}

function outputRange(layer: QuantizedLayer, ranges: readonly IntegerRange[]): IntegerRange {
  if ("activationMin" in layer) return { min: layer.activationMin, max: layer.activationMax };
  if (layer.kind === "lookup") return { min: Math.min(...layer.table), max: Math.max(...layer.table) };
  if (layer.kind === "reshape") return ranges[layer.inputs[0]!]!;
  return { min: -128, max: 127 };
}

/** The planner for a kind that is only known at run time. */
function plannerOf(kind: keyof typeof layerPlanners): LayerPlanner {
  return layerPlanners[kind] as LayerPlanner;
}

function planLayers(network: QuantizedNetwork, optimize: Optimize): PlannedLayer[] {
  const ranges = tensorRanges(network);
  return network.layers.flatMap((layer) => {
    if (layer.kind === "reshape") return [];
    const context: LayerContext = {
      inputs: layer.inputs.map((index) => network.tensors[index]!),
      inputRanges: layer.inputs.map((index) => ranges[index]!),
      output: network.tensors[layer.output]!,
      optimize,
      network,
    };
    return [{ layer, choice: plannerOf(layer.kind)(layer, context) }];
  });
}

export interface PlanOptions {
  /** Default "speed". */
  readonly optimize?: Optimize;
  /** Default true. Without passes every layer of the network is a call that computes all its channels. */
  readonly passes?: boolean;
}

/**
 * Plans a network: chooses and settles a kernel for every layer, packs its tables and lays out the arena.
 *
 * @throws UserError naming the layer where the network cannot run in int32 arithmetic
 */
export function planProgram(
  original: QuantizedNetwork,
  { optimize = "speed", passes = true }: PlanOptions = {},
): Program {
  const { network: passed, reports } = passes ? applyPasses(original) : { network: original, reports: [] };
  const network = splitConcatenations(passed);
  const planned = planLayers(network, optimize);
  const memory = planMemory(network, planned);
  const slot = (tensor: number): ArenaSlot => {
    const { name, shape, quantization, elementType = "int8" } = network.tensors[tensor]!;
    const bytes = tensorBytes(network.tensors[tensor]!);
    return { name, shape, elementType, ...quantization, bytes, offset: memory.tensorOffsets.get(tensor)! };
  };
  const calls = planned.map(
    ({ layer, choice }, index): KernelCall => ({
      kernel: choice.kernel,
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
    passes: reports,
    calls,
    input: slot(network.input),
    output: slot(network.output),
    arenaBytes: memory.bytes,
    arenaLowerBoundBytes: memory.lowerBoundBytes,
    arenaPeakCall: memory.peakCall,
    arenaUses: memory.uses,
  };
}
