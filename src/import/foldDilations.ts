import { isSameShape } from "../base/tensor.js";
import type { Padding, Pair } from "../network/quantizedNetwork.js";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./readTflite.js";
import { conv2dOptions, depthwiseConv2dOptions, paddingNames, tensorType } from "./tfliteSchema.js";

const convolutions: Readonly<Record<string, typeof conv2dOptions | typeof depthwiseConv2dOptions>> = {
  CONV_2D: conv2dOptions,
  DEPTHWISE_CONV_2D: depthwiseConv2dOptions,
};

/** Operators that only put in or take out an axis, where they do. */
const reshapes: ReadonlySet<string> = new Set(["EXPAND_DIMS", "RESHAPE", "SQUEEZE"]);

/** A convolution between a SPACE_TO_BATCH_ND and a BATCH_TO_SPACE_ND, and all operators of the three. */
interface Found {
  readonly operators: readonly TfliteOperator[];
  readonly convolution: TfliteOperator;
  readonly before: TfliteTensor;
  readonly after: TfliteTensor;
  readonly dilations: Pair;
  readonly padding: Padding;
}

/** Pairs of numbers, or single ones, of a small constant. */
function integers(tensor: TfliteTensor | undefined, count: number): number[] | undefined {
  const { data, type } = tensor ?? {};
  if (data === undefined || type !== tensorType.int32 || data.length !== 4 * count) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
}

function isSameScale(a: TfliteTensor, b: TfliteTensor): boolean {
  return a.type === b.type && isSameShape(a.scales, b.scales) && isSameShape(a.zeroPoints, b.zeroPoints);
}

/** The chain from a SPACE_TO_BATCH_ND on; undefined where it is no dilated convolution. */
function find(model: TfliteModel, start: TfliteOperator): Found | undefined {
  const { tensors, operators, outputs } = model;
  const next = ({ outputs: [made] }: TfliteOperator): TfliteOperator | undefined => {
    const readers = operators.filter(({ inputs }) => inputs.includes(made));
    return readers.length === 1 && readers[0].inputs[0] === made && !outputs.includes(made)
      ? readers[0]
      : undefined;
  };
  const chain = [start];
  for (let at = next(start); at !== undefined && chain.length < 5; at = next(at)) {
    chain.push(at);
    if (at.name === "BATCH_TO_SPACE_ND") break;
  }
  const end = chain.at(-1)!;
  const convolution = chain.find(({ name }) => Object.hasOwn(convolutions, name));
  const between = chain.slice(1, -1).filter((operator) => operator !== convolution);
  const isChain =
    end.name === "BATCH_TO_SPACE_ND" &&
    convolution !== undefined &&
    between.every(({ name }) => reshapes.has(name)) &&
    chain.every(({ outputs: made }) => made.length === 1);
  if (!isChain) return undefined;
  // an operator may have left its first input out
  const before: TfliteTensor | undefined = tensors[start.inputs[0]];
  if (before === undefined) return undefined;
  const after = tensors[end.outputs[0]];
  const place = placeOf(model, chain, convolution, before, after);
  return place && { operators: chain, convolution, before, after, ...place };
}

/** How the dilated convolution moves over what stands before the chain. */
function placeOf(
  { tensors }: TfliteModel,
  chain: readonly TfliteOperator[],
  convolution: TfliteOperator,
  before: TfliteTensor,
  after: TfliteTensor,
): Pick<Found, "dilations" | "padding"> | undefined {
  const [start, end] = [chain[0], chain.at(-1)!];
  const axes = before.shape.length - 2;
  const list = ({ inputs }: TfliteOperator, position: number, count: number) =>
    integers(tensors[inputs[position]], count);
  const [blocks, pads] = [list(start, 1, axes), list(start, 2, 2 * axes)];
  const [again, crops] = [list(end, 1, axes), list(end, 2, 2 * axes)];
  const { options, optionsType } = convolution;
  const fields = convolutions[convolution.name];
  const isPlain =
    options !== undefined &&
    optionsType === fields.type &&
    paddingNames[options.int8(fields.padding)] === "VALID" &&
    [fields.strideH, fields.strideW].every((field) => options.int32(field) === 1) &&
    [fields.dilationH, fields.dilationW].every((field) => options.int32(field, 1) === 1);
  const inside = tensors[convolution.inputs[0]].shape;
  // a series lies in the one row of an image meanwhile
  const isRow = axes === 1 && inside.length === 4 && inside[1] === 1 && chain.length === 5;
  const isImage = axes === 2 && chain.length === 3;
  if (!isPlain || !(isRow || isImage) || !isSameShape(after.shape.slice(0, 1), [1])) return undefined;
  if (blocks === undefined || pads === undefined || crops === undefined || !isSameShape(blocks, again ?? []))
    return undefined;
  const made = chain.map(({ outputs: [output] }) => tensors[output]);
  const [moved, last] = [made.slice(0, made.indexOf(tensors[convolution.outputs[0]])), after];
  const keepsScale =
    moved.every((tensor) => isSameScale(tensor, before)) &&
    isSameScale(tensors[convolution.outputs[0]], last);
  const rest = pads.map((pad, i) => pad - crops[i]);
  if (!keepsScale || [...pads, ...crops, ...rest].some((size) => size < 0)) return undefined;
  if (before.shape[0] !== 1 || blocks.some((block) => block < 1)) return undefined;
  const [vertical, horizontal] = isRow ? [1, blocks[0]] : blocks;
  const [top, bottom, left, right] = isRow ? [0, 0, ...rest] : rest;
  return { dilations: [vertical, horizontal], padding: { top, bottom, left, right } };
}

/**
 * A model whose dilated convolutions are one operator each, as a converter writes them: SPACE_TO_BATCH_ND takes every
 * d-th row and column, a convolution moves over these, and BATCH_TO_SPACE_ND puts its results between each other.
 */
export function foldDilations(model: TfliteModel): TfliteModel {
  const tensors = [...model.tensors];
  const gone = new Set<TfliteOperator>();
  const instead = new Map<TfliteOperator, readonly TfliteOperator[]>();
  for (const start of model.operators.filter(({ name }) => name === "SPACE_TO_BATCH_ND")) {
    const found = find(model, start);
    if (found === undefined) continue;
    const { convolution, before, after, dilations, padding } = found;
    for (const operator of found.operators) gone.add(operator);
    const asImage = (tensor: TfliteTensor): number => {
      if (tensor.shape.length === 4) return tensor.index;
      const { shape } = tensor;
      return tensors.push({ ...tensor, index: tensors.length, shape: [shape[0], 1, ...shape.slice(1)] }) - 1;
    };
    const [from, to] = [asImage(before), asImage(after)];
    const { index } = convolution;
    const reshape = (input: number, output: number): TfliteOperator => ({
      ...{ index, name: "EXPAND_DIMS", version: 1, inputs: [input], outputs: [output] },
      ...{ optionsType: 0, options: undefined },
    });
    instead.set(convolution, [
      ...(from === before.index ? [] : [reshape(before.index, from)]),
      {
        ...convolution,
        inputs: convolution.inputs.with(0, from),
        outputs: [to],
        window: { dilations, padding },
      },
      ...(to === after.index ? [] : [{ ...reshape(to, after.index), name: "SQUEEZE" }]),
    ]);
  }
  if (gone.size === 0) return model;
  const operators = model.operators.flatMap((operator) => {
    const own = instead.get(operator);
    return own ?? (gone.has(operator) ? [] : [operator]);
  });
  return { ...model, tensors, operators };
}
