import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { elementCount, isSameShape } from "../../base/tensor.js";
import { defineLayer } from "../../train/layers/graph.js";
import { Add, Concatenate, Multiply } from "../../train/layers/merge.js";
import { reshape } from "../../train/layers/reshape.js";
import { activationImporters } from "./activations.js";
import { convolutionImporters } from "./convolutions.js";
import { expectNoMargin, type LayerContext, type LayerImporter, type Value } from "./layerContext.js";
import { shapeImporters } from "./shapes.js";

/** Takes a layer's inputs to what the layer gives. */
export type AnyImporter = (context: LayerContext, inputs: readonly Value[]) => Value;

const importers: Readonly<Record<string, LayerImporter>> = {
  ...activationImporters,
  ...convolutionImporters,
  ...shapeImporters,
};

const importAdd: AnyImporter = (context, inputs) => {
  for (const input of inputs) expectNoMargin(context, input);
  const { name, put } = context;
  return put(
    defineLayer("add", { name }, ({ inputShapes }) => new Add(name, inputShapes)),
    inputs,
  );
};

const importConcatenate: AnyImporter = (context, inputs) => {
  for (const input of inputs) expectNoMargin(context, input);
  const { config, name, put } = context;
  const axis = config.value("axis") ?? -1;
  if (axis !== -1 && axis !== inputs[0]?.shape.length) config.fail("axis", "-1, the channels'");
  return put(
    defineLayer("concatenate", { name }, ({ inputShapes }) => new Concatenate(name, inputShapes)),
    inputs,
  );
};

/** Of two inputs of one shape, or one and a gate for its channels, which Keras has as an image of one pixel. */
const importMultiply: AnyImporter = (context, inputs) => {
  for (const input of inputs) expectNoMargin(context, input);
  const { name, put } = context;
  // the larger one first
  const [image, gate, ...more] = inputs.toSorted((a, b) => elementCount(b.shape) - elementCount(a.shape));
  const channels = image?.shape.slice(-1) ?? [];
  const isPixel = gate !== undefined && gate.shape.length > 1 && elementCount(gate.shape) === channels[0];
  const isGate = isPixel && !isSameShape(gate.shape, image.shape);
  const factor = isGate ? [put(reshape(channels, { name: `${name}: gate` }), [gate])] : [];
  return put(
    defineLayer("multiply", { name }, ({ inputShapes }) => new Multiply(name, inputShapes)),
    isGate ? [image, ...factor, ...more] : inputs,
  );
};

const joiningImporters: Readonly<Record<string, AnyImporter>> = {
  Add: importAdd,
  Concatenate: importConcatenate,
  Multiply: importMultiply,
};

/** What Keras 2 makes of `x + y` outside layers. */
const sums: readonly unknown[] = ["__operators__.add", "math.add"];

/** Names of the layers that are imported, for documentation and messages. */
export const kerasLayerNames: readonly string[] = [
  "InputLayer",
  ...Object.keys(importers),
  ...Object.keys(joiningImporters),
].sort();

/** What has no way to a microcontroller as it is, and what to do. */
const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^Lambda$/, "it holds Python code, which is never run: write it as layers"],
  [
    /^(TFOpLambda|TensorFlowOpLayer|SlicingOpLambda)$/,
    "it is an operation outside layers: use a layer for it",
  ],
  [/^(LSTM|GRU|SimpleRNN|Bidirectional|RNN|ConvLSTM\dD)$/, "recurrent layers are not imported yet"],
  [/^TimeDistributed$/, "use the layer inside without it: dense layers take series as they are"],
  [/Attention|Embedding/, "its products of two activations have no integer kernel"],
];

/**
 * The importer of a layer of this class and configuration.
 *
 * @throws UserError when there is none, with the reason
 */
export function findImporter(className: string, config: Fields): AnyImporter {
  if (className === "TFOpLambda" && sums.includes(config.value("function"))) return importAdd;
  if (Object.hasOwn(joiningImporters, className)) return joiningImporters[className];
  if (Object.hasOwn(importers, className)) {
    return (context, inputs) => {
      if (inputs.length !== 1) throw new UserError(`takes one input, found ${inputs.length}`);
      return importers[className](context, inputs[0]);
    };
  }
  const reason = reasons.find(([pattern]) => pattern.test(className))?.[1];
  if (reason !== undefined) throw new UserError(`is not imported: ${reason}`);
  throw new UserError("is no layer that is imported", `layers that are: ${kerasLayerNames.join(", ")}`);
}
