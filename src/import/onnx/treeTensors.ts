import { UserError } from "../../base/errors.js";
import { quoted } from "../../base/printable.js";
import { Tensor } from "../../base/tensor.js";
import type { TreeTensors } from "../../train/layers/treeEnsemble.js";
import type { OnnxAttribute } from "./readOnnx.js";
import { type FeatureStep, floatBelow, thresholdBefore } from "./treeFeatures.js";

/** How a file's nodes compare a feature. */
const modes = [
  "BRANCH_LEQ",
  "BRANCH_LT",
  "BRANCH_GTE",
  "BRANCH_GT",
  "BRANCH_EQ",
  "BRANCH_NEQ",
  "LEAF",
] as const;

/** A node as it stands in the file. */
interface FileNode {
  readonly mode: (typeof modes)[number];
  readonly feature: number;
  readonly threshold: number;
  /** Indices of nodes; of a leaf undefined. */
  readonly whenTrue: number;
  readonly whenFalse: number;
}

/**
 * A comparison as one or two of "up to a limit": the threshold, or the float32 under it. What is up to the first, and above the
 * second where there is one, goes the way of what is true; turned around, of what is false.
 */
const comparisons: Readonly<
  Record<
    Exclude<(typeof modes)[number], "LEAF">,
    { readonly places: readonly ("upTo" | "under")[]; readonly isTurned: boolean }
  >
> = {
  BRANCH_LEQ: { places: ["upTo"], isTurned: false },
  BRANCH_LT: { places: ["under"], isTurned: false },
  BRANCH_GTE: { places: ["under"], isTurned: true },
  BRANCH_GT: { places: ["upTo"], isTurned: true },
  BRANCH_EQ: { places: ["upTo", "under"], isTurned: false },
  BRANCH_NEQ: { places: ["upTo", "under"], isTurned: true },
};

/** The scores that a leaf gives, by class or target. */
type Scores = ReadonlyMap<number, number>;

/** Trees of a node, before it is settled what its outputs are. */
export interface FileTrees {
  readonly nodes: readonly FileNode[];
  /** By node. */
  readonly scores: ReadonlyMap<number, Scores>;
  /** Indices of nodes. */
  readonly roots: readonly number[];
  readonly missingMatters: boolean;
}

/** Far beyond any microcontroller's flash. */
const mostNodes = 1_000_000;
const mostScores = 2 ** 24;

/**
 * Nodes and leaves of a TreeEnsembleClassifier or -Regressor: all of its lists are as long as each other, each node is
 * there, and leads to nodes of its tree.
 *
 * @param prefix of the leaves' attributes: "class" or "target"
 * @throws UserError naming the attribute where it is otherwise
 * Source: onnx/onnx, docs/Operators-ml.md.
 */
