import { elementCount } from "../base/tensor.js";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./readTflite.js";
import { sliceAxes } from "./sliceAxes.js";
import { gatherOptions, packOptions, stridedSliceOptions, tensorType } from "./tfliteSchema.js";

/** Whole numbers that stand in the file, or follow from shapes. */
interface Known {
  /** Sizes of its axes: none for a single number. */
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Shapes and their like are short. */
const mostValues = 64;

/** What each operator makes of numbers that are known; undefined where that is not one of the simple cases. */
type Fold = (
  operator: TfliteOperator,
  inputs: readonly Known[],
  output: TfliteTensor,
) => readonly number[] | undefined;

const sameNumbers: Fold = (_, [input]) => input.values;

/** Of equal shapes, or with a single number. */
function arithmetic(combine: (a: number, b: number) => number): Fold {
  return (_, [a, b]) => {
    const length = Math.max(a.values.length, b?.values.length ?? 0);
    const fits = b && [a, b].every(({ values }) => values.length === length || values.length === 1);
    if (!fits) return undefined;
    const at = ({ values }: Known, i: number) => values[values.length === 1 ? 0 : i];
    return Array.from({ length }, (_, i) => combine(at(a, i), at(b, i)));
  };
}

const folds: Readonly<Record<string, Fold>> = {
  ADD: arithmetic((a, b) => a + b),
  CAST: sameNumbers,
  CONCATENATION: (_, inputs) =>
    inputs.every(({ shape }) => shape.length === 1) ? inputs.flatMap(({ values }) => values) : undefined,
  EXPAND_DIMS: sameNumbers,
  GATHER: ({ options }, [{ shape, values }, places]) => {
    const isPlain = options === undefined || options.int32(gatherOptions.axis) === 0;
    if (!isPlain || shape.length !== 1 || places === undefined) return undefined;
    return places.values.map((place) => values[place]);
  },
  MUL: arithmetic((a, b) => a * b),
  PACK: ({ options }, inputs) => {
    const isRow = inputs.every(({ values }) => values.length === 1);
    return isRow || options?.int32(packOptions.axis) === 0
      ? inputs.flatMap(({ values }) => values)
      : undefined;
  },
  REDUCE_PROD: (_, [{ values }], { shape }) =>
    elementCount(shape) === 1 ? [values.reduce((product, value) => product * value, 1)] : undefined,
  RESHAPE: sameNumbers,
  SQUEEZE: sameNumbers,
  STRIDED_SLICE: ({ options, optionsType }, [input, ...bounds]) => {
    if (options === undefined || optionsType !== stridedSliceOptions.type || bounds.length !== 3)
      return undefined;
    const [begin, end, strides] = bounds.map(({ values }) => values);
    if (input.shape.length !== 1) return undefined;
    const [axis] = sliceAxes(options, input.shape, begin, end, strides) ?? [];
    return axis && Array.from({ length: axis.count }, (_, i) => input.values[axis.start + i * axis.stride]);
  },
  SUB: arithmetic((a, b) => a - b),
};

function isWhole({ type }: TfliteTensor): boolean {
  return type === tensorType.int32 || type === tensorType.int64;
}

function readKnown(tensor: TfliteTensor): Known | undefined {
  const { data, shape, type } = tensor;
  const bytes = type === tensorType.int64 ? 8 : 4;
  const count = elementCount(shape);
  const isShort = count >= 0 && count <= mostValues && data?.length === bytes * count;
  if (!isShort || !isWhole(tensor) || data === undefined) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const values = Array.from({ length: count }, (_, i) =>
    bytes === 8 ? Number(view.getBigInt64(8 * i, true)) : view.getInt32(4 * i, true),
  );
  return { shape, values };
}

function withValues(tensor: TfliteTensor, values: readonly number[]): TfliteTensor {
  const isWide = tensor.type === tensorType.int64;
  const data = new DataView(new ArrayBuffer((isWide ? 8 : 4) * values.length));
  for (const [i, value] of values.entries()) {
    if (isWide) data.setBigInt64(8 * i, BigInt(value), true);
    else data.setInt32(4 * i, value, true);
  }
  return { ...tensor, data: new Uint8Array(data.buffer) };
}

function isInt32(value: number | undefined): value is number {
  return Number.isInteger(value) && Math.abs(value!) < 2 ** 31;
}

/**
 * A model without the operators that compute numbers from shapes, as a model has them whose batch was open when it was
 * made: SHAPE, STRIDED_SLICE, PACK in front of a RESHAPE. Their results are constants, since all shapes are known.
 */
export function foldConstants(model: TfliteModel): TfliteModel {
  const tensors = [...model.tensors];
  const known = (index: number): Known | undefined =>
    tensors[index] ? readKnown(tensors[index]) : undefined;
  const operators = model.operators.filter((operator) => {
    const { name, inputs, outputs } = operator;
    const [output] = outputs;
    const isAlone = outputs.length === 1 && isWhole(tensors[output]) && tensors[output].data === undefined;
    if (!isAlone || inputs.length === 0 || tensors[output].isVariable || model.outputs.includes(output))
      return true;
    const values =
      name === "SHAPE" ? tensors[inputs[0]]?.shape : foldOne(operator, inputs.map(known), tensors[output]);
    const fits = values?.length === elementCount(tensors[output].shape) && values.length <= mostValues;
    if (!fits || values.length === 0 || !values.every(isInt32)) return true;
    if (name === "SHAPE" && values.some((size) => size < 1)) return true;
    tensors[output] = withValues(tensors[output], values);
    return false;
  });
  return operators.length === model.operators.length ? model : { ...model, tensors, operators };
}

function foldOne(
  operator: TfliteOperator,
  inputs: readonly (Known | undefined)[],
  output: TfliteTensor,
): readonly number[] | undefined {
  const isKnown = inputs.every((input) => input !== undefined);
  return isKnown && Object.hasOwn(folds, operator.name)
    ? folds[operator.name](operator, inputs, output)
    : undefined;
}
