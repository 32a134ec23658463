import { extname } from "node:path";
import { UserError } from "../../base/errors.js";
import { readBytes } from "../../base/files.js";
import { elementCount, formatShape, type Shape, Tensor } from "../../base/tensor.js";
import { parseIdx } from "../../formats/idx.js";
import { readSamples } from "../../formats/samples.js";
import { resolveDataPath, showPath } from "./dataPath.js";
import type { Dataset, Targets } from "./dataset.js";
import type { LoadedData } from "./loadedData.js";
import type { SplitOptions } from "./shareOut.js";
import { split } from "./split.js";

/** Files of one part: `"x.npy"`, `"digits.npz:x_train"` for an array of several, or an IDX file. */
export interface ArrayFiles {
  /** [samples, ...shape] */
  readonly inputs: string;
  /** [samples] class numbers from 0. */
  readonly labels?: string;
  /** [samples, ...shape] real numbers, instead of labels. */
  readonly targets?: string;
}

export interface ArrayOptions extends ArrayFiles, Omit<SplitOptions, "test"> {
  /** A share of the samples, or files of their own. */
  readonly test?: number | ArrayFiles;
}

/**
 * Reads samples from arrays, .npy, .npz or IDX:
 * `arrays({ inputs: "digits.npz:x", labels: "digits.npz:y", test: 0.2 })`.
 *
 *   inputs   float32 [samples, ...shape], as they are in the file
 *   targets  class numbers [samples], or float32 [samples, ...shape]
 *
 * @throws UserError when a file cannot be read, or inputs and targets do not fit each other
 */
export function arrays({ test, ...options }: ArrayOptions): LoadedData {
  const data = readPart(options);
  const isShare = typeof test === "number";
  return {
    ...split(data, { ...options, ...(isShare && { test }) }),
    ...(!isShare && test && { test: readPart(test) }),
    skipped: { count: 0, first: [] },
  };
}

function readPart({ inputs, labels, targets }: ArrayFiles): Dataset {
  if ((labels === undefined) === (targets === undefined)) {
    throw new UserError(
      `arrays: ${inputs} has ${labels === undefined ? "neither labels nor targets" : "labels and targets"}`,
      "give labels for classes, targets for real numbers",
    );
  }
  const input = readTensor(inputs);
  const target = labels === undefined ? readTensor(targets!) : readClasses(labels);
  const count = target instanceof Tensor ? target.shape[0] : target.length;
  if (count === input.shape[0]) return { inputs: input, targets: target };
  throw new UserError(
    `${show(inputs)} has ${input.shape[0]} samples, ${show(labels ?? targets!)} has ${count}`,
    "give the inputs and targets of the same samples",
  );
}

function readTensor(path: string): Tensor {
  const { shape, data } = readArray(path);
  const reals = Float32Array.from(data);
  const wrong = reals.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new UserError(
      `${show(path)}: value ${wrong} is ${data[wrong]}; expected a number in float32's range`,
    );
  }
  return new Tensor(shape.length === 1 ? [shape[0], 1] : shape, reals);
}

function readClasses(path: string): Targets {
  const { shape, data } = readArray(path);
  if (data.length !== (shape[0] ?? 0)) {
    throw new UserError(
      `${show(path)}: has shape ${formatShape(shape)}; expected [samples], one class each`,
      "give class numbers as labels, anything else as targets",
    );
  }
  const wrong = data.findIndex((value) => !Number.isInteger(value) || value < 0 || value >= 2 ** 31);
  if (wrong < 0) return Int32Array.from(data);
  throw new UserError(`${show(path)}: label ${wrong} is ${data[wrong]}; expected a class number from 0`);
}

function readArray(path: string): { readonly shape: Shape; readonly data: ArrayLike<number> & Searchable } {
  const file = resolveDataPath(path);
  if (/^\.(npy|npz|csv)(:|$)/i.test(extname(file))) return readSamples(showPath(file));
  const idx = parseIdx(readBytes(file), showPath(file));
  if (idx.data.every(Number.isFinite) && elementCount(idx.shape) > 0) return idx;
  throw new UserError(
    `${showPath(file)}: holds ${idx.data.length === 0 ? "nothing" : "what is no finite number"}`,
  );
}

interface Searchable {
  findIndex(isWanted: (value: number) => boolean): number;
}

const show = (path: string): string => showPath(resolveDataPath(path));
