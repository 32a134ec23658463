import { basename, extname } from "node:path";
import { dump } from "npyjs";
import { UserError } from "../base/errors.js";
import { readBytes, writeFilesAtomically } from "../base/files.js";
import { elementCount, formatShape, isSameShape, type Shape } from "../base/tensor.js";
import { type ColumnNames, type CsvSamples, readCsvSamples } from "./csvSamples.js";
import { parseIdx } from "./idx.js";
import { parseNpy, type SampleData, type Samples, type SampleType } from "./npy.js";
import { parseNpz, splitArrayName } from "./npz.js";
import { readWavSamples } from "./wavSamples.js";

export type { ColumnNames, CsvSamples } from "./csvSamples.js";
export type { SampleData, Samples, SampleType } from "./npy.js";

/**
 * Reads samples from a .npy, .npz, .csv, .wav, .pcm or IDX file (`digits.npz:x_test` is one array of several; an IDX file is told
 * by its name, "t10k-images-idx3-ubyte" or "x.idx", or by how it begins). A file holds [samples, ...shape], or
 * [samples, elements] with the same number of elements, or one sample without the outer axis; what a .csv holds says
 * {@link readCsvSamples}, and a .wav, .pcm or .raw {@link readWavSamples}. IDX knows no channels, so its images fit a network that takes them flat or with a channel.
 *
 * @param shape of one sample; without it the file's own outer axis counts the samples
 * @param columns what the network calls them: columns of a .csv with names are taken by these
 * @param rate values a second to which sounds are brought; undefined where nobody knows, which a warning says
 * @param sequences [sequences, steps, ...shape] is taken too, as all steps behind each other, with `steps` of one
 * @throws UserError when the file is missing, damaged, of another shape, or holds what is not a finite number
 */
export function readSamples(
  path: string,
  {
    shape,
    columns,
    sequences = false,
    rate,
  }: {
    readonly shape?: Shape;
    readonly columns?: ColumnNames | undefined;
    readonly sequences?: boolean;
    readonly rate?: number | undefined;
  } = {},
): CsvSamples & { readonly steps?: number } {
  const { isIdx = false, warnings = [], ...samples } = readArray(path, { shape, columns, rate });
  expectFinite(path, samples);
  const several = sequences && shape !== undefined ? splitSequences(samples.shape, shape) : undefined;
  if (several !== undefined) return { ...samples, ...several, warnings };
  const fitted = shape === undefined ? samples.shape : fitShape(path, samples.shape, shape, isIdx);
  return { ...samples, shape: fitted, warnings };
}

/** Writes a C-ordered .npy file that NumPy reads: element type after the array's class. */
export function writeNpy(path: string, data: SampleData, shape: Shape): void {
  if (elementCount(shape) !== data.length) {
    throw new Error(`${path}: shape ${formatShape(shape)} does not hold ${data.length} elements`);
  }
  writeFilesAtomically([{ path, data: new Uint8Array(dump(data, [...shape])) }]);
}

const idxTypes: Readonly<Record<string, SampleType>> = {
  Uint8Array: "u1",
  Int8Array: "i1",
  Int16Array: "i2",
  Int32Array: "i4",
  Float32Array: "f4",
  Float64Array: "f8",
};

function readArray(
  path: string,
  {
    shape,
    columns,
    rate,
  }: { shape?: Shape | undefined; columns?: ColumnNames | undefined; rate?: number | undefined },
): Partial<CsvSamples> & Samples & { readonly isIdx?: boolean } {
  const { file, array } = splitArrayName(path);
  switch (extname(file).toLowerCase()) {
    case ".npy":
      return parseNpy(readBytes(path), path);
    case ".npz":
      return parseNpz(readBytes(file), file, array);
    case ".csv":
      return readCsvSamples(path, shape, columns);
    case ".wav":
    case ".pcm":
    case ".raw":
      return readWavSamples(path, shape, rate);
    default:
      return readIdx(path);
  }
}

function readIdx(path: string): Samples & { readonly isIdx: boolean } {
  const isNamed = /idx\d|\.idx$/i.test(basename(path));
  const bytes = readBytes(path);
  if (!isNamed && (bytes.length < 2 || bytes[0] !== 0 || bytes[1] !== 0)) {
    throw new UserError(
      `${path}: samples are read from .npy, .npz, .csv, .wav, .pcm and IDX files, not from "${extname(path)}"`,
      "save them with numpy.save(path, array), or as comma-separated numbers, one sample a line",
    );
  }
  const { shape, data } = parseIdx(bytes, path);
  return { shape, data, type: idxTypes[data.constructor.name], isIdx: true };
}

function expectFinite(path: string, { data, shape }: Samples): void {
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  const perSample = elementCount(shape.slice(1));
  throw new UserError(
    `${path}: sample ${Math.floor(wrong / perSample)}, element ${wrong % perSample} is ${data[wrong]}; expected a finite number`,
  );
}

/** Undefined where the file holds one sequence: an axis of 1 behind the steps is a batch's. */
function splitSequences(
  found: Shape,
  expected: Shape,
): { readonly shape: Shape; readonly steps?: number } | undefined {
  const [count = 0, steps = 0, ...rest] = found;
  const isFlat = rest.length === 1 && rest[0] === elementCount(expected);
  if (count < 1 || steps < 1 || isSameShape(found.slice(1), expected)) return undefined;
  if (!isSameShape(rest, expected) && !isFlat) return undefined;
  return { shape: [count * steps, ...expected], ...(steps > 1 && { steps }) };
}

function fitShape(path: string, found: Shape, expected: Shape, isIdx: boolean): Shape {
  const elements = elementCount(expected);
  if (isSameShape(found, expected)) return [1, ...expected];
  const [samples, ...rest] = found;
  const isFlat = (rest.length <= 1 || isIdx) && elementCount(rest) === elements;
  if (samples > 0 && (isSameShape(rest, expected) || isFlat)) {
    return [samples, ...expected];
  }
  const flat = expected.length > 1 ? ` or [samples, ${elements}]` : "";
  throw new UserError(
    `${path}: has shape ${formatShape(found)}; expected [samples, ${expected.join(", ")}]${flat}`,
    "one sample must have the shape of the network's input",
  );
}
