import { clamp, type i32, min, requantize } from "./int.js";

export interface TreeEnsemble {
  readonly trees: i32;
  readonly outputs: i32;
  /** No leaf lies deeper. */
  readonly depth: i32;
  /** int16 [nodes, 4]: feature, threshold, where to go up to it and above it: a node of the tree, or −1 − a leaf. */
  readonly nodes: Int16Array;
  /** int32 [trees]: where each tree's nodes begin, in numbers of `nodes`. */
  readonly roots: Int32Array;
  /** int32 [leaves, outputs] */
  readonly leaves: Int32Array;
  /** int32 [outputs]: what the sums begin with. */
  readonly base: Int32Array;
  readonly multiplier: i32;
  readonly rightShift: i32;
  /** 1 where the first of the largest sums becomes the largest output alone. */
  readonly isRanked: i32;
}

/** The leaf that a tree leads to; 0 where the tree is deeper than it was promised. */
function leafOf(nodes: Int16Array, root: i32, depth: i32, input: Int16Array): i32 {
  let at: i32 = root;
  for (let level: i32 = 0; level < depth; level++) {
    const next: i32 = input[nodes[at]] <= nodes[at + 1] ? nodes[at + 2] : nodes[at + 3];
    if (next < 0) return -1 - next;
    at = root + next * 4;
  }
  return 0;
}

/**
 * output[o] = clamp(requantize(base[o] + Σ leaves[leaf of a tree, o])): decision trees that vote or are added up.
 *
 *   input   int16 [features]
 *   output  int8 [outputs]
 *   sums    int32 [outputs]
 *
 * The sums fit int32 because the planner adds up the largest leaves.
 */
export function treeEnsemble(
  layer: TreeEnsemble,
  input: Int16Array,
  output: Int8Array,
  sums: Int32Array,
): void {
  for (let o: i32 = 0; o < layer.outputs; o++) {
    sums[o] = layer.base[o];
  }
  for (let t: i32 = 0; t < layer.trees; t++) {
    const leaf: i32 = leafOf(layer.nodes, layer.roots[t], layer.depth, input) * layer.outputs;
    for (let o: i32 = 0; o < layer.outputs; o++) {
      sums[o] += layer.leaves[leaf + o];
    }
  }
  let best: i32 = 0;
  for (let o: i32 = 1; o < layer.outputs; o++) {
    if (sums[o] > sums[best]) best = o;
  }
  // one step above the least there is, so that the others have a place below
  const lowest: i32 = layer.isRanked - 128;
  const largest: i32 = clamp(requantize(sums[best], layer.multiplier, layer.rightShift), lowest, 127);
  for (let o: i32 = 0; o < layer.outputs; o++) {
    const value: i32 = clamp(requantize(sums[o], layer.multiplier, layer.rightShift), -128, 127);
    output[o] = o === best ? largest : min(value, largest - layer.isRanked);
  }
}
