import { type Command, InvalidArgumentError } from "commander";
import { UserError, type Warning } from "../base/errors.js";
import { listed, quoted } from "../base/printable.js";
import { formatCount } from "../base/table.js";
import { elementCount, type Shape } from "../base/tensor.js";
import type { ColumnNames, SampleData, Samples, SampleType } from "../formats/samples.js";
import { fromUserOrder, userShape } from "../network/axisOrder.js";
import { integerRanges, isOfType } from "../network/elementTypes.js";
import { quantizationOf, quantizationsOf } from "../network/quantization.js";
import type { ActivationData, Border, ElementType, Quantized } from "../network/quantizedNetwork.js";
import type { Clipped } from "../quantize/countClipped.js";
import { quantizeTensor, quantizeUint8 } from "../quantize/quantizeTensor.js";

/** What is done with samples before a network takes them. */
export interface InputChoice {
  /** Every value is divided by it. */
  readonly divide?: number | undefined;
  /** Is subtracted from every value, then: one number, or one for each channel (column). */
  readonly mean?: readonly number[] | undefined;
  /** Divides what is left: one number, or one for each channel. */
  readonly std?: readonly number[] | undefined;
  /** Only the first so many are taken: sequences, where there are several, else steps. */
  readonly limit?: number | undefined;
  /** The network keeps states: samples are steps of sequences. */
  readonly sequences?: boolean;
}

export function addDivideOption(command: Command): Command {
  return command
    .option(
      "--divide <n>",
      "divide the samples by n: 255 for pixels 0 to 255 where the network was trained on 0 to 1, as by mnist()",
      readDivisor,
    )
    .option(
      "--mean <list>",
      "then subtract this number, or one for each channel: 0.485,0.456,0.406",
      readNumbers,
    )
    .option("--std <list>", "then divide by this number, or one for each channel", readDeviations);
}

function readNumbers(text: string): readonly number[] {
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (numbers.every((number) => Number.isFinite(number))) return numbers;
  throw new InvalidArgumentError("Expected numbers with commas between.");
}

function readDeviations(text: string): readonly number[] {
  const numbers = readNumbers(text);
  if (numbers.every((number) => number > 0)) return numbers;
  throw new InvalidArgumentError("Expected numbers above 0.");
}

function readDivisor(text: string): number {
  const divisor = Number(text);
  if (!(divisor > 0) || !Number.isFinite(divisor))
    throw new InvalidArgumentError("Expected a number above 0.");
  return divisor;
}

/** What a network's input takes. */
export type Input = Quantized & {
  readonly shape: Shape;
  readonly elementType: ElementType;
  /** What the network's own users hold. */
  readonly border?: Border;
  /** The order of their axes, where it is not ours. */
  readonly axes?: readonly number[];
  /** Values a second of a microphone. */
  readonly rate?: number;
};

export interface Inputs {
  /** [samples][elements of one] */
  readonly samples: readonly ActivationData[];
  /** How many the file holds, with those beyond the limit. */
  readonly count: number;
  /** Of a sequence; undefined where each sample stands for itself. */
  readonly steps?: number;
  /** The class of each, where a .csv has the column that the network was trained to tell. */
  readonly labels: readonly string[] | undefined;
  /** The first line of a .csv, where it names columns that were taken by their position. */
  readonly names: readonly string[] | undefined;
  readonly warnings: readonly Warning[];
}

/**
 * Reads samples as a network takes them: files of its input's element type as they are, all others as real values
 * that the input's scale and zero point turn into integers. Bytes are real values from 0 to 255, but for networks that
 * take uint8. What is beyond the
 * input's range is counted in a warning.
 *
 * @param columns what the network calls them
 * @throws UserError when the file is missing or damaged, of another shape, or holds bytes far beyond the input's range
 */
export async function readInputs(
  path: string,
  input: Input,
  choice: InputChoice = {},
  columns?: ColumnNames,
): Promise<Inputs> {
  const [{ readSamples }, { countClipped }] = await Promise.all([
    import("../formats/samples.js"),
    import("../quantize/countClipped.js"),
  ]);
  const { sequences = false } = choice;
  const inFile = readSamples(path, {
    shape: userShape(input.shape, input.axes),
    columns,
    sequences,
    rate: input.rate,
  });
  const read = inOrder(inFile, input);
  const { data, shape } = prepared(path, read, input, choice);
  const count = shape[0]!;
  const size = elementCount(input.shape);
  const steps = inFile.steps ?? count;
  const taken = Math.min(count, (choice.limit ?? count) * (inFile.steps ?? 1));
  const values = data.subarray(0, taken * size);
  const isAsItIs = isOwn(values, input) || isOwnBytes(read.type, input, choice);
  const samples = Array.from({ length: taken }, (_, sample) =>
    quantizeSample(values.subarray(sample * size, (sample + 1) * size), input, isAsItIs),
  );
  const clipped = isAsItIs ? undefined : countClipped(values, input);
  const [least, most] = integerRanges[input.elementType];
  const isOwnLike = values.every((value) => Number.isInteger(value) && value >= least && value <= most);
  const warnings = clipped ? [tellClipped(path, clipped, input, isOwnLike, columns)] : [];
  return {
    ...{ samples, count, labels: read.labels?.slice(0, taken), names: read.names },
    ...(sequences && { steps: Math.min(steps, taken) }),
    warnings: [...read.warnings, ...warnings, ...tellOwn(path, values, input)],
  };
}

/** For devices that no model is given for: they know no names. */
export function tellByPosition(path: string, { names }: Inputs): Warning[] {
  if (names === undefined) return [];
  return [
    {
      message: `${path}: columns are taken by their position, whatever their names: ${listed(names)}`,
      hint: "give the model too: it knows the names of its inputs",
    },
  ];
}

