import fc from "fast-check";
import { elementType } from "../../../src/import/onnx/onnxSchema.js";
import type { AttributeSpec, NodeSpec, OnnxSpec } from "./buildOnnx.js";

export const branchModes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];

/** A tree as people draw it. */
export type Tree =
  | { readonly scores: Readonly<Record<number, number>> }
  | {
      readonly feature: number;
      readonly mode: string;
      readonly threshold: number;
      readonly yes: Tree;
      readonly no: Tree;
    };

const comparisons: Readonly<Record<string, (x: number, threshold: number) => boolean>> = {
  BRANCH_LEQ: (x, t) => x <= t,
  BRANCH_LT: (x, t) => x < t,
  BRANCH_GTE: (x, t) => x >= t,
  BRANCH_GT: (x, t) => x > t,
  BRANCH_EQ: (x, t) => x === t,
  BRANCH_NEQ: (x, t) => x !== t,
};

/** Scores of the leaf that a sample leads to, by the words of ONNX's operators; all numbers are float32. */
export function walk(tree: Tree, sample: ArrayLike<number>): Readonly<Record<number, number>> {
  if ("scores" in tree) return tree.scores;
  const isTrue = comparisons[tree.mode]!(Math.fround(sample[tree.feature]!), Math.fround(tree.threshold));
  return walk(isTrue ? tree.yes : tree.no, sample);
}

/** Sums of classes or targets over trees, in double. */
export function sumsOf(trees: readonly Tree[], sample: ArrayLike<number>, outputs: number): number[] {
  const sums = new Array<number>(outputs).fill(0);
  for (const tree of trees) {
    for (const [id, score] of Object.entries(walk(tree, sample))) sums[Number(id)]! += Math.fround(score);
  }
  return sums;
}

/** The lists of a TreeEnsembleClassifier or -Regressor. */
export function treeAttributes(
  trees: readonly Tree[],
  prefix: "class" | "target",
): Record<string, AttributeSpec> {
  const [ids, nodeIds, features, yes, no, leafTrees, leafNodes, leafIds] = Array.from(
    { length: 8 },
    (): number[] => [],
  ) as [number[], number[], number[], number[], number[], number[], number[], number[]];
  const [modes, values, weights]: [string[], number[], number[]] = [[], [], []];
  trees.forEach((tree, t) => {
    let count = 0;
    const put = (node: Tree): number => {
      const [number, at] = [count++, ids.length];
      ids.push(t);
      nodeIds.push(number);
      const isLeaf = "scores" in node;
      features.push(isLeaf ? 0 : node.feature);
      modes.push(isLeaf ? "LEAF" : node.mode);
      values.push(isLeaf ? 0 : node.threshold);
      yes.push(0);
      no.push(0);
      if (isLeaf) {
        for (const [id, score] of Object.entries(node.scores)) {
          leafTrees.push(t);
          leafNodes.push(number);
          leafIds.push(Number(id));
          weights.push(score);
        }
      } else {
        yes[at] = put(node.yes);
        no[at] = put(node.no);
      }
      return number;
    };
    put(tree);
  });
  return {
    nodes_treeids: ids,
    nodes_nodeids: nodeIds,
    nodes_featureids: features,
    nodes_modes: { texts: modes },
    nodes_values: { floats: values },
    nodes_truenodeids: yes,
    nodes_falsenodeids: no,
    [`${prefix}_treeids`]: leafTrees,
    [`${prefix}_nodeids`]: leafNodes,
    [`${prefix}_ids`]: leafIds,
    [`${prefix}_weights`]: { floats: weights },
  };
}

const domain = "ai.onnx.ml";

/** A classifier as skl2onnx writes it, with what stands around it. */
export function classifierModel(
  trees: readonly Tree[],
  features: number,
  attributes: Readonly<Record<string, AttributeSpec>>,
  before: readonly NodeSpec[] = [],
): OnnxSpec {
  return {
    inputs: { x: ["N", features] },
    outputs: ["label", "probabilities"],
    outputTypes: { label: elementType.int64 },
    domains: { [domain]: 1 },
    nodes: [
      ...before,
      {
        ...{ op: "TreeEnsembleClassifier", domain, inputs: [before.at(-1)?.outputs[0] ?? "x"] },
        outputs: ["label", "probabilities"],
        attributes: { ...treeAttributes(trees, "class"), ...attributes },
      },
    ],
  };
}

export function regressorModel(
  trees: readonly Tree[],
  features: number,
  attributes: Readonly<Record<string, AttributeSpec>>,
): OnnxSpec {
  return {
    inputs: { x: ["N", features] },
    outputs: ["variable"],
    domains: { [domain]: 1 },
    nodes: [
      {
        ...{ op: "TreeEnsembleRegressor", domain, inputs: ["x"], outputs: ["variable"] },
        attributes: { ...treeAttributes(trees, "target"), ...attributes },
      },
    ],
  };
}

/** Trees of every mode, whose thresholds are now and then what samples have. */
export function randomTrees(
  features: number,
  outputs: number,
  scores: fc.Arbitrary<number>,
  thresholds: fc.Arbitrary<number>,
): fc.Arbitrary<Tree[]> {
  const leaf: fc.Arbitrary<Tree> = fc
    .array(scores, { minLength: outputs, maxLength: outputs })
    .map((list) => ({ scores: Object.fromEntries(list.entries()) }));
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, depthIdentifier: "tree" },
      leaf,
      fc.record({
        feature: fc.nat({ max: features - 1 }),
        mode: fc.constantFrom(...branchModes),
        threshold: thresholds,
        yes: tie("tree"),
        no: tie("tree"),
      }),
    ),
  }));
  return fc.array(tree, { minLength: 1, maxLength: 12 });
}

/** A forest with each way to compare. */
export const smallForest: OnnxSpec = classifierModel(
  branchModes.map((mode, k) => ({
    ...{ feature: k % 3, mode, threshold: k / 4 - 1 },
    yes: { scores: { 0: 0.25, 2: k / 8 } },
    no: {
      feature: 1,
      mode: "BRANCH_LEQ",
      threshold: 0.5,
      yes: { scores: { 1: 1 } },
      no: { scores: { 2: -0.5 } },
    },
  })),
  3,
  {
    classlabels_strings: { texts: ["rest", "walk", "run"] },
    post_transform: "SOFTMAX",
    base_values: { floats: [0.1, -0.2, 0.3] },
  },
  [
    {
      ...{ op: "Scaler", domain, inputs: ["x"], outputs: ["scaled"] },
      attributes: { offset: { floats: [0.5] }, scale: { floats: [1, 2, 3] } },
    },
  ],
);
