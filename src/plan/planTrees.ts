import { UserError } from "../base/errors.js";
import type { QuantizedTrees } from "../network/quantizedNetwork.js";
import { largestTreeSums, treeDepths } from "../network/treeTables.js";
import { quantizeMultiplier } from "../quantize/multiplier.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";

/** int16's, of nodes of a tree and of leaves. */
const mostOfInt16 = 2 ** 15;

/**
 * Settles the numbers of trees: nodes are counted from their tree's first one, and find room in four int16.
 *
 * @throws UserError where sums leave int32, or a number int16
 */
export function planTrees(layer: QuantizedTrees, { inputs: [input] }: LayerContext): KernelChoice {
  const { name, nodes, roots, leaves, base, factor, isRanked } = layer;
  const outputs = base.length;
  const fail = (what: string, hint: string): never => {
    throw new UserError(`layer "${name}": ${what}`, hint);
  };
  const largest = largestTreeSums(layer);
  if (largest >= 2 ** 31) fail(`its sums reach ${largest}, int32 ends at 2147483647`, "import it again");
  if (!(factor < 1))
    fail(`1 of its sums is ${factor} output steps; less than 1 is possible`, "import it again");
  const features = input.shape[0];
  if (features > mostOfInt16)
    fail(`it has ${features} features; at most ${mostOfInt16} are possible`, "leave some out");
  const leafCount = leaves.length / outputs;
  if (leafCount > mostOfInt16) {
    fail(
      `it has ${leafCount} different leaves; at most ${mostOfInt16} are possible`,
      "train fewer or smaller trees",
    );
  }
  const packed = Int16Array.from(nodes);
  for (const [tree, root] of roots.entries()) {
    const end = roots[tree + 1] ?? nodes.length / 4;
    if (end - root > mostOfInt16)
      fail(
        `tree ${tree} has ${end - root} nodes; at most ${mostOfInt16} are possible`,
        "train smaller trees",
      );
    for (let at = root * 4; at < end * 4; at += 4) {
      for (const side of [at + 2, at + 3]) packed[side] = nodes[side] < 0 ? nodes[side] : nodes[side] - root;
    }
  }
  const { multiplier, rightShift } = quantizeMultiplier(factor);
  return {
    kernel: "treeEnsemble",
    layer: {
      trees: roots.length,
      ...{ outputs, depth: Math.max(...treeDepths(layer)), nodes: packed },
      roots: roots.map((root) => root * 4),
      ...{ leaves, base, multiplier, rightShift, isRanked: isRanked ? 1 : 0 },
    },
    parameters: nodes.length / 2 + leaves.length + outputs,
    scratch: [{ elementType: "int32", elements: outputs }],
  };
}
