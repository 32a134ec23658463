import { quantizeTensor } from "../quantize/quantizeTensor.js";
import type { ActivationData, ElementType, Quantization } from "../quantizedNetwork.js";
import type { SampleData } from "../samples.js";
import { elementCount, type Shape } from "../tensor.js";

/**
 * Reads samples as a network takes them: files of its input's element type as they are, all others as real values
 * that the input's scale and zero point turn into integers.
 *
 * @returns [samples][elements of one]
 * @throws UserError when the file is missing or damaged, or of another shape
 */
export async function readInputs(
  path: string,
  input: Quantization & { readonly shape: Shape; readonly elementType: ElementType },
): Promise<ActivationData[]> {
  const { readSamples } = await import("../samples.js");
  const { data, shape } = readSamples(path, { shape: input.shape });
  const size = elementCount(input.shape);
  return Array.from({ length: shape[0]! }, (_, sample) =>
    quantizeSample(data.subarray(sample * size, (sample + 1) * size), input),
  );
}

function quantizeSample(
  values: SampleData,
  input: Quantization & { readonly elementType: ElementType },
): ActivationData {
  if (input.elementType === "int8" && values instanceof Int8Array) return values;
  if (input.elementType === "int16" && values instanceof Int16Array) return values;
  return quantizeTensor(values, input);
}
