import { type Command, InvalidArgumentError } from "commander";
import { UserError } from "../base/errors.js";
import { elementCount, type Shape } from "../base/tensor.js";
import type { SampleData, Samples } from "../formats/samples.js";
import { quantizationsOf } from "../network/quantization.js";
import type { ActivationData, ElementType, Quantized } from "../network/quantizedNetwork.js";
import { integerRanges, quantizeTensor } from "../quantize/quantizeTensor.js";

/** What is done with samples before a network takes them. */
export interface InputChoice {
  /** Every value is divided by it. */
  readonly divide?: number | undefined;
}

export function addDivideOption(command: Command): Command {
  return command.option(
    "--divide <n>",
    "divide the samples by n: 255 for pixels 0 to 255 where the network was trained on 0 to 1, as by mnist()",
    readDivisor,
  );
}

function readDivisor(text: string): number {
  const divisor = Number(text);
  if (!(divisor > 0) || !Number.isFinite(divisor))
    throw new InvalidArgumentError("Expected a number above 0.");
  return divisor;
}

/**
 * Reads samples as a network takes them: files of its input's element type as they are, all others as real values
 * that the input's scale and zero point turn into integers. Bytes are real values from 0 to 255.
 *
 * @returns [samples][elements of one]
 * @throws UserError when the file is missing or damaged, of another shape, or holds bytes far beyond the input's range
 */
export async function readInputs(
  path: string,
  input: Quantized & { readonly shape: Shape; readonly elementType: ElementType },
  choice: InputChoice = {},
): Promise<ActivationData[]> {
  const { readSamples } = await import("../formats/samples.js");
  const { data, shape } = divided(path, readSamples(path, { shape: input.shape }), input, choice);
  const size = elementCount(input.shape);
  return Array.from({ length: shape[0]! }, (_, sample) =>
    quantizeSample(data.subarray(sample * size, (sample + 1) * size), input),
  );
}

/**
 * Divided values are float32, as training's readers make them of pixels.
 *
 * @throws UserError when they are bytes that are not divided, far beyond the input's range
 */
export function divided(
  path: string,
  samples: Samples,
  input: Quantized & { readonly elementType: ElementType },
  { divide }: InputChoice,
): Samples {
  if (divide === undefined) {
    if (samples.type === "u1") expectInRange(path, samples.data, input);
    return samples;
  }
  const data = new Float32Array(samples.data.length);
  for (let i = 0; i < data.length; i++) data[i] = samples.data[i] / divide;
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

function quantizeSample(
  values: SampleData,
  input: Quantized & { readonly elementType: ElementType },
): ActivationData {
  if (input.elementType === "int8" && values instanceof Int8Array) return values;
  if (input.elementType === "int16" && values instanceof Int16Array) return values;
  return quantizeTensor(values, input);
}
