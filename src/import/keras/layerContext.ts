import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { quoted } from "../../base/printable.js";
import { formatShape, isSameShape, type Shape } from "../../base/tensor.js";
import { defineLayer, type LayerSpec } from "../../train/layers/graph.js";
import { Pad } from "../../train/layers/pad.js";
import type { KerasWeight } from "./kerasFile.js";

/** Rows and columns of zeros that a layer before has put around an image, for the next to take into its window. */
export interface Margin {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** What a layer gives. */
export interface Value {
  /** Of the activation, as in {@link Network.connections}. */
  readonly number: number;
  /** Without the batch axis, and without the margin. */
  readonly shape: Shape;
  readonly margin?: Margin;
}

/** What is put into the network: a layer with all that it holds. */
export type Put = <Spec extends LayerSpec>(
  spec: Spec,
  inputs: readonly Value[],
  settle?: (layer: ReturnType<Spec["build"]>) => void,
) => Value;

/** A layer of the file, and the network to put it into. */
export interface LayerContext {
  readonly name: string;
  readonly className: string;
  readonly config: Fields;
  /** Major version of the Keras that wrote it. */
  readonly major: number;
  readonly weights: readonly KerasWeight[];
  readonly put: Put;
  /** What the user should know of the import, as a sentence. */
  note(text: string): void;
}

/** Takes a layer's only input to what the layer gives. */
export type LayerImporter = (context: LayerContext, input: Value) => Value;

/** A tensor that a layer must have: the names that versions of Keras gave it, and its shape. */
export interface WantedWeight {
  readonly names: readonly string[];
  readonly shape: Shape;
}

/** "kernel" of "conv1/kernel:0"; undefined where the format numbers them. */
function ownName(name: string): string | undefined {
  const last = (name.split("/").at(-1) ?? name).replace(/:\d+$/, "");
  return /^\d+$/.test(last) ? undefined : last;
}

/**
 * The layer's tensors, which must be these: found by their names, or in this order where the format has none.
 *
 * @throws UserError when there are others
 */
export function takeWeights(
  { weights }: Pick<LayerContext, "weights">,
  wanted: readonly WantedWeight[],
): Float32Array[] {
  const found = wanted.map(({ names, shape }, index) => {
    const weight = weights.find(({ name }, at) => {
      const own = ownName(name);
      return own === undefined ? at === index : names.includes(own);
    });
    return weight !== undefined && isSameShape(weight.shape, shape) ? [weight.data] : [];
  });
  if (weights.length === wanted.length && found.every(({ length }) => length === 1)) return found.flat();
  const list = (all: readonly { readonly name: string; readonly shape: Shape }[]) =>
    all.map(({ name, shape }) => `${quoted(name)} ${formatShape(shape)}`).join(", ") || "none";
  const expected = list(wanted.map(({ names: [name], shape }) => ({ name, shape })));
  throw new UserError(`takes the weights ${expected}, found ${list(weights)}`, "save the whole model again");
}

/** The only number of channels, or the sizes along both axes: Keras writes 3 as [3, 3] or as 3. */
export function readSizes(config: Fields, name: string, axes: 1 | 2): number[] {
  const value = config.value(name);
  if (typeof value === "number") return Array.from({ length: axes }, () => config.integer(name, 1, 2 ** 20));
  const sizes = config.integers(name, 1, 2 ** 20);
  return sizes.length === axes ? sizes : config.fail(name, `${axes} integers`);
}

/** @throws UserError unless the field is absent, null or one of these values */
export function expectOneOf(config: Fields, name: string, values: readonly unknown[]): void {
  const value = config.value(name);
  if (value === undefined || value === null || values.includes(value)) return;
  config.fail(name, values.map((one) => JSON.stringify(one)).join(" or "));
}

/** The same value with its margin as zeros around it: for a layer that does not take it into its window. */
export function padded(
  { name, put }: Pick<LayerContext, "name" | "put">,
  { number, shape, margin }: Value,
): Value {
  if (margin === undefined) return { number, shape };
  const { top, bottom, left, right } = margin;
  const [before, after] =
    shape.length === 3
      ? [
          [top, left, 0],
          [bottom, right, 0],
        ]
      : [
          [left, 0],
          [right, 0],
        ];
  return put(
    defineLayer(
      "pad",
      { name: `${name}: zeros around ${number}` },
      ({ name: layer }) => new Pad(layer, shape, before, after),
    ),
    [{ number, shape }],
  );
}
