import { UserError } from "../../base/errors.js";
import { listed, quoted } from "../../base/printable.js";
import { ElementWise } from "../../train/layers/elementWise.js";
import type { Layer } from "../../train/layers/layerKinds.js";
import { Softmax } from "../../train/layers/softmax.js";
import { TreeEnsemble } from "../../train/layers/treeEnsemble.js";
import { Network } from "../../train/network/network.js";
import type { ImportedFloats } from "../importedFloats.js";
import { type OnnxOptions, planInput } from "./inputPlan.js";
import { elementType } from "./onnxSchema.js";
import { describeNode, type OnnxModel, type OnnxNode } from "./readOnnx.js";
import { tellProblems } from "./tellProblems.js";
import { type FeatureStep, scalerStep } from "./treeFeatures.js";
import { classifierOutputs, regressorOutputs } from "./treeOutputs.js";
import { makeTreeTensors, readFileTrees } from "./treeTensors.js";

const domain = "ai.onnx.ml";
const newestVersion = 4;
const treeOperators = ["TreeEnsembleClassifier", "TreeEnsembleRegressor"];

const isTree = (node: OnnxNode): boolean => node.domain === domain && treeOperators.includes(node.operator);

export const isTreeModel = (nodes: readonly OnnxNode[]): boolean => nodes.some(isTree);

/** What of the domain is imported: the documentation lists it. */
export const treeModelOperators: readonly string[] = ["Imputer", "Scaler", ...treeOperators, "ZipMap"];

/** What changes no float32: a Cast to float or double too. */
function isTransparent(node: OnnxNode): boolean {
  const to = node.attributes.get("to")?.integer;
  const operator = operatorOf(node);
  return operator === "Cast"
    ? to === elementType.float || to === elementType.double
    : operator === "Identity";
}

/** What may follow scores. */
const isFollower = (node: OnnxNode): boolean =>
  isTransparent(node) || operatorOf(node) === `${domain}.ZipMap`;

const operatorOf = (node: OnnxNode): string =>
  node.domain === "" ? node.operator : `${node.domain}.${node.operator}`;

/**
 * Makes a float network of a model of decision trees, as skl2onnx and onnxmltools write it: what scales features before it
 * goes into the thresholds, so that the network takes what the sensor gives. Of a classifier the scores are the output: its
 * label is the class with the largest.
 *
 * @throws UserError with what stands in the way
 */
export function importTrees(
  model: OnnxModel,
  nodes: readonly OnnxNode[],
  name: string,
  options: OnnxOptions,
): ImportedFloats {
  const { file } = model;
  const complaints: UserError[] = [];
  const version = model.opsets.get(domain) ?? 1;
  if (version > newestVersion) {
    complaints.push(
      new UserError(
        `${domain} ${version} is newer than ${newestVersion}, the newest that was checked`,
        `export it with target_opset={"${domain}": 3}`,
      ),
    );
  }
  const trees = nodes.filter(isTree);
  if (trees.length > 1)
    complaints.push(new UserError(`it has ${trees.length} ensembles of trees; one is imported`));
  const plan = planInput(model, nodes, options, complaints);
  if (plan === undefined || complaints.length > 0) return tellProblems(file, complaints);
  const features = plan.shape[1];
  if (plan.shape.length !== 2) {
    return tellProblems(file, [
      new UserError(`its input has ${plan.shape.length} axes; trees take samples and features`),
    ]);
  }
  const [tree] = trees;
  const steps = complaining(
    tree,
    () => featureSteps(tree.inputs[0] ?? "", plan.value.name, nodes, features),
    complaints,
  );
  const output = complaining(tree, () => scoresOutput(model, nodes, tree), complaints);
  const layers = complaining(tree, () => treeLayers(tree, features, steps ?? [], options), complaints);
  if (complaints.length > 0 || layers === undefined || output === undefined)
    return tellProblems(file, complaints);
  const network = new Network(name, [features], "float32", layers.layers);
  return {
    network,
    input: { name: plan.value.name, axes: undefined },
    output: { name: output.name, axes: undefined },
    producer: model.producer,
    origins: network.layers.map((layer) => ({ layer: layer.name, node: tree.name, operator: tree.operator })),
    leftOut: layers.leftOut,
    ...(layers.classNames && { classNames: layers.classNames }),
    notes: [...output.notes, ...layers.notes],
  };
}

/** What is thrown as a complaint about a node. */
function complaining<T>(node: OnnxNode, take: () => T, complaints: UserError[]): T | undefined {
  try {
    return take();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    complaints.push(new UserError(`${describeNode(node)}: ${error.message}`, error.hint));
    return undefined;
  }
}

const labelNote =
  "the file gives labels only; the network gives the scores, of which the label is the largest";

