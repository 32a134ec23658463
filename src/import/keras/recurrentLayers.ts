import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { formatShape } from "../../base/tensor.js";
import { defineLayer } from "../../train/layers/graph.js";
import { Add, Concatenate } from "../../train/layers/merge.js";
import { gateCounts, type RecurrentKind } from "../../train/layers/recurrent.js";
import { gru, lstm, type RecurrentSpec, simpleRnn } from "../../train/layers/recurrentSpecs.js";
import {
  expectOneOf,
  type LayerContext,
  type LayerImporter,
  takeWeights,
  type Value,
} from "./layerContext.js";

const makers: Readonly<Record<RecurrentKind, typeof lstm>> = { gru, lstm, simpleRnn };

/** By Keras' class. Gates stand in our order there: input, forget, cell, output; update, reset, candidate. */
const kinds: Readonly<Record<string, RecurrentKind>> = { GRU: "gru", LSTM: "lstm", SimpleRNN: "simpleRnn" };

/** Trained values come from the file. */
const fromFile = () => {};

/** Refuses what a layer of ours does not do. */
function expectPlain(config: Fields, kind: RecurrentKind, major: number): void {
  expectOneOf(config, "activation", ["tanh"]);
  expectOneOf(config, "recurrent_activation", ["sigmoid"]);
  expectOneOf(config, "stateful", [false]);
  expectOneOf(config, "time_major", [false]);
  expectOneOf(config, "return_state", [false]);
  // before Keras 2.4 the reset came first where the file says nothing
  const isAfter = config.value("reset_after") ?? major >= 3;
  if (kind === "gru" && isAfter !== true) config.fail("reset_after", "true");
}

function putRecurrent(
  context: LayerContext,
  { config, name }: { readonly config: Fields; readonly name: string },
  kind: RecurrentKind,
  input: Value,
  backwards: boolean,
): Value {
  if (input.shape.length !== 2) {
    throw new UserError(`takes [steps, features], found ${formatShape(input.shape)}`);
  }
  expectPlain(config, kind, context.major);
  const [, features] = input.shape;
  const units = config.integer("units", 1, 2 ** 20);
  const sums = gateCounts[kind] * units;
  const hasBias = config.value("use_bias") !== false;
  const biasShape = kind === "gru" ? [2, sums] : [sums];
  const [kernel, recurrent, bias] = takeWeights(context, [
    { names: ["kernel"], shape: [features, sums] },
    { names: ["recurrent_kernel"], shape: [units, sums] },
    ...(hasBias ? [{ names: ["bias"], shape: biasShape }] : []),
  ]);
  const returns = config.value("return_sequences") === true ? "all" : "last";
  const options = { name, returns, backwards, weights: fromFile, recurrentWeights: fromFile } as const;
  const spec: RecurrentSpec = makers[kind](units, options);
  return context.put(spec, [input], (layer) => {
    setTransposed(layer.weights.value.data, kernel, sums);
    setTransposed(layer.recurrentWeights.value.data, recurrent, sums);
    layer.bias.value.data.fill(0);
    if (bias !== undefined) layer.bias.value.data.set(bias.subarray(0, sums));
    if (bias !== undefined) layer.recurrentBias?.value.data.set(bias.subarray(sums));
  });
}

/** Keras' sums stand last, ours first. */
function setTransposed(to: { [index: number]: number }, data: Float32Array, columns: number): void {
  const rows = data.length / columns;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) to[c * rows + r] = data[r * columns + c];
  }
}

const importRecurrent =
  (kind: RecurrentKind): LayerImporter =>
  (context, input) => {
    const { config } = context;
    const backwards = config.value("go_backwards") === true;
    if (backwards && config.value("return_sequences") === true) {
      config.fail(
        "go_backwards",
        "false where return_sequences is true: Keras then gives the last step first",
      );
    }
    return putRecurrent(context, context, kind, input, backwards);
  };

/** Both directions, with weights of their own, side by side or added. */
const importBidirectional: LayerImporter = (context, input) => {
  const { config, name, put } = context;
  const sides = ["layer", "backward_layer"].map((field) => {
    const layer = config.object(config.value(field) ? field : "layer");
    const className = layer.string("class_name");
    if (!Object.hasOwn(kinds, className)) layer.fail("class_name", Object.keys(kinds).join(" or "));
    return { kind: kinds[className], config: layer.object("config") };
  });
  const mode = config.has("merge_mode") ? config.oneOf("merge_mode", ["concat", "sum"] as const) : "concat";
  const parts = sides.map(({ kind, config: own }, side) => {
    const direction = ["forward", "backward"][side];
    const isOwn = (path: string) => path.split("/").some((part) => part.startsWith(direction));
    const weights = context.weights.filter((weight) => isOwn(weight.name));
    const place = { config: own, name: `${name}: ${direction}` };
    return putRecurrent({ ...context, weights }, place, kind, input, side === 1);
  });
  return put(
    mode === "sum"
      ? defineLayer("add", { name }, ({ inputShapes }) => new Add(name, inputShapes))
      : defineLayer("concatenate", { name }, ({ inputShapes }) => new Concatenate(name, inputShapes)),
    parts,
  );
};

/** Layers that go through a series step by step. */
export const recurrentImporters: Readonly<Record<string, LayerImporter>> = {
  ...Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, importRecurrent(kind)])),
  Bidirectional: importBidirectional,
};
