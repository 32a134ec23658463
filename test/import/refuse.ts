import { UserError } from "../../src/base/errors.js";
import { importTflite } from "../../src/import/importTflite.js";
import {
  buildTflite,
  ModelBuilder,
  type ModelSpec,
  type OperatorSpec,
  type TensorSpec,
} from "./buildTflite.js";
import { everyOperator } from "./everyOperator.js";

interface Complaint {
  readonly message: string;
  readonly hint: string;
}

/** What is said of a file that cannot be imported; its name is test.tflite. */
export function complaintOf(bytes: Uint8Array): Complaint {
  return complaintBy(() => importTflite(bytes, "test.tflite", "test"));
}

/** What is said where something cannot be imported. */
export function complaintBy(importIt: () => unknown): Complaint {
  try {
    importIt();
  } catch (error) {
    if (error instanceof UserError) return { message: error.message, hint: error.hint ?? "" };
    throw error;
  }
  throw new Error("the model was imported");
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export interface Editable extends Mutable<ModelSpec> {
  tensors: Mutable<TensorSpec>[];
  operators: Mutable<OperatorSpec>[];
}

/** A change of the model with every operator, and what is said of it after the file's name. */
export type Refusal = [title: string, change: (spec: Editable) => void, message: string];

/** What is said of the model with every operator after a change. */
export function refuse(change: (spec: Editable) => void): Complaint {
  const spec = structuredClone(everyOperator()) as Editable;
  change(spec);
  return complaintOf(buildTflite(spec));
}

/** What is said of a model of one operator. */
export function refuseOne(build: (model: ModelBuilder) => void): Complaint {
  const model = new ModelBuilder();
  build(model);
  return complaintOf(buildTflite(model.spec()));
}

/** Operators' indices in the model with every operator. */
export const [conv, depthwise, pool, add, quantize, concatenation, pad, relu, mean, reshape, dense] = [
  ...[1, 2, 3, 5, 7, 8, 9, 10, 13, 14, 15],
];
export const [logistic, tanh, softmax] = [16, 17, 18];

/** The tensor that an operator gives. */
export const outputOf = (spec: Editable, operator: number) =>
  spec.tensors[spec.operators[operator].outputs[0]];

/** One that it takes. */
export const inputOf = (spec: Editable, operator: number, position = 0) =>
  spec.tensors[spec.operators[operator].inputs[position]];