/** What is done to the input before the trees take it, first to last. */
function featureSteps(
  name: string,
  input: string,
  nodes: readonly OnnxNode[],
  features: number,
): FeatureStep[] {
  const steps: FeatureStep[] = [];
  let current = name;
  for (let left = nodes.length; current !== input; left--) {
    const maker = nodes.find(({ outputs }) => outputs.includes(current));
    if (maker === undefined || left === 0)
      throw new UserError(`takes ${quoted(current)}, which does not come from the input`);
    const operator = operatorOf(maker);
    if (operator === `${domain}.Scaler`) steps.unshift(scalerStep(maker.attributes, features));
    else if (operator === `${domain}.Imputer`) expectMissing(maker);
    else if (!isTransparent(maker)) {
      throw new UserError(
        `takes what ${describeNode(maker)} makes; in front of trees Cast to float, Identity, Imputer and Scaler are imported`,
        "do the rest before the model, on the device too, and export the trees alone",
      );
    }
    current = maker.inputs[0] ?? "";
  }
  return steps;
}

/**
 * What fills in missing values does nothing where there are none.
 *
 * @throws UserError where it replaces a number
 */
function expectMissing(imputer: OnnxNode): void {
  const replaced = imputer.attributes.get("replaced_value_float")?.float ?? 0;
  if (Number.isNaN(replaced)) return;
  throw new UserError(
    `${describeNode(imputer)} in front of it replaces ${replaced}; missing values (NaN) are imported`,
    "replace it before the model, on the device too",
  );
}

/**
 * The output that holds the scores; the label beside it is told by them.
 *
 * @throws UserError where an output is something else
 */
function scoresOutput({ outputs }: OnnxModel, nodes: readonly OnnxNode[], tree: OnnxNode) {
  const scores = tree.operator === "TreeEnsembleClassifier" ? 1 : 0;
  const kinds = outputs.map(({ name }) => {
    let current = name;
    const passed: OnnxNode[] = [];
    for (let left = nodes.length; left >= 0; left--) {
      const at = tree.outputs.indexOf(current);
      if (at === scores) {
        const wrong = passed.find((node) => !isFollower(node));
        if (wrong === undefined) return "scores";
        throw new UserError(
          `${describeNode(wrong)} changes its scores, and is not imported`,
          "export the model without it",
        );
      }
      if (at >= 0) return "label";
      // what picks the label's name takes it beside the names
      const maker = nodes.find((node) => node.outputs.includes(current));
      const next = maker?.inputs.find(
        (input) => tree.outputs.includes(input) || nodes.some((node) => node.outputs.includes(input)),
      );
      if (maker === undefined || next === undefined) break;
      passed.push(maker);
      current = next;
    }
    throw new UserError(`its model's output ${quoted(name)} does not come from the trees`);
  });
  const found = kinds.indexOf("scores");
  if (found >= 0) return { name: outputs[found].name, notes: [] };
  if (kinds.includes("label")) return { name: outputs[kinds.indexOf("label")].name, notes: [labelNote] };
  throw new UserError(`its model has no output of ${listed(tree.outputs)}`);
}

function treeLayers(
  tree: OnnxNode,
  features: number,
  steps: readonly FeatureStep[],
  { withoutSoftmax }: OnnxOptions,
) {
  const { attributes, operator } = tree;
  const wide = [...attributes.keys()].find((name) => name.endsWith("_as_tensor"));
  if (wide !== undefined) {
    throw new UserError(
      `its attribute ${wide} is of float64, which is not imported`,
      "export the model for float32 inputs",
    );
  }
  const isClassifier = operator === "TreeEnsembleClassifier";
  const trees = readFileTrees(attributes, isClassifier ? "class" : "target", features);
  const outputs = (isClassifier ? classifierOutputs : regressorOutputs)(attributes, trees);
  const tensors = makeTreeTensors(trees, steps, outputs.outputsOf, outputs.base);
  const shape = tensors.base.shape;
  const layerName = `${operator}_${tree.index}`;
  const layers: Layer[] = [new TreeEnsemble(layerName, features, tensors, isClassifier && shape[0] > 1)];
  const leavesOut = withoutSoftmax === true && outputs.after === "softmax";
  if (withoutSoftmax === true && !leavesOut) {
    throw new UserError("no softmax gives its scores", "leave out --without-softmax");
  }
  if (outputs.after === "softmax" && !leavesOut) layers.push(new Softmax(`${layerName}_softmax`, shape));
  if (outputs.after === "sigmoid") layers.push(new ElementWise("sigmoid", `${layerName}_sigmoid`, shape));
  const notes = [
    ...outputs.notes,
    ...(trees.missingMatters
      ? ["the file says where missing values go: the device knows none, and none may be in samples"]
      : []),
  ];
  return { layers, leftOut: leavesOut ? "Softmax" : undefined, classNames: outputs.classNames, notes };
}
