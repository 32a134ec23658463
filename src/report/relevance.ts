import { elementCount, type Shape } from "../base/tensor.js";
import { sampleCount } from "../train/data/dataset.js";
import {
  type Importance,
  type InputGroup,
  type PermutationImportance,
  permutationImportance,
} from "./permutationImportance.js";
import { judgingData, nameOf, type ReportInput } from "./reportInput.js";
import { weightPath } from "./weightPath.js";

/** One row: an input, or a block of an image's pixels. */
export interface RelevanceRow {
  readonly name: string;
  readonly permutation: Importance | undefined;
  /** Share of all weight paths, 0..1. */
  readonly weightPath: number | undefined;
}

/** Inputs that lie in the plane: drawn as a picture of blocks. */
export interface InputImage {
  readonly rows: number;
  readonly columns: number;
  /** Edge of a block in pixels. */
  readonly block: number;
}

export interface Relevance {
  readonly rows: readonly RelevanceRow[];
  readonly image: InputImage | undefined;
  readonly permutation: PermutationImportance | undefined;
  /** Which data was shuffled. */
  readonly what: string;
}

const maxGroups = 256;
/** Shuffling fewer tells little. */
const leastSamples = 10;

/** How much each input matters, by shuffling it and by its weights. */
export function measureRelevance(input: ReportInput): Relevance {
  const { experiment, network } = input;
  const { what, dataset } = judgingData(input, leastSamples);
  const { inputNames = input.data.train.inputNames } = dataset;
  const image = inputNames === undefined ? imageOf(network.inputShape) : undefined;
  const size = elementCount(network.inputShape);
  const groups = image === undefined ? eachAlone(size) : blocksOf(image, size);
  const permutation =
    sampleCount(dataset) < 2
      ? undefined
      : permutationImportance(network, dataset, experiment.loss, groups, { seed: experiment.seed });
  const paths = weightPath(network);
  const total = paths?.reduce((sum, value) => sum + value, 0) ?? 0;
  const rows = groups.map((group, index) => ({
    name: nameOf(inputNames, index, (number) =>
      image === undefined ? `input ${number}` : blockName(image, number),
    ),
    permutation: permutation?.groups[index],
    weightPath: paths && total > 0 ? group.reduce((sum, input) => sum + paths[input], 0) / total : undefined,
  }));
  return { rows, image, permutation, what };
}

function eachAlone(size: number): InputGroup[] {
  return Array.from({ length: size }, (_, input) => [input]);
}

/** [height, width, channels], [height, width], or a square of 64 inputs or more in one row. */
function imageOf(shape: Shape): InputImage | undefined {
  const [rows, columns] = shape.length === 1 ? [Math.sqrt(shape[0]), Math.sqrt(shape[0])] : shape;
  if (shape.length > 3 || !Number.isInteger(rows) || (shape.length === 1 && rows < 8)) return undefined;
  let block = 1;
  while (Math.ceil(rows / block) * Math.ceil(columns / block) > maxGroups) block++;
  return { rows, columns, block };
}

/** The inputs of each block, all channels together, row by row. */
function blocksOf({ rows, columns, block }: InputImage, size: number): InputGroup[] {
  const across = Math.ceil(columns / block);
  const groups: number[][] = Array.from({ length: Math.ceil(rows / block) * across }, () => []);
  const channels = size / (rows * columns);
  for (let input = 0; input < size; input++) {
    const pixel = Math.floor(input / channels);
    const [y, x] = [Math.floor(pixel / columns), pixel % columns];
    groups[Math.floor(y / block) * across + Math.floor(x / block)].push(input);
  }
  return groups;
}

function blockName({ rows, columns, block }: InputImage, index: number): string {
  const across = Math.ceil(columns / block);
  const [y, x] = [Math.floor(index / across) * block, (index % across) * block];
  const range = (what: string, start: number, size: number) =>
    block === 1 ? `${what} ${start}` : `${what}s ${start}–${Math.min(size, start + block) - 1}`;
  return `${range("row", y, rows)}, ${range("column", x, columns)}`;
}