/** Measurements may be integers too, where users of the network hold real values: those would be scaled twice. */
export function tellOwn(path: string, values: SampleData, input: Omit<Input, "shape">): Warning[] {
  const { elementType, border = elementType } = input;
  if (!isOwn(values, input) || border === elementType) return [];
  const { scale, zeroPoint } = quantizationOf(input, 0);
  if (scale === 1 && zeroPoint === 0) return []; // both are the same
  return [
    {
      message: `${path}: its ${elementType} values are taken as the network's own integers: 1 stands for ${Number(scale.toPrecision(6))}`,
      hint: "if they are measurements, save them as float32",
    },
  ];
}

/** "1 of 3 values is beyond the input's range (540 in sample 0 at "red"; 0 to 0.636)" */
function tellClipped(
  path: string,
  { count, values, worst }: Clipped,
  { shape, elementType }: Input,
  isOwnLike: boolean,
  columns: ColumnNames | undefined,
): Warning {
  const size = elementCount(shape);
  const element = worst.index % size;
  const channel = columns?.inputs[element % (columns.inputs.length || 1)];
  const row = shape.length === 1 ? "" : ` of row ${Math.floor(element / shape.at(-1)!)}`;
  const where = channel === undefined ? `element ${element}` : `${quoted(channel)}${row}`;
  const [value, least, most] = [worst.value, worst.least, worst.most].map((x) => Number(x.toPrecision(3)));
  return {
    message:
      `${path}: ${formatCount(count)} of ${formatCount(values)} values ${count === 1 ? "is" : "are"} beyond the input's ` +
      `range (${value} in sample ${Math.floor(worst.index / size)} at ${where}; ${least} to ${most})`,
    hint: `the network takes the nearest it knows: scale them as for training${isOwnLike ? `, or save them as ${elementType} if they are its own integers` : ""}`,
  };
}

/** Samples whose axes lie as ours do. */
export function inOrder<T extends Samples>(
  samples: T,
  { shape, axes }: { readonly shape: Shape; readonly axes?: readonly number[] | undefined },
): T {
  return { ...samples, data: fromUserOrder(samples.data, shape, axes), shape: [samples.shape[0], ...shape] };
}

/**
 * Values that were divided, or lost their mean, are float32, as training's readers make them of pixels.
 *
 * @throws UserError when they are bytes that are left as they are, far beyond the input's range
 */
export function prepared(
  path: string,
  samples: Samples,
  input: Quantized & { readonly elementType: ElementType; readonly border?: Border },
  choice: InputChoice,
): Samples {
  if (!isPrepared(choice)) {
    if (samples.type === "u1" && !isOwnBytes(samples.type, input, {}))
      expectInRange(path, samples.data, input);
    return samples;
  }
  return scaled(samples, choice);
}

const isPrepared = ({ divide, mean, std }: InputChoice): boolean => (divide ?? mean ?? std) !== undefined;

/**
 * (value / divide − mean) / std, channel by channel along the last axis.
 *
 * @throws UserError when there is another number of means or deviations than of channels
 */
export function scaled(samples: Samples, choice: InputChoice): Samples {
  if (!isPrepared(choice)) return samples;
  const { divide = 1, mean = [0], std = [1] } = choice;
  const channels = samples.shape.at(-1) ?? 1;
  for (const [option, list] of Object.entries({ mean, std })) {
    if (list.length !== 1 && list.length !== channels) {
      throw new UserError(
        `--${option} has ${list.length} numbers; expected 1 or ${channels}, one for each channel`,
      );
    }
  }
  const data = new Float32Array(samples.data.length);
  for (let i = 0; i < data.length; i++) {
    const channel = i % channels;
    const value = samples.data[i] / divide - mean[mean.length === 1 ? 0 : channel];
    data[i] = value / std[std.length === 1 ? 0 : channel];
  }
  return { ...samples, data, type: "f4" };
}

/** Pixels of a network that was trained on 0 to 1 would all become the largest integer, without a word. */
function expectInRange(
  path: string,
  bytes: SampleData,
  input: Quantized & { readonly elementType: ElementType },
): void {
  const [least, most] = integerRanges[input.elementType];
  const columns = quantizationsOf(input);
  const reach = Math.max(...columns.map(({ scale, zeroPoint }) => scale * (most - zeroPoint)));
  const start = Math.min(...columns.map(({ scale, zeroPoint }) => scale * (least - zeroPoint)));
  let largest = 0;
  for (const byte of bytes) largest = Math.max(largest, byte);
  if (largest <= 2 * reach) return;
  throw new UserError(
    `${path}: holds bytes up to ${largest}; the network's input reaches from ` +
      `${Number(start.toPrecision(3))} to ${Number(reach.toPrecision(3))}`,
    "--divide 255 makes pixels 0 to 1, as mnist() and imageFolder() train them; else scale them as for training",
  );
}

/** Whether values are the input's own integers. */
export function isOwn(
  values: SampleData,
  { elementType }: { readonly elementType: ElementType },
): values is ActivationData {
  return isOfType(values, elementType);
}

/** Whether bytes are those of a network that takes uint8: int8 is each less 128. */
function isOwnBytes(
  type: SampleType,
  { border, elementType }: { readonly border?: Border; readonly elementType: ElementType },
  choice: InputChoice,
): boolean {
  return type === "u1" && border === "uint8" && elementType === "int8" && !isPrepared(choice);
}

function quantizeSample(values: SampleData, input: Input, isAsItIs: boolean): ActivationData {
  if (isOwn(values, input)) return values;
  return isAsItIs ? quantizeUint8(values) : quantizeTensor(values, input);
}
