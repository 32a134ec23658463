import { UserError } from "../../base/errors.js";
import { elementCount, formatShape } from "../../base/tensor.js";
import { elementType } from "../onnx/onnxSchema.js";
import type { TfliteTensor } from "../readTflite.js";
import { tensorType } from "../tfliteSchema.js";
import type { GraphWriter } from "./graphWriter.js";

/** Types that ONNX has too, and their bytes. */
const kept: Readonly<Record<number, readonly [type: number, bytes: number]>> = {
  [tensorType.float32]: [elementType.float, 4],
  [tensorType.float16]: [elementType.float16, 2],
  [tensorType.int32]: [elementType.int32, 4],
  [tensorType.int64]: [elementType.int64, 8],
};

/** 64 MiB of float32, of all tensors. */
const mostValues = 2 ** 24;

/** Constants of a float model; int8 weights become the float32 that they stand for. */
export class WeightReader {
  private values = 0;
  private hasBytes = false;

  get notes(): readonly string[] {
    return this.hasBytes
      ? ["its int8 weights are taken as the float32 that they stand for; activations are not rounded"]
      : [];
  }

  /** @throws UserError when the data does not fit its shape, or is of another type */
  read(graph: GraphWriter, tensor: TfliteTensor): string {
    const { index, type, typeName, shape, data } = tensor;
    const place = `tensor ${index}`;
    if (data === undefined) {
      throw new UserError(
        `takes tensor ${index}, which no operator before it fills`,
        "operators of a model stand in the order in which they run: convert the model again",
      );
    }
    if (tensor.isSparse || tensor.isExternal || tensor.hasOtherQuantization) {
      throw new UserError(`${place} is sparse, outside of the file's tables, or quantized without scales`);
    }
    const count = elementCount(shape);
    this.values += count;
    const [onnxType, bytes] = kept[type] ?? [0, 1];
    const isRight = shape.every((size) => size >= 1) && count * bytes === data.length;
    if (!isRight || this.values > mostValues) {
      throw new UserError(
        `${place} has the shape ${formatShape(shape)} in ${data.length} B; constants of up to ${mostValues} values in all are read`,
      );
    }
    if (onnxType !== 0) return graph.constant(shape, onnxType, data);
    if (type !== tensorType.int8) {
      throw new UserError(
        `${place} is a constant of type ${typeName}; float32, float16, int8, int32 and int64 are read`,
      );
    }
    this.hasBytes = true;
    return graph.constant(shape, elementType.float, new Uint8Array(dequantized(tensor, data).buffer));
  }
}

function dequantized(
  { index, shape, scales, zeroPoints, quantizedDimension }: TfliteTensor,
  data: Uint8Array,
) {
  const channels = shape[quantizedDimension] ?? 1;
  const isRight = (scales.length === 1 || scales.length === channels) && zeroPoints.length === scales.length;
  if (!isRight) {
    throw new UserError(`tensor ${index} has ${scales.length} scales and ${zeroPoints.length} zero points`);
  }
  const inner = elementCount(shape.slice(quantizedDimension + 1));
  const integers = new Int8Array(data.buffer, data.byteOffset, data.length);
  return Float32Array.from(integers, (value, i) => {
    const channel = scales.length === 1 ? 0 : Math.floor(i / inner) % channels;
    return scales[channel] * (value - zeroPoints[channel]);
  });
}
