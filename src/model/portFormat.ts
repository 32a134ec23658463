import type { Fields } from "../base/fields.js";
import type { JsonObject } from "../base/json.js";
import { elementCount } from "../base/tensor.js";
import { expectClassNames } from "../network/classNames.js";
import type { Border, Port, QuantizedTensor, State } from "../network/quantizedNetwork.js";

const borders: readonly Border[] = ["int8", "uint8", "int16", "float32"];

export function describePort({ tensor, name, border, labels, axes }: Port): JsonObject {
  return { tensor, name, border, labels, axes };
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
    ...(fields.has("axes") && { axes: fields.integers("axes", 0, shape.length - 1) }),
  };
}

export function readInput(fields: Fields, tensors: readonly QuantizedTensor[]): Port {
  return readPort(fields, tensors, ({ shape }) => shape.at(-1) ?? 0, "column");
}

export function readOutput(fields: Fields, tensors: readonly QuantizedTensor[]): Port {
  return readPort(fields, tensors, ({ shape }) => elementCount(shape), "output");
}

function readLabels(fields: Fields, count: number, counted: string): readonly string[] {
  const labels = fields.array("labels");
  if (labels.length !== count) fields.fail("labels", `${count} names, one for each ${counted}`);
  expectClassNames(`${fields.place}.labels`, labels);
  return labels;
}

export function readState(fields: Fields, tensors: readonly QuantizedTensor[]): State {
  return {
    tensor: fields.integer("tensor", 0, tensors.length - 1),
    reset: fields.integer("reset", -(2 ** 15), 2 ** 15 - 1),
  };
}
