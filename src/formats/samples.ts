import { basename, extname } from "node:path";
import { parse as parseCsv } from "csv-parse/sync";
import { dump } from "npyjs";
import { UserError } from "../base/errors.js";
import { readBytes, writeFilesAtomically } from "../base/files.js";
import { elementCount, formatShape, isSameShape, type Shape } from "../base/tensor.js";
import { parseIdx } from "./idx.js";
import { parseNpy, type SampleData, type Samples, type SampleType } from "./npy.js";
import { parseNpz, splitArrayName } from "./npz.js";

export type { SampleData, Samples, SampleType } from "./npy.js";

/**
 * Reads samples from a .npy, .npz, .csv or IDX file (`digits.npz:x_test` is one array of several; an IDX file is told
 * by its name, "t10k-images-idx3-ubyte" or "x.idx", or by how it begins). A file holds [samples, ...shape], or
 * [samples, elements] with the same number of elements (a .csv always does: one sample a line), or one sample without
 * the outer axis. IDX knows no channels, so its images fit a network that takes them flat or with a channel.
 *
 * @param shape of one sample; without it the file's own outer axis counts the samples
 * @throws UserError when the file is missing, damaged, of another shape, or holds what is not a finite number
 */
export function readSamples(path: string, { shape }: { shape?: Shape } = {}): Samples {
  const { isIdx = false, ...samples } = readArray(path);
  expectFinite(path, samples);
  return shape === undefined ? samples : { ...samples, shape: fitShape(path, samples.shape, shape, isIdx) };
}

/**
 * Reads one class number for each sample: .npy, .npz or IDX [samples] or [samples, 1], or .csv with one number a line.
 *
 * @throws UserError when there is another number of labels, or one that is no integer 0..classes−1
 */
export function readLabels(
  path: string,
  { samples, classes }: { samples: number; classes: number },
): Int32Array {
  const { data, shape } = readSamples(path);
  if (data.length !== samples || shape[0] !== samples) {
    throw new UserError(
      `${path}: holds labels of shape ${formatShape(shape)}; expected [${samples}], one for each sample`,
      "give the labels of the same samples as --input, as class numbers",
    );
  }
  const wrong = data.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (wrong >= 0) {
    throw new UserError(
      `${path}: label ${wrong} is ${data[wrong]}; expected an integer 0..${classes - 1}`,
      `the network has ${classes} classes, numbered from 0`,
    );
  }
  return Int32Array.from(data);
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

function readArray(path: string): Samples & { readonly isIdx?: boolean } {
  const { file, array } = splitArrayName(path);
  switch (extname(file).toLowerCase()) {
    case ".npy":
      return parseNpy(readBytes(path), path);
    case ".npz":
      return parseNpz(readBytes(file), file, array);
    case ".csv":
      return readCsv(path);
    default:
      return readIdx(path);
  }
}

function readIdx(path: string): Samples & { readonly isIdx: boolean } {
  const isNamed = /idx\d|\.idx$/i.test(basename(path));
  const bytes = readBytes(path);
  if (!isNamed && (bytes.length < 2 || bytes[0] !== 0 || bytes[1] !== 0)) {
    throw new UserError(
      `${path}: samples are read from .npy, .npz, .csv and IDX files, not from "${extname(path)}"`,
      "save them with numpy.save(path, array), or as comma-separated numbers, one sample a line",
    );
  }
  const { shape, data } = parseIdx(bytes, path);
  return { shape, data, type: idxTypes[data.constructor.name], isIdx: true };
}

function readCsv(path: string): Samples {
  const bytes = readBytes(path);
  let columns = 0;
  let rows = 0;
  const values: number[] = [];
  const addRow = (cells: readonly string[], line: number): void => {
    const numbers = cells.map((cell) => (cell === "" ? Number.NaN : Number(cell)));
    if (rows === 0 && columns === 0 && numbers.every(Number.isNaN)) {
      columns = cells.length;
      return; // names of the columns
    }
    if (columns === 0) columns = cells.length;
    if (cells.length !== columns) {
      throw new UserError(
        `${path}:${line}: ${cells.length} numbers; the lines before have ${columns}`,
        "give each line one sample, with the same number of columns",
      );
    }
    const wrong = numbers.findIndex((number) => !Number.isFinite(number));
    if (wrong >= 0) {
      throw new UserError(`${path}:${line}: column ${wrong + 1} is "${cells[wrong]}"; expected a number`);
    }
    for (const number of numbers) values.push(number);
    rows += 1;
  };
  try {
    parseCsv(bytes, {
      bom: true,
      delimiter: [",", ";", "\t"],
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      on_record: (cells: string[], { lines }) => {
        addRow(cells, lines);
        return null;
      },
    });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(
      `${path}: ${(cause as Error).message}`,
      "write one sample a line, numbers with commas between",
      {
        cause,
      },
    );
  }
  if (rows === 0)
    throw new UserError(`${path}: holds no numbers`, "write one sample a line, numbers with commas between");
  return { shape: [rows, columns], data: Float64Array.from(values), type: "f8" };
}

function expectFinite(path: string, { data, shape }: Samples): void {
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  const perSample = elementCount(shape.slice(1));
  throw new UserError(
    `${path}: sample ${Math.floor(wrong / perSample)}, element ${wrong % perSample} is ${data[wrong]}; expected a finite number`,
  );
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
