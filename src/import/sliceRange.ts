import type { TfliteModel, TfliteOperator, TfliteTensor } from "./readTflite.js";
import { sliceAxes } from "./sliceAxes.js";
import { stridedSliceOptions, tensorType } from "./tfliteSchema.js";

/** Sizes of a .tflite file's axes are few. */
const mostAxes = 8;

function smallIntegers(tensor: TfliteTensor | undefined, count: number): number[] | undefined {
  const data = tensor?.data;
  if (data === undefined || tensor?.type !== tensorType.int32 || data.length !== 4 * count) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
}

/**
 * Where a STRIDED_SLICE begins and ends along each axis; undefined where it steps over values, adds or takes away axes,
 * or its bounds are no constants.
 *
 * Source: TensorFlow Lite strided_slice_logic.h.
 */
export function sliceRange(
  { tensors }: TfliteModel,
  { inputs, options, optionsType }: TfliteOperator,
): readonly (readonly [start: number, end: number])[] | undefined {
  const [source, ...bounds] = inputs.map((index) => tensors[index] as TfliteTensor | undefined);
  const shape = source?.shape ?? [];
  if (inputs.length !== 4 || shape.length === 0 || shape.length > mostAxes) return undefined;
  const [begin, end, strides] = bounds.map((tensor) => smallIntegers(tensor, shape.length));
  if (begin === undefined || end === undefined || strides === undefined) return undefined;
  if (options === undefined || optionsType !== stridedSliceOptions.type) return undefined;
  const axes = sliceAxes(options, shape, begin, end, strides);
  if (axes === undefined || axes.some(({ stride, isShrunk }) => stride !== 1 || isShrunk)) return undefined;
  return axes.map(({ start, count }) => [start, start + count]);
}
