import { elementCount } from "../base/tensor.js";
import type { ColumnNames } from "../formats/samples.js";
import type { QuantizedModel } from "./readModel.js";

/**
 * What a model calls the columns of its data; undefined where its data had no names, as an imported model's, and where several
 * inputs have their own.
 */
export function columnsOf({ training, quantized }: QuantizedModel): ColumnNames | undefined {
  const [{ tensor, labels }, ...others] = quantized.inputs;
  if (others.length > 0) return undefined;
  const { shape } = quantized.tensors[tensor]!;
  const inputs = labels ?? channelsOf(texts(training?.inputs) ?? [], shape);
  return inputs && { inputs, targets: texts(training?.targets) ?? [] };
}

/** A window's values are called "x[0]", "y[0]", "x[1]", …, its channels x and y. */
function channelsOf(names: readonly string[], shape: readonly number[]): readonly string[] | undefined {
  if (names.length !== elementCount(shape)) return undefined;
  return shape.length === 1 ? names : names.slice(0, shape.at(-1)).map((name) => name.replace(/\[0\]$/, ""));
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((name) => typeof name === "string") ? value : undefined;
}
