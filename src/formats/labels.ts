import { extname } from "node:path";
import { UserError } from "../base/errors.js";
import { maximumTextBytes, readBytes } from "../base/files.js";
import { listed, quoted } from "../base/printable.js";
import { elementCount, formatShape } from "../base/tensor.js";
import { CsvNumbers, detectDelimiter, readCsvText } from "./csvText.js";
import { readSamples } from "./samples.js";

/** What labels can mean. */
export type LabelsAre = "numbers" | "names";

export interface Classes {
  readonly count: number;
  /** One for each, where the network has them. */
  readonly names?: readonly string[] | undefined;
  /** The column that the network was trained to tell. */
  readonly column?: string | undefined;
}

/**
 * Reads a class for each sample: its number or, where classes have names, its name. .npy, .npz and IDX hold [samples],
 * [samples, 1], or [samples, classes] whose largest value is the class; .csv one label a line, or a column of the name
 * that the training's labels had.
 *
 * @param labelsAre needed where a label can be one class's name and another's number
 * @throws UserError when there is another number of labels, one is no class, or it is not clear which
 */
export function readLabels(
  path: string,
  samples: number,
  classes: Classes,
  labelsAre?: LabelsAre,
): Int32Array {
  if (extname(path).toLowerCase() === ".csv") {
    return classesOf(path, readCsvLabels(path, samples, classes), classes, labelsAre);
  }
  const { data, shape } = readSamples(path);
  const width = elementCount(shape.slice(1));
  if (shape[0] !== samples || (width !== 1 && (shape.length !== 2 || width !== classes.count))) {
    throw new UserError(
      `${path}: holds labels of shape ${formatShape(shape)}; expected [${samples}], one for each sample`,
      `give the labels of the same samples as --input; outputs of the network, [${samples}, ${classes.count}], are labels too`,
    );
  }
  if (width === 1) return classesOf(path, Array.from(data, String), classes, labelsAre);
  return Int32Array.from({ length: samples }, (_, sample) => largest(data, sample * width, width));
}

function largest(data: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (data[start + k]! > data[start + best]!) best = k;
  return best;
}

function readCsvLabels(path: string, samples: number, { column, names }: Classes): string[] {
  const bytes = readBytes(path, maximumTextBytes);
  const delimiter = detectDelimiter(bytes);
  const rows: (readonly string[])[] = [];
  readCsvText(bytes, path, delimiter, (cells) => rows.push(cells));
  const first = rows[0] ?? [];
  if (first.length > 1) {
    const index = column === undefined ? -1 : first.indexOf(column);
    if (index < 0) {
      const wanted = column === undefined ? "expected one" : `expected one, or one called ${quoted(column)}`;
      throw new UserError(`${path}: has the columns ${listed(first)}; ${wanted}`, "write one label a line");
    }
    const labels = rows.slice(1).map((cells) => cells[index] ?? "");
    return expectCount(path, labels, samples);
  }
  const labels = rows.map(([label]) => label!);
  const isLabel = (cell: string) =>
    (names ?? []).includes(cell) || !new CsvNumbers(delimiter).areNames([cell]);
  const hasHeader = labels.length > 0 && labels.length !== samples && !isLabel(labels[0]!);
  return expectCount(path, hasHeader ? labels.slice(1) : labels, samples);
}

function expectCount(path: string, labels: string[], samples: number): string[] {
  if (labels.length === samples) return labels;
  throw new UserError(
    `${path}: holds ${labels.length} labels; expected ${samples}, one for each sample`,
    "give the labels of the same samples as --input",
  );
}

/**
 * The numbers of the classes that labels stand for.
 *
 * @param place the file, for messages
 * @throws UserError when a label is no class, or could be two
 */
export function classesOf(
  place: string,
  labels: readonly string[],
  { count, names }: Classes,
  labelsAre?: LabelsAre,
): Int32Array {
  const numberOf = (label: string) => {
    const number = label === "" ? Number.NaN : Number(label);
    return Number.isInteger(number) && number >= 0 && number < count ? number : -1;
  };
  const byName = new Map((names ?? []).map((name, number) => [name, number]));
  const nameOf = (label: string) => byName.get(label) ?? byName.get(String(Number(label))) ?? -1;
  const fail = (sample: number, expected: string): never => {
    const label = labels[sample]!;
    const shown = Number.isFinite(Number(label)) && label !== "" ? label : quoted(label);
    throw new UserError(`${place}: label ${sample} is ${shown}; expected ${expected}`, hintOf(names, count));
  };
  const numbers = labels.map(numberOf);
  const named = labels.map(nameOf);
  const noNumber = numbers.indexOf(-1);
  const noName = names === undefined ? 0 : named.indexOf(-1);
  const inOrder = `an integer 0..${count - 1}`;
  if (labelsAre === "numbers" || (labelsAre === undefined && names === undefined)) {
    if (noNumber >= 0) fail(noNumber, inOrder);
    return Int32Array.from(numbers);
  }
  if (names === undefined) {
    throw new UserError(`${place}: the network's classes have no names`, "leave out --labels-are names");
  }
  if (labelsAre === "names") {
    if (noName >= 0) fail(noName, "the name of a class");
    return Int32Array.from(named);
  }
  const neither = labels.findIndex((_, sample) => numbers[sample] === -1 && named[sample] === -1);
  if (neither >= 0) fail(neither, `the name of a class, or its number, ${inOrder}`);
  if (noName >= 0 && noNumber >= 0) {
    throw new UserError(
      `${place}: label ${noName} is ${quoted(labels[noName]!)}, which is a class's number and no name; ` +
        `label ${noNumber} is ${quoted(labels[noNumber]!)}, which is a name and no number`,
      hintOf(names, count),
    );
  }
  const unclear = noName < 0 && noNumber < 0 ? named.findIndex((name, i) => name !== numbers[i]) : -1;
  if (unclear >= 0) {
    const number = numbers[unclear]!;
    throw new UserError(
      `${place}: label ${unclear} is ${number}: class number ${number} is called ${quoted(names[number]!)}, ` +
        `and the class called ${quoted(names[named[unclear]!]!)} is number ${named[unclear]}`,
      "say which is meant: --labels-are names, or --labels-are numbers",
    );
  }
  return Int32Array.from(noName < 0 ? named : numbers);
}

function hintOf(names: readonly string[] | undefined, count: number): string {
  return names === undefined
    ? `the network has ${count} classes, numbered from 0`
    : `the network's classes are, from number 0, ${listed(names)}`;
}
