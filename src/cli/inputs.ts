import { quantizeTensor } from "../quantize/quantizeTensor.js";
import type { Quantization } from "../quantizedNetwork.js";
import type { SampleData } from "../samples.js";
import { elementCount, type Shape } from "../tensor.js";

/**
 * Reads samples as a network takes them: int8 files as they are, all others as real values that the input's scale
 * and zero point turn into int8.
 *
 * @returns int8 [samples][elements of one]
 * @throws UserError when the file is missing or damaged, or of another shape
 */
export async function readInputs(
  path: string,
  input: Quantization & { readonly shape: Shape },
): Promise<Int8Array[]> {
  const { readSamples } = await import("../samples.js");
  const { data, shape } = readSamples(path, { shape: input.shape });
  const size = elementCount(input.shape);
  return Array.from({ length: shape[0]! }, (_, sample) =>
    quantizeSample(data.subarray(sample * size, (sample + 1) * size), input),
  );
}

function quantizeSample(values: SampleData, quantization: Quantization): Int8Array {
  return values instanceof Int8Array ? values : quantizeTensor(values, quantization);
}
