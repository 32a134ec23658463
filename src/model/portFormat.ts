import type { Fields } from "../base/fields.js";
import type { JsonObject } from "../base/json.js";
import { elementCount, type Shape } from "../base/tensor.js";
import { isAxisOrder } from "../network/axisOrder.js";
import { expectClassNames } from "../network/classNames.js";
import { integerRanges } from "../network/elementTypes.js";
import type { Border, Port, QuantizedTensor, State } from "../network/quantizedNetwork.js";
import type { StoredTensors, TensorsToStore } from "./storedTensors.js";

const borders: readonly Border[] = ["int8", "uint8", "int16", "int32", "float32"];

export function describePort({ tensor, name, border, labels, axes, threshold }: Port): JsonObject {
  return { tensor, name, border, labels, axes, threshold };
}

/** @param labelCount how many labels a tensor has where it has any; what they name is in `counted` */
function readPort(
  fields: Fields,
  tensors: readonly QuantizedTensor[],
  labelCount: (tensor: QuantizedTensor) => number,
  counted: string,
): Port {
  const tensor = fields.integer("tensor", 0, tensors.length - 1);
  const { shape } = tensors[tensor];
  const port = { tensor, name: fields.string("name"), border: fields.oneOf("border", borders) };
  return {
    ...port,
    ...(fields.has("labels") && { labels: readLabels(fields, labelCount(tensors[tensor]), counted) }),
    ...(fields.has("axes") && { axes: readAxes(fields, "axes", shape.length) }),
  };
}

/** @throws UserError unless each axis is named once */
export function readAxes(fields: Fields, name: string, rank: number): readonly number[] {
  const axes = fields.integers(name, 0, rank - 1);
  return isAxisOrder(axes, rank) ? axes : fields.fail(name, `each of 0 to ${rank - 1} once`);
}

export function readInput(fields: Fields, tensors: readonly QuantizedTensor[]): Port {
  return readPort(fields, tensors, ({ shape }) => shape.at(-1) ?? 0, "column");
}

export function readOutput(fields: Fields, tensors: readonly QuantizedTensor[]): Port {
  const port = readPort(fields, tensors, ({ shape }) => elementCount(shape), "output");
  if (!fields.has("threshold")) return port;
  const { shape, elementType } = tensors[port.tensor];
  if (elementCount(shape) !== 1) fields.fail("threshold", "left out: the output has several values");
  return { ...port, threshold: fields.integer("threshold", 0, integerRanges[elementType][1]) };
}

function readLabels(fields: Fields, count: number, counted: string): readonly string[] {
  const labels = fields.array("labels");
  if (labels.length !== count) fields.fail("labels", `${count} names, one for each ${counted}`);
  expectClassNames(`${fields.place}.labels`, labels);
  return labels;
}

/** What a state holds at reset stands in the file as one number, or as a tensor of its own. */
export function describeState({ tensor, reset }: State, shape: Shape, put: TensorsToStore): JsonObject {
  if (typeof reset === "number") return { tensor, reset };
  put.put(resetName(tensor), shape, reset);
  return { tensor };
}

export function readState(fields: Fields, tensors: readonly QuantizedTensor[], stored: StoredTensors): State {
  const tensor = fields.integer("tensor", 0, tensors.length - 1);
  const { shape, elementType } = tensors[tensor];
  if (elementType === "int32") fields.fail("tensor", "one of element type int8 or int16");
  const reset = fields.has("reset")
    ? fields.integer("reset", ...integerRanges[elementType])
    : elementType === "int8"
      ? stored.get(resetName(tensor), shape, Int8Array)
      : stored.get(resetName(tensor), shape, Int16Array);
  return { tensor, reset };
}

function resetName(tensor: number): string {
  return `quantized/states/${tensor}`;
}
