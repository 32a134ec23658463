/**
 * Decision trees that are added up in integers: output[o] = clamp(factor · (base[o] + Σ leaves[leaf of a tree, o])).
 *
 * Source: onnx/onnx, docs/Operators-ml.md, TreeEnsembleClassifier and TreeEnsembleRegressor.
 */
export interface IntegerTrees {
  /**
   * int32 [nodes, 4]: feature, threshold in the input's steps, and where to go when the feature is not above it, and when
   * it is: a later node of the tree, or −1 − a leaf.
   */
  readonly nodes: Int32Array;
  /** int32 [trees]: the node that each begins with; the first is 0, and a tree's nodes end where the next begins. */
  readonly roots: Int32Array;
  /** int32 [leaves, outputs] */
  readonly leaves: Int32Array;
  /** int32 [outputs]: what the sums begin with, the output's zero point in it. */
  readonly base: Int32Array;
  /** Output steps for 1 of the sums; below 1. */
  readonly factor: number;
  /** Outputs are classes: the first of the largest sums is the largest output alone, whatever is rounded. */
  readonly isRanked: boolean;
}

/** The parts of trees that do not depend on what their thresholds and leaves are counted in. */
export interface TreeTables {
  /** [nodes, 4]: feature, threshold, where to go up to it and above it. */
  readonly nodes: ArrayLike<number>;
  readonly roots: ArrayLike<number>;
}

/** Nodes and what they lead to, tree by tree. */
function forEachTree(
  { nodes, roots }: TreeTables,
  take: (tree: number, first: number, end: number) => void,
): void {
  for (let tree = 0; tree < roots.length; tree++)
    take(tree, roots[tree], roots[tree + 1] ?? nodes.length / 4);
}

/**
 * What stands in the way of walking trees: a node that leads backwards, out of its tree, or to a leaf or feature that is
 * not there. Undefined where each walk ends in a leaf.
 */
export function findTreeFault(tables: TreeTables, features: number, leaves: number): string | undefined {
  const { nodes, roots } = tables;
  const count = nodes.length / 4;
  let fault: string | undefined;
  if (roots.length === 0 || roots[0] !== 0) return "trees whose first begins at node 0";
  forEachTree(tables, (tree, first, end) => {
    if (!(Number.isInteger(first) && first < end && end <= count))
      fault ??= `tree ${tree} with nodes of its own`;
    for (let node = first; node < end && fault === undefined; node++) {
      const feature = nodes[node * 4];
      if (!(Number.isInteger(feature) && feature >= 0 && feature < features))
        fault = `a feature of 0 to ${features - 1} in node ${node}`;
      for (const next of [nodes[node * 4 + 2], nodes[node * 4 + 3]]) {
        const isNode = next > node && next < end;
        const isLeaf = next < 0 && -next <= leaves;
        if (!(Number.isInteger(next) && (isNode || isLeaf)))
          fault = `a later node of its tree, or a leaf, behind node ${node}`;
      }
    }
  });
  return fault;
}

/** Comparisons on the longest way through each tree. */
export function treeDepths(tables: TreeTables): number[] {
  const depths: number[] = [];
  const { nodes } = tables;
  const below = new Int32Array(nodes.length / 4);
  forEachTree(tables, (_tree, first, end) => {
    for (let node = end - 1; node >= first; node--) {
      const sides = [nodes[node * 4 + 2], nodes[node * 4 + 3]];
      below[node] = 1 + Math.max(...sides.map((next) => (next < 0 ? 0 : below[next])));
    }
    depths.push(below[first]);
  });
  return depths;
}

/** By tree and output: the largest |leaf| that the tree leads to. */
function largestLeaves(tables: TreeTables, leaves: ArrayLike<number>, outputs: number): Float64Array[] {
  const { nodes } = tables;
  const found: Float64Array[] = [];
  forEachTree(tables, (_tree, first, end) => {
    const largest = new Float64Array(outputs);
    for (let side = first * 4; side < end * 4; side++) {
      if (side % 4 < 2 || nodes[side] >= 0) continue;
      const row = (-1 - nodes[side]) * outputs;
      for (let o = 0; o < outputs; o++) largest[o] = Math.max(largest[o], Math.abs(leaves[row + o]));
    }
    found.push(largest);
  });
  return found;
}

/** No sum, not even of some of the trees, is larger. */
export function largestTreeSums(
  trees: TreeTables & { readonly leaves: ArrayLike<number>; readonly base: ArrayLike<number> },
): number {
  const sums = Float64Array.from(trees.base, Math.abs);
  for (const tree of largestLeaves(trees, trees.leaves, sums.length)) {
    for (let o = 0; o < sums.length; o++) sums[o] += tree[o];
  }
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}