export function readFileTrees(
  attributes: ReadonlyMap<string, OnnxAttribute>,
  prefix: "class" | "target",
  features: number,
): FileTrees {
  const integers = (name: string) => attributes.get(name)?.integers ?? [];
  const floats = (name: string) => attributes.get(name)?.floats ?? [];
  const [treeIds, nodeIds] = [integers("nodes_treeids"), integers("nodes_nodeids")];
  const count = treeIds.length;
  if (count === 0 || count > mostNodes) {
    throw new UserError(`it has ${count} nodes; 1 to ${mostNodes} are expected`);
  }
  const lists = {
    nodes_nodeids: nodeIds,
    nodes_featureids: integers("nodes_featureids"),
    nodes_modes: attributes.get("nodes_modes")?.texts ?? [],
    nodes_values: floats("nodes_values"),
    nodes_truenodeids: integers("nodes_truenodeids"),
    nodes_falsenodeids: integers("nodes_falsenodeids"),
  };
  expectLengths(lists, count, "nodes_treeids");
  const places = new Map<string, number>();
  treeIds.forEach((tree, k) => {
    const key = `${tree}:${nodeIds[k]}`;
    if (places.has(key)) throw new UserError(`tree ${tree} has two nodes of the number ${nodeIds[k]}`);
    places.set(key, k);
  });
  const placeOf = (tree: number, node: number, what: string): number =>
    places.get(`${tree}:${node}`) ?? fail(`${what} names node ${node} of tree ${tree}, which is not there`);
  const nodes = treeIds.map((tree, k): FileNode => {
    const mode = modes.find((known) => known === lists.nodes_modes[k]);
    if (mode === undefined) {
      return fail(
        `its attribute nodes_modes has ${quoted(lists.nodes_modes[k])}; one of ${modes.join(", ")} is expected`,
      );
    }
    const [feature, threshold] = [lists.nodes_featureids[k], lists.nodes_values[k]];
    if (mode === "LEAF") return { mode, feature: 0, threshold: 0, whenTrue: -1, whenFalse: -1 };
    if (!(feature >= 0 && feature < features)) {
      throw new UserError(
        `a node of tree ${tree} compares feature ${feature}; the input has features 0 to ${features - 1}`,
        "export the model with the number of features that it was trained with",
      );
    }
    if (Number.isNaN(threshold)) fail(`a node of tree ${tree} compares with what is no number`);
    return {
      ...{ mode, feature, threshold },
      whenTrue: placeOf(tree, lists.nodes_truenodeids[k], "nodes_truenodeids"),
      whenFalse: placeOf(tree, lists.nodes_falsenodeids[k], "nodes_falsenodeids"),
    };
  });
  const tracks = integers("nodes_missing_value_tracks_true");
  return {
    nodes,
    scores: readScores(attributes, prefix, placeOf),
    roots: findRoots(nodes, treeIds),
    missingMatters: tracks.some((track, k) => track !== 0 && nodes[k]?.mode !== "LEAF"),
  };
}

function fail(what: string): never {
  throw new UserError(what, "export the model again");
}

function expectLengths(lists: Readonly<Record<string, ArrayLike<unknown>>>, count: number, by: string): void {
  for (const [name, { length }] of Object.entries(lists)) {
    if (length !== count) fail(`its attribute ${name} has ${length} entries, ${by} ${count}`);
  }
}

function readScores(
  attributes: ReadonlyMap<string, OnnxAttribute>,
  prefix: string,
  placeOf: (tree: number, node: number, what: string) => number,
): Map<number, Map<number, number>> {
  const integers = (name: string) => attributes.get(name)?.integers ?? [];
  const trees = integers(`${prefix}_treeids`);
  const [nodes, ids] = [integers(`${prefix}_nodeids`), integers(`${prefix}_ids`)];
  const weights = attributes.get(`${prefix}_weights`)?.floats ?? [];
  const lists = { [`${prefix}_nodeids`]: nodes, [`${prefix}_ids`]: ids, [`${prefix}_weights`]: weights };
  expectLengths(lists, trees.length, `${prefix}_treeids`);
  const scores = new Map<number, Map<number, number>>();
  trees.forEach((tree, k) => {
    const place = placeOf(tree, nodes[k], `${prefix}_nodeids`);
    if (!Number.isFinite(weights[k])) fail(`its attribute ${prefix}_weights has ${weights[k]}`);
    const own = scores.get(place) ?? new Map<number, number>();
    scores.set(place, own.set(ids[k], (own.get(ids[k]) ?? 0) + weights[k]));
  });
  return scores;
}

