import type { QuantizedLayer, QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import type { Candidates, LayerContext, LayerPlanner } from "./kernelChoice.js";
import { layerPlanners } from "./layerPlanners.js";
import type { PlannedLayer } from "./planMemory.js";

/** A layer with all kernels that can run it, one of them chosen. */
export interface LayerChoice extends PlannedLayer {
  readonly candidates: Candidates;
}

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

/** Finds and settles the kernels for every layer, each by itself, and takes the first. */
export function planLayers(
  network: QuantizedNetwork,
  mode: Pick<LayerContext, "optimize" | "target">,
): LayerChoice[] {
  const ranges = tensorRanges(network);
  return network.layers.flatMap((layer) => {
    if (layer.kind === "reshape") return [];
    const context: LayerContext = {
      inputs: layer.inputs.map((index) => network.tensors[index]!),
      inputRanges: layer.inputs.map((index) => ranges[index]!),
      output: network.tensors[layer.output]!,
      ...mode,
      network,
    };
    const candidates: Candidates = [plannerOf(layer.kind)(layer, context)].flat();
    return [{ layer, choice: candidates[0]!, candidates }];
  });
}
