import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import type { Shape, Tensor } from "../../base/tensor.js";
import { findTreeFault } from "../../network/treeTables.js";
import { onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, RebuildContext, Statistic } from "./layer.js";

/** Trees as tensors; see {@link TreeEnsemble}. */
export interface TreeTensors {
  readonly nodes: Tensor;
  readonly roots: Tensor;
  readonly leaves: Tensor;
  readonly base: Tensor;
}

/**
 * Decision trees that vote or are added up: output[o] = base[o] + Σ leaves[leaf of a tree, o]. They come from elsewhere and
 * are not trained: no gradient leads through a comparison.
 *
 *   input   [batch, features]
 *   output  [batch, outputs]
 *   nodes   [nodes, 4]: feature, threshold, and where to go when the feature is not above it, and when it is: a later node
 *           of the tree, or −1 − a leaf
 *   roots   [trees]: the node that each begins with
 *   leaves  [leaves, outputs]
 *   base    [outputs]
 */
export class TreeEnsemble implements LayerBase {
  readonly kind = "treeEnsemble";
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly parameters = [];
  readonly statistics: readonly Statistic[];
  readonly macs = 0;

  /**
   * @param isRanked outputs are classes, of which the device makes the first of the largest sums the largest alone
   * @throws UserError where a walk through a tree would not end in a leaf
   */
  constructor(
    readonly name: string,
    features: number,
    readonly tensors: TreeTensors,
    readonly isRanked: boolean,
  ) {
    const { nodes, roots, leaves, base } = tensors;
    this.inputShapes = [[features]];
    this.outputShape = base.shape;
    this.statistics = Object.entries({ nodes, roots, leaves, base }).map(([part, value]) => ({
      name: part,
      value,
    }));
    const fault = findTreeFault({ nodes: nodes.data, roots: roots.data }, features, leaves.shape[0]);
    if (fault !== undefined)
      throw new UserError(`layer "${name}" is expected to have ${fault}`, "import the model again");
  }

  /** @throws UserError when a value is not a number: it could go either way */
  forward([input]: readonly Tensor[], output: Tensor): void {
    const [features] = this.inputShapes[0];
    const [outputs] = this.outputShape;
    const [nodes, roots, leaves] = [
      this.tensors.nodes.data,
      this.tensors.roots.data,
      this.tensors.leaves.data,
    ];
    const sums = new Float64Array(outputs);
    const wrong = input.data.findIndex((value) => Number.isNaN(value));
    if (wrong >= 0) {
      throw new UserError(
        `layer "${this.name}": feature ${wrong % features} of sample ${Math.floor(wrong / features)} is not a number`,
        "the device knows no missing values: fill them in as for training, or leave the sample out",
      );
    }
    for (let from = 0, to = 0; from < input.data.length; from += features, to += outputs) {
      sums.set(this.tensors.base.data);
      for (let tree = 0; tree < roots.length; tree++) {
        let next = roots[tree];
        while (next >= 0) {
          const isAbove = input.data[from + nodes[next * 4]] > nodes[next * 4 + 1];
          next = nodes[next * 4 + (isAbove ? 3 : 2)];
        }
        const leaf = (-1 - next) * outputs;
        for (let o = 0; o < outputs; o++) sums[o] += leaves[leaf + o];
      }
      output.data.set(sums, to);
    }
  }

  backward(): void {
    throw new UserError(
      `layer "${this.name}" has decision trees, which gradients do not train`,
      "train them where they come from, and import them again",
    );
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    const { nodes, roots, leaves, base } = this.tensors;
    return {
      nodes: nodes.shape[0],
      trees: roots.shape[0],
      leaves: leaves.shape[0],
      outputs: base.shape[0],
      isRanked: this.isRanked,
    };
  }
}

/** Far beyond any microcontroller's flash. */
const most = 2 ** 24;

/** Rebuilds a layer from its {@link TreeEnsemble.settings}. */
export function readTrees(settings: Fields, { name, inputShapes, parameter }: RebuildContext): TreeEnsemble {
  const count = (field: string) => settings.integer(field, 1, most);
  const [outputs, leaves] = [count("outputs"), count("leaves")];
  const shape = onlyShape(inputShapes);
  if (shape.length !== 1) throw new UserError(`layer "${name}" takes [features], found ${shape.length} axes`);
  const tensors = {
    nodes: parameter("nodes", [count("nodes"), 4]),
    roots: parameter("roots", [count("trees")]),
    leaves: parameter("leaves", [leaves, outputs]),
    base: parameter("base", [outputs]),
  };
  return new TreeEnsemble(name, shape[0], tensors, settings.boolean("isRanked"));
}