/** The node of each tree that none leads to; every other node is led to once. */
function findRoots(nodes: readonly FileNode[], treeIds: readonly number[]): number[] {
  const isLedTo = new Uint8Array(nodes.length);
  for (const { mode, whenTrue, whenFalse } of nodes) {
    if (mode === "LEAF") continue;
    for (const next of [whenTrue, whenFalse]) {
      if (isLedTo[next]) fail(`two nodes of tree ${treeIds[next]} lead to one`);
      isLedTo[next] = 1;
    }
  }
  const roots = new Map<number, number>();
  treeIds.forEach((tree, k) => {
    if (isLedTo[k]) return;
    if (roots.has(tree)) fail(`tree ${tree} begins with two nodes`);
    roots.set(tree, k);
  });
  // each is led to once at most, so what no root leads to is a circle
  const open = [...roots.values()];
  let reached = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    reached++;
    if (nodes[node].mode !== "LEAF") open.push(nodes[node].whenTrue, nodes[node].whenFalse);
  }
  if (reached < nodes.length) fail(`${nodes.length - reached} nodes of its trees lead in a circle`);
  return [...roots.values()];
}

/**
 * Trees as a layer has them: every comparison is "not above", nodes lie behind those that lead to them, and leaves with the
 * same outputs are one.
 *
 * @param outputsOf what a leaf adds to each output
 * @param base what the outputs begin with
 */
export function makeTreeTensors(
  { nodes, scores, roots }: FileTrees,
  steps: readonly FeatureStep[],
  outputsOf: (scores: Scores) => readonly number[],
  base: readonly number[],
): TreeTensors {
  const scoreCount = nodes.filter(({ mode }) => mode === "LEAF").length * base.length;
  if (scoreCount > mostScores) {
    throw new UserError(`its leaves have ${scoreCount} scores; at most ${mostScores} are imported`);
  }
  const sums = Float64Array.from(base);
  const table: number[] = [];
  const starts: number[] = [];
  const rows = new Map<string, number>();
  const leaves: number[] = [];
  const none: Scores = new Map();
  const leafOf = (node: number): number => {
    const outputs = outputsOf(scores.get(node) ?? none).map(Math.fround);
    const key = outputs.join();
    let row = rows.get(key);
    if (row === undefined) {
      row = rows.size;
      rows.set(key, row);
      leaves.push(...outputs);
    }
    return -1 - row;
  };
  const put = (feature: number, threshold: number): number => table.push(feature, threshold, 0, 0) / 4 - 1;
  for (const root of roots) {
    if (nodes[root].mode === "LEAF") {
      outputsOf(scores.get(root) ?? none).forEach((output, o) => {
        sums[o] += output;
      });
      continue;
    }
    starts.push(table.length / 4);
    /** Nodes that are still to be put, and where their places go. */
    const open: { readonly node: number; readonly at: readonly number[] }[] = [{ node: root, at: [] }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { mode, feature, threshold, whenTrue, whenFalse } = nodes[next.node];
      let place: number;
      if (mode === "LEAF") place = leafOf(next.node);
      else {
        const { places, isTurned } = comparisons[mode];
        const [first, second] = places.map((place) => {
          const limit = place === "upTo" ? threshold : floatBelow(threshold);
          return put(feature, thresholdBefore(steps, feature, limit));
        });
        place = first;
        const [low, high] = isTurned ? [whenFalse, whenTrue] : [whenTrue, whenFalse];
        if (second === undefined)
          open.push({ node: high, at: [first * 4 + 3] }, { node: low, at: [first * 4 + 2] });
        else {
          // equal is what is up to it and not below it
          table[first * 4 + 2] = second;
          open.push({ node: high, at: [first * 4 + 3, second * 4 + 2] }, { node: low, at: [second * 4 + 3] });
        }
      }
      for (const at of next.at) table[at] = place;
    }
  }
  const outputs = base.length;
  if (starts.length === 0) {
    // all trees are leaves: one comparison that says nothing, since a layer has a tree
    starts.push(table.length / 4);
    table.push(0, 0, -1, -1);
    leaves.push(...base.map(() => 0));
  }
  return {
    nodes: Tensor.from([table.length / 4, 4], table),
    roots: Tensor.from([starts.length], starts),
    leaves: Tensor.from([leaves.length / outputs, outputs], leaves),
    base: Tensor.from([outputs], sums),
  };
}
