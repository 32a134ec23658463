import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { elementCount, isSameShape } from "../../base/tensor.js";
import { Copy } from "../../train/layers/copy.js";
import { defineLayer } from "../../train/layers/graph.js";
import { Add, Concatenate, Multiply } from "../../train/layers/merge.js";
import { activationImporters } from "./activations.js";
import { convolutionImporters, takesMargin } from "./convolutions.js";
import { copyImporters } from "./copies.js";
import { type LayerContext, type LayerImporter, padded, type Value } from "./layerContext.js";
import { recurrentImporters } from "./recurrentLayers.js";
import { shapeImporters } from "./shapes.js";

/** Takes a layer's inputs to what the layer gives. */
export type AnyImporter = (context: LayerContext, inputs: readonly Value[]) => Value;

const importers: Readonly<Record<string, LayerImporter>> = {
  ...activationImporters,
  ...convolutionImporters,
  ...copyImporters,
  ...recurrentImporters,
  ...shapeImporters,
};

const importAdd: AnyImporter = (context, inputs) => {
  const { name, put } = context;
  return put(
    defineLayer("add", { name }, ({ inputShapes }) => new Add(name, inputShapes)),
    inputs,
  );
};

const importConcatenate: AnyImporter = (context, inputs) => {
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
  const { name, put } = context;
  // the larger one first
  const [image, gate, ...more] = inputs.toSorted((a, b) => elementCount(b.shape) - elementCount(a.shape));
  const channels = image?.shape.slice(-1) ?? [];
  const isPixel = gate !== undefined && gate.shape.length > 1 && elementCount(gate.shape) === channels[0];
  const isGate = isPixel && !isSameShape(gate.shape, image.shape);
  // one number for each channel, at every position
  const strides = image?.shape.map((_, axis, { length }) => Number(axis === length - 1)) ?? [];
  const everywhere = () =>
    defineLayer(
      "copy",
      { name: `${name}: gate` },
      ({ name: layer }) => new Copy(layer, gate.shape, image.shape, 0, strides),
    );
  return put(
    defineLayer("multiply", { name }, ({ inputShapes }) => new Multiply(name, inputShapes)),
    isGate ? [image, put(everywhere(), [gate]), ...more] : inputs,
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
  [/^(RNN|ConvLSTM\dD)$/, "of recurrent layers LSTM, GRU and SimpleRNN are imported"],
  [/^TimeDistributed$/, "use the layer inside without it: dense layers take series as they are"],
  [/Attention|Embedding/, "its products of two activations have no integer kernel"],
];

/**
 * The importer of a layer of this class and configuration.
 *
 * @throws UserError when there is none, with the reason
 */
export function findImporter(className: string, config: Fields): AnyImporter {
  if (className === "TFOpLambda" && sums.includes(config.value("function")))
    return findImporter("Add", config);
  if (Object.hasOwn(joiningImporters, className)) {
    return (context, inputs) =>
      joiningImporters[className](
        context,
        inputs.map((input) => padded(context, input)),
      );
  }
  if (Object.hasOwn(importers, className)) {
    return (context, inputs) => {
      if (inputs.length !== 1) throw new UserError(`takes one input, found ${inputs.length}`);
      const [input] = inputs;
      return importers[className](context, takesMargin(context, input) ? input : padded(context, input));
    };
  }
  const reason = reasons.find(([pattern]) => pattern.test(className))?.[1];
  if (reason !== undefined) throw new UserError(`is not imported: ${reason}`);
  throw new UserError("is no layer that is imported", `layers that are: ${kerasLayerNames.join(", ")}`);
}
