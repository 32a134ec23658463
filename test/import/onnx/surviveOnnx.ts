import { UserError } from "../../../src/base/errors.js";
import { Fields } from "../../../src/base/fields.js";
import { elementCount, Tensor } from "../../../src/base/tensor.js";
import { importFloatTflite } from "../../../src/import/floatTflite/importFloatTflite.js";
import type { ImportedFloats } from "../../../src/import/importedFloats.js";
import { importOnnx } from "../../../src/import/onnx/importOnnx.js";
import { importOnnxIntegers, isQuantizedOnnx } from "../../../src/import/onnxIntegers/importIntegers.js";
import { readTflite } from "../../../src/import/readTflite.js";
import { describeNetwork, readNetwork } from "../../../src/model/networkFormat.js";
import { StoredTensors, TensorsToStore } from "../../../src/model/storedTensors.js";
import { onlyInput } from "../../../src/network/ports.js";
import { planProgram } from "../../../src/plan/planProgram.js";
import { runProgram } from "../../../src/program/runProgram.js";
import { quantizeNetwork } from "../../../src/quantize/quantizeNetwork.js";
import { survive } from "../survive.js";

const readIntegers = (bytes: Uint8Array) => importOnnxIntegers(bytes, "mutant.onnx", "mutant");

/** Larger mutants are not run. */
const largest = { macs: 1e6, elements: 2 ** 16 };

/**
 * Imports bytes that nobody vouches for.
 *
 * @param options whether networks are run, quantized, planned and run again in integers
 * @returns the complaint, or undefined when they became a network; then the model file's own reader, which knows nothing
 *   of the importer, accepts it too
 * @throws whatever is thrown that is no UserError, and what the reader complains of
 */
export function surviveOnnx(bytes: Uint8Array, options: SurviveOptions = {}): string | undefined {
  let isQuantized = false;
  try {
    isQuantized = isQuantizedOnnx(bytes, "mutant.onnx");
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return isQuantized
    ? survive(bytes, { ...options, read: readIntegers })
    : surviveFloats(() => importOnnx(bytes, "mutant.onnx", "mutant"), options);
}

/** The same of a float .tflite model. */
export function surviveFloatTflite(bytes: Uint8Array, options: SurviveOptions = {}): string | undefined {
  return surviveFloats(() => importFloatTflite(readTflite(bytes, "mutant.tflite"), "mutant"), options);
}

interface SurviveOptions {
  readonly plans?: boolean;
}

/** What {@link surviveOnnx} does with a float network, however it was read. */
export function surviveFloats(
  importIt: () => ImportedFloats,
  { plans = false }: SurviveOptions,
): string | undefined {
  let imported: ImportedFloats | undefined;
  try {
    imported = importIt();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  const { network } = imported;
  try {
    const tensors = new TensorsToStore();
    const description = describeNetwork(network, tensors);
    readNetwork(
      new Fields("mutant", JSON.parse(JSON.stringify(description))),
      new StoredTensors("mutant", tensors.all),
    );
  } catch (error) {
    throw new Error(`imported what a model file refuses: ${(error as Error).message}`);
  }
  const size = elementCount(network.inputShape);
  if (!plans || network.macs > largest.macs || size > largest.elements) return undefined;
  if (network.layers.some(({ outputShape }) => elementCount(outputShape) > largest.elements))
    return undefined;
  const values = Float32Array.from({ length: 2 * size }, (_, k) => Math.sin(k));
  try {
    const quantized = quantizeNetwork(network, new Tensor([2, ...network.inputShape], values));
    const program = planProgram(quantized);
    const { bytes: length, elementType } = onlyInput(program);
    const input = elementType === "int16" ? new Int16Array(length / 2) : new Int8Array(length);
    runProgram(
      program,
      input.map((_, k) => k * 37),
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error; // what has no integers is told, and stays float
  }
  return undefined;
}
