import { integerRanges } from "../network/elementTypes.js";
import type { QuantizedLayer, QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import type { Candidates, LayerContext, LayerPlanner } from "./kernelChoice.js";
import { layerPlanners } from "./layerPlanners.js";

/** A layer with all kernels that can run it. */
export interface LayerCandidates {
  readonly layer: QuantizedLayer;
  readonly candidates: Candidates;
  readonly refused: readonly Refusal[];
}

/** A kernel that cannot run a layer. */
export interface Refusal {
  readonly kernel: string;
  readonly why: string;
}

/** The values each tensor can take: its element type's, narrowed by the clamp or the table of the layer that makes it. */
function tensorRanges(network: QuantizedNetwork): IntegerRange[] {
  const ranges: IntegerRange[] = network.tensors.map(({ elementType }) => {
    const [min, max] = integerRanges[elementType];
    return { min, max };
  });
  for (const layer of network.layers) ranges[layer.output] = outputRange(layer, ranges);
  return ranges;
}

function outputRange(layer: QuantizedLayer, ranges: readonly IntegerRange[]): IntegerRange {
  if ("activationMin" in layer) return { min: layer.activationMin, max: layer.activationMax };
  if (layer.kind === "lookup") return { min: Math.min(...layer.table), max: Math.max(...layer.table) };
  if (layer.kind === "reshape") return ranges[layer.inputs[0]!]!;
  return ranges[layer.output]!;
}

/** The planner for a kind that is only known at run time. */
function plannerOf(kind: keyof typeof layerPlanners): LayerPlanner {
  return layerPlanners[kind] as LayerPlanner;
}

/** Finds and settles all kernels that can run each layer, each by itself. */
export function findCandidates(
  network: QuantizedNetwork,
  mode: Pick<LayerContext, "optimize" | "target">,
): LayerCandidates[] {
  const ranges = tensorRanges(network);
  return network.layers.flatMap((layer) => {
    if (layer.kind === "reshape") return [];
    const refused = new Map<string, Refusal>();
    const context: LayerContext = {
      inputs: layer.inputs.map((index) => network.tensors[index]!),
      inputRanges: layer.inputs.map((index) => ranges[index]!),
      output: network.tensors[layer.output]!,
      ...mode,
      network,
      refuse: (kernel, why) => refused.set(kernel, { kernel, why }),
    };
    const candidates: Candidates = [plannerOf(layer.kind)(layer, context)].flat();
    return [{ layer, candidates, refused: [...refused.values()] }];
  });
}
