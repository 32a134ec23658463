import { UserError } from "../../base/errors.js";
import { quoted } from "../../base/printable.js";
import type { OnnxAttribute } from "./readOnnx.js";
import type { FileTrees } from "./treeTensors.js";

/** What the sums over trees become. */
export interface TreeOutputs {
  /** What a leaf adds to each output. */
  readonly outputsOf: (scores: ReadonlyMap<number, number>) => readonly number[];
  readonly base: readonly number[];
  /** The function after the sums. */
  readonly after: "sigmoid" | "softmax" | undefined;
  readonly classNames: readonly string[] | undefined;
  readonly notes: readonly string[];
}

/** Far more than any model has. */
const mostOutputs = 1000;

function expectIds({ scores }: FileTrees, outputs: number, prefix: string): void {
  for (const own of scores.values()) {
    for (const id of own.keys()) {
      if (id >= 0 && id < outputs) continue;
      throw new UserError(`its attribute ${prefix}_ids has ${id}; 0 to ${outputs - 1} are expected`);
    }
  }
}

function expectOutputs(outputs: number, what: string): void {
  if (outputs >= 1 && outputs <= mostOutputs) return;
  throw new UserError(`it has ${outputs} ${what}; 1 to ${mostOutputs} are imported`);
}

const transformOf = (attributes: ReadonlyMap<string, OnnxAttribute>): string =>
  attributes.get("post_transform")?.text ?? "NONE";

function refuseTransform(transform: string): never {
  throw new UserError(
    `its attribute post_transform is ${quoted(transform)}, which is not imported`,
    "export the model's raw scores",
  );
}

/** @throws UserError where it aggregates or transforms in a way that is not imported */
export function regressorOutputs(
  attributes: ReadonlyMap<string, OnnxAttribute>,
  trees: FileTrees,
): TreeOutputs {
  const outputs = attributes.get("n_targets")?.integer ?? 1;
  expectOutputs(outputs, "targets");
  expectIds(trees, outputs, "target");
  const aggregate = attributes.get("aggregate_function")?.text ?? "SUM";
  if (aggregate !== "SUM" && aggregate !== "AVERAGE") {
    throw new UserError(
      `its attribute aggregate_function is ${quoted(aggregate)}; SUM and AVERAGE are imported`,
    );
  }
  const transform = transformOf(attributes);
  if (transform !== "NONE") refuseTransform(transform);
  const given = attributes.get("base_values")?.floats ?? [];
  if (given.length !== 0 && given.length !== outputs) {
    throw new UserError(`its attribute base_values has ${given.length} numbers; ${outputs} are expected`);
  }
  const share = aggregate === "AVERAGE" ? 1 / trees.roots.length : 1;
  return {
    outputsOf: (scores) => Array.from({ length: outputs }, (_, o) => (scores.get(o) ?? 0) * share),
    base: Array.from({ length: outputs }, (_, o) => given[o] ?? 0),
    ...{ after: undefined, classNames: undefined, notes: [] },
  };
}

/**
 * Scores of classes. Of two classes a file may have the scores of one only, and what becomes of the other is onnxruntime's
 * rule: 1 − s where no score is below 0, else −s.
 *
 * @throws UserError where the format leaves open what is meant
 * Source: microsoft/onnxruntime, TreeEnsembleClassifier; onnx/onnx, docs/Operators-ml.md.
 */
export function classifierOutputs(
  attributes: ReadonlyMap<string, OnnxAttribute>,
  trees: FileTrees,
): TreeOutputs {
  const texts = attributes.get("classlabels_strings")?.texts ?? [];
  const numbers = attributes.get("classlabels_int64s")?.integers ?? [];
  const labels = texts.length > 0 ? texts : numbers.map(String);
  const outputs = labels.length;
  expectOutputs(outputs, "classes");
  expectIds(trees, outputs, "class");
  const given = attributes.get("base_values")?.floats ?? [];
  if (given.length > 1 && given.length !== outputs) {
    throw new UserError(`its attribute base_values has ${given.length} numbers; ${outputs} are expected`);
  }
  const transform = transformOf(attributes);
  const after: TreeOutputs["after"] =
    transform === "LOGISTIC" ? "sigmoid" : transform === "SOFTMAX" ? "softmax" : undefined;
  if (after === undefined && transform !== "NONE") refuseTransform(transform);
  const isNumbered = labels.every((label, k) => label === String(k));
  const classNames = isNumbered ? undefined : labels;
  const used = new Set([...trees.scores.values()].flatMap((own) => [...own.keys()]));
  const base = Array.from({ length: outputs }, (_, o) => given[o] ?? 0);
  const plain = {
    outputsOf: (scores: ReadonlyMap<number, number>) => base.map((_, o) => scores.get(o) ?? 0),
    ...{ base, after, classNames, notes: [] as readonly string[] },
  };
  if (outputs !== 2) return plain;
  if (given.length === 2) {
    throw new UserError(
      "its attribute base_values has two numbers for two classes, which onnxruntime does not add up",
      "export the model again with one",
    );
  }
  if (used.size !== 1) return { ...plain, notes: [bothNote] };
  if (used.has(1))
    throw new UserError(
      "of two classes it scores the second only, which programs read differently",
      "export the model again",
    );
  const areAllPositive = [...trees.scores.values()].every((own) =>
    [...own.values()].every((score) => score >= 0),
  );
  if (areAllPositive && after !== undefined) {
    throw new UserError(
      `no score is below 0, and post_transform is ${transform}: programs read this differently`,
      "export the model's raw scores",
    );
  }
  const one = areAllPositive ? 1 : 0;
  return {
    outputsOf: (scores) => [-(scores.get(0) ?? 0), scores.get(0) ?? 0],
    base: [one - base[0], base[0]],
    after: after === "sigmoid" ? after : undefined,
    ...{ classNames, notes: [] },
  };
}

const bothNote =
  "it scores both of two classes: the class is the one with the larger score, where onnxruntime's label is the second wherever its score is above 0";
