import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { parse as parseCsv } from "csv-parse/sync";
import { type DType, dump, parse as parseNpy } from "npyjs";
import { UserError } from "./errors.js";
import { writeFilesAtomically } from "./files.js";
import { elementCount, formatShape, isSameShape, type Shape } from "./tensor.js";

/** Element types as NumPy abbreviates them: i1 is int8, f4 is float32. */
export type SampleType = "i1" | "u1" | "i2" | "u2" | "i4" | "u4" | "i8" | "u8" | "b1" | "f2" | "f4" | "f8";
export type SampleData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

export interface Samples {
  /** [samples, ...the shape of one]. */
  readonly shape: Shape;
  /** Row-major. 64-bit integers come as float64, float16 as float32, booleans as 0 and 1. */
  readonly data: SampleData;
  /** The element type in the file; f8 for .csv. */
  readonly type: SampleType;
}

const bytesPerElement: Readonly<Record<SampleType, number>> = {
  i1: 1,
  u1: 1,
  b1: 1,
  i2: 2,
  u2: 2,
  f2: 2,
  i4: 4,
  u4: 4,
  f4: 4,
  i8: 8,
  u8: 8,
  f8: 8,
};
const maximumFileBytes = 2 ** 30;

/**
 * Reads samples from a .npy or .csv file. A file holds [samples, ...shape], or [samples, elements] with the same
 * number of elements (a .csv always does: one sample a line), or one sample without the outer axis.
 *
 * @param shape of one sample; without it the file's own outer axis counts the samples
 * @throws UserError when the file is missing, damaged, of another shape, or holds what is not a finite number
 */
export function readSamples(path: string, { shape }: { shape?: Shape } = {}): Samples {
  const samples = readArray(path);
  expectFinite(path, samples);
  return shape === undefined ? samples : { ...samples, shape: fitShape(path, samples.shape, shape) };
}

/**
 * Reads one class number for each sample: .npy [samples] or [samples, 1], or .csv with one number a line.
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

function readArray(path: string): Samples {
  const extension = extname(path).toLowerCase();
  if (extension === ".npy") return readNpy(path);
  if (extension === ".csv") return readCsv(path);
  throw new UserError(
    `${path}: samples are read from .npy and .csv files, not from "${extension}"`,
    "save them with numpy.save(path, array), or as comma-separated numbers, one sample a line",
  );
}

function readBytes(path: string): Buffer {
  try {
    const { size } = statSync(path);
    if (size > maximumFileBytes) {
      throw new UserError(
        `${path}: ${size} B; at most ${maximumFileBytes} B are read`,
        "split it into parts",
      );
    }
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : message;
    throw new UserError(`cannot read ${path}: ${reason}`, "check the path", { cause });
  }
}

/** Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays", versions 1.0 to 3.0. */
function readNpy(path: string): Samples {
  const bytes = readBytes(path);
  const isNpy = bytes.length >= 12 && bytes.subarray(0, 6).toString("latin1") === "\x93NUMPY";
  if (!isNpy) throw new UserError(`${path}: is not a .npy file`, "write it with numpy.save(path, array)");
  const dataOffset = bytes[6] === 1 ? 10 + bytes.readUInt16LE(8) : 12 + bytes.readUInt32LE(8);
  if (dataOffset > bytes.length) {
    throw truncated(path, `the header ends at byte ${dataOffset}, the file at ${bytes.length}`);
  }
  const { dtype, shape, fortranOrder } = parseOrExplain(path, bytes.subarray(0, dataOffset));
  if (!isSampleType(dtype)) throw unreadType(path, dtype);
  const expected = elementCount(shape) * bytesPerElement[dtype];
  const found = bytes.length - dataOffset;
  if (found < expected) {
    throw truncated(path, `${dtype} ${formatShape(shape)} takes ${expected} B, the file holds ${found} B`);
  }
  if (fortranOrder && shape.filter((size) => size > 1).length > 1) {
    throw new UserError(
      `${path}: is stored column by column (Fortran order)`,
      "write it with numpy.save(path, numpy.ascontiguousarray(array))",
    );
  }
  const { data } = parseOrExplain(path, bytes.subarray(0, dataOffset + expected));
  return { shape, data: toSampleData(data), type: dtype };
}

function parseOrExplain(path: string, bytes: Uint8Array): ReturnType<typeof parseNpy> {
  try {
    return parseNpy(Uint8Array.from(bytes).buffer);
  } catch (cause) {
    const type = /Unsupported dtype: (.*)/.exec((cause as Error).message)?.[1];
    if (type !== undefined) throw unreadType(path, type);
    throw new UserError(`${path}: the .npy header cannot be read: ${(cause as Error).message}`, undefined, {
      cause,
    });
  }
}

function isSampleType(type: DType): type is SampleType {
  return type in bytesPerElement;
}

function truncated(path: string, why: string): UserError {
  return new UserError(`${path}: is cut short: ${why}`, "write or copy it again");
}

function unreadType(path: string, type: string): UserError {
  return new UserError(
    `${path}: elements of type "${type}" are not read`,
    `save them as numbers in this machine's byte order: numpy.save(path, array.astype("float32"))`,
  );
}

function toSampleData(data: ArrayBufferView): SampleData {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from(data as BigInt64Array, Number);
  }
  // npyjs gives booleans as a plain array, whatever its type says
  return Array.isArray(data) ? Uint8Array.from(data as boolean[], Number) : (data as SampleData);
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

function fitShape(path: string, found: Shape, expected: Shape): Shape {
  const elements = elementCount(expected);
  if (isSameShape(found, expected)) return [1, ...expected];
  const [samples, ...rest] = found;
  if (samples > 0 && (isSameShape(rest, expected) || (rest.length <= 1 && elementCount(rest) === elements))) {
    return [samples, ...expected];
  }
  const flat = expected.length > 1 ? ` or [samples, ${elements}]` : "";
  throw new UserError(
    `${path}: has shape ${formatShape(found)}; expected [samples, ${expected.join(", ")}]${flat}`,
    "one sample must have the shape of the network's input",
  );
}
