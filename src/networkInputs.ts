import { dequantizeTensor, quantizeTensor } from "./quantize/quantizeTensor.js";
import type { Quantization } from "./quantizedNetwork.js";
import type { Samples } from "./samples.js";
import { elementCount } from "./tensor.js";

/**
 * Samples as the integer network takes them: int8 as it is, all else as real values by scale and zero point.
 *
 * @returns one int8 array a sample
 */
export function toInt8Inputs(samples: Samples, quantization: Quantization): Int8Array[] {
  return split(samples).map((values) =>
    samples.type === "i1" ? Int8Array.from(values) : quantizeTensor(values, quantization),
  );
}

/**
 * Samples as the float network takes them: real values as they are, int8 by scale and zero point.
 *
 * @returns one float32 array a sample
 */
export function toRealInputs(samples: Samples, quantization: Quantization): Float32Array[] {
  return split(samples).map((values) =>
    samples.type === "i1"
      ? dequantizeTensor(Int8Array.from(values), quantization)
      : Float32Array.from(values),
  );
}

function split({ shape, data }: Samples): ArrayLike<number>[] {
  const elements = elementCount(shape.slice(1));
  return Array.from({ length: shape[0] }, (_, sample) =>
    data.subarray(sample * elements, (sample + 1) * elements),
  );
}
