import { UserError } from "../base/errors.js";
import { describe } from "../base/fields.js";
import { listed, quoted } from "../base/printable.js";
import { elementCount, formatShape } from "../base/tensor.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import { quantizeTensor, quantizeUint8 } from "../quantize/quantizeTensor.js";
import type { NamedTensor } from "./clientNetwork.js";

/**
 * What a caller holds as the network takes it: arrays of its element type as they are, bytes of a network that takes
 * uint8 less 128, all else as real values, quantized as everywhere (`quantizeTensor`). The caller's array is not kept.
 *
 * @param input one of: a typed array, row by row; numbers; an object of columns; rows of such objects
 * @throws UserError that names what is missing, too much, of another length, or no number
 */
export function takeInput(tensor: NamedTensor, input: unknown): ActivationData {
  const { elementType, border } = tensor;
  const isOwn = elementType === "int8" ? input instanceof Int8Array : input instanceof Int16Array;
  if (isOwn) return expectCount(tensor, input as ActivationData).slice();
  if (input instanceof Uint8Array && border === "uint8" && elementType === "int8") {
    return quantizeUint8(expectCount(tensor, input));
  }
  if (input instanceof Float32Array || input instanceof Float64Array) {
    return quantizeTensor(expectCount(tensor, input), tensor);
  }
  if (ArrayBuffer.isView(input)) {
    throw new UserError(
      `the input is a ${input.constructor.name}; expected ${expectedArrays(tensor)}`,
      "real values are in a Float32Array",
    );
  }
  return quantizeTensor(expectCount(tensor, realValues(tensor, input)), tensor);
}

function realValues(tensor: NamedTensor, input: unknown): readonly number[] {
  const { labels, shape } = tensor;
  if (labels === undefined) return expectArray(input).map((value, i) => expectNumber(`value ${i}`, value));
  if (shape.length === 1) return columnsOf(labels, input, "");
  return expectArray(input).flatMap((row, i) => columnsOf(labels, row, ` of row ${i}`));
}

/** @param place " of row 3" */
function columnsOf(labels: readonly string[], row: unknown, place: string): number[] {
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    throw new UserError(
      `the input${place} is ${describe(row)}; expected an object`,
      `its columns are ${listed(labels)}`,
    );
  }
  const values = new Map(Object.entries(row));
  const unknown = [...values.keys()].find((name) => !labels.includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `the input${place} has a column ${quoted(unknown)}; the network has none of that name`,
      `its columns are ${listed(labels)}`,
    );
  }
  return labels.map((name) => expectNumber(`column ${quoted(name)}${place}`, values.get(name)));
}

function expectArray(input: unknown): readonly unknown[] {
  if (Array.isArray(input)) return input;
  throw new UserError(`the input is ${describe(input)}; expected an array`);
}

function expectNumber(place: string, value: unknown): number {
  if (typeof value === "number" && !Number.isNaN(value)) return value;
  throw new UserError(`${place} is ${describe(value)}; expected a number`);
}

function expectCount<Values extends { readonly length: number }>(
  tensor: NamedTensor,
  values: Values,
): Values {
  const { shape, labels } = tensor;
  const expected = elementCount(shape);
  if (values.length === expected) return values;
  const each = labels !== undefined && shape.length > 1 ? `, rows of ${labels.length}` : "";
  throw new UserError(
    `the input has ${values.length} values; the network takes ${expected}, ${formatShape(shape)}${each}`,
    "give one sample, row by row",
  );
}

function expectedArrays({ elementType, border }: NamedTensor): string {
  const own = elementType === "int8" ? "Int8Array" : "Int16Array";
  return `Float32Array, Float64Array${border === "uint8" ? ", Uint8Array" : ""} or ${own}`;
}
