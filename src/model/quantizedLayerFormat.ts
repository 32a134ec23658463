import type { Fields } from "../base/fields.js";
import type { JsonObject } from "../base/json.js";
import type { Shape } from "../base/tensor.js";
import { integerRanges } from "../network/elementTypes.js";
import type { QuantizedLayer, QuantizedTensor } from "../network/quantizedNetwork.js";
import type { Rounded } from "../network/rounding.js";

/** What a layer's tensors are. */
export type StoredInteger = Int8Array | Uint8Array | Int16Array | Int32Array;

/** Where a layer's tensors go when a model is written. */
export type PutTensor = (name: string, shape: Shape, data: StoredInteger) => void;

/** What a layer's reader can ask for. */
export interface QuantizedLayerSource {
  readonly fields: Fields;
  readonly inputs: readonly QuantizedTensor[];
  readonly output: QuantizedTensor;
  /** @throws UserError when the file has no such int8 tensor of this shape */
  int8(name: string, shape: Shape): Int8Array;
  /** @throws UserError when the file has no such uint8 tensor of this shape */
  uint8(name: string, shape: Shape): Uint8Array;
  /** @throws UserError when the file has no such int16 tensor of this shape */
  int16(name: string, shape: Shape): Int16Array;
  /** @throws UserError when the file has no such int32 tensor of this shape */
  int32(name: string, shape: Shape): Int32Array;
}

/** What a kind of layer has besides kind, name, inputs and output. */
type Own<L> = L extends QuantizedLayer ? Omit<L, "kind" | "name" | "inputs" | "output"> : never;

export interface QuantizedLayerFormat<L extends QuantizedLayer> {
  /** Number of inputs; "any" is one or more. */
  readonly arity: number | "any";
  /** @returns the settings; tensors are put */
  write(layer: L, put: PutTensor): JsonObject;
  /** @throws UserError when a setting is missing, out of range or does not fit the layer's tensors */
  read(source: QuantizedLayerSource): Own<L>;
}

/** A float32 value above 0. */
export function readScale(fields: Fields, name: string): number {
  const scale = fields.number(name);
  return isScale(scale) ? scale : fields.fail(name, "a float32 number above 0");
}

/** The clamp of a fused activation. */
export function readClamp(
  fields: Fields,
  { elementType }: QuantizedTensor,
): { activationMin: number; activationMax: number } {
  const [least, most] = integerRanges[elementType];
  const activationMin = fields.integer("activationMin", least, most);
  return { activationMin, activationMax: fields.integer("activationMax", activationMin, most) };
}

/** How sums are rounded; absent where TensorFlow Lite Micro's way. */
export function readRounding(fields: Fields): Rounded {
  if (!fields.has("rounding")) return {};
  const rounding = fields.string("rounding");
  return rounding === "nearestEven" ? { rounding } : fields.fail("rounding", '"nearestEven"');
}

export const roundingFields = ({ rounding }: Rounded) => ({ ...(rounding !== undefined && { rounding }) });

export function readScales(fields: Fields, name: string, channels: number): readonly number[] {
  const scales = fields.array(name);
  const isRight = scales.length === channels || scales.length === 1;
  if (!isRight || !scales.every(isScale)) fields.fail(name, `1 or ${channels} float32 numbers above 0`);
  return scales as readonly number[];
}

function isScale(value: unknown): boolean {
  return typeof value === "number" && value > 0 && value <= 3.5e38 && Math.fround(value) === value;
}
