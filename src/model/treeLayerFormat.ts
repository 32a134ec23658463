import { elementCount } from "../base/tensor.js";
import type { QuantizedTrees } from "../network/quantizedNetwork.js";
import { findTreeFault, largestTreeSums } from "../network/treeTables.js";
import type { QuantizedLayerFormat } from "./quantizedLayerFormat.js";

/** Far beyond any microcontroller's flash. */
const most = 2 ** 24;

/** How decision trees stand in a model file. */
export const treeLayerFormat: QuantizedLayerFormat<QuantizedTrees> = {
  arity: 1,
  write({ nodes, roots, leaves, base, factor, isRanked }, put) {
    const counts = { nodes: nodes.length / 4, trees: roots.length, leaves: leaves.length / base.length };
    put("nodes", [counts.nodes, 4], nodes);
    put("roots", [counts.trees], roots);
    put("leaves", [counts.leaves, base.length], leaves);
    put("base", [base.length], base);
    return { ...counts, factor, isRanked };
  },
  read({ fields, inputs: [input], output, int32 }) {
    const [features] = input.shape;
    const outputs = elementCount(output.shape);
    if (input.elementType !== "int16" || input.shape.length !== 1) {
      fields.fail("inputs", "a tensor of element type int16 with one axis");
    }
    const count = (name: string) => fields.integer(name, 1, most);
    const nodes = int32("nodes", [count("nodes"), 4]);
    const roots = int32("roots", [count("trees")]);
    const leaves = int32("leaves", [count("leaves"), outputs]);
    const base = int32("base", [outputs]);
    const fault = findTreeFault({ nodes, roots }, features, leaves.length / outputs);
    if (fault !== undefined) fields.fail("nodes", fault);
    if (nodes.some((value, i) => i % 4 === 1 && (value < -(2 ** 15) || value >= 2 ** 15))) {
      fields.fail("nodes", "thresholds of int16");
    }
    if (largestTreeSums({ nodes, roots, leaves, base }) >= 2 ** 31)
      fields.fail("leaves", "sums within int32");
    const factor = fields.number("factor");
    if (!(factor > 0 && factor < 1)) fields.fail("factor", "a number between 0 and 1");
    return { nodes, roots, leaves, base, factor, isRanked: fields.boolean("isRanked") };
  },
};
