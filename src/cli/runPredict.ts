import { argmax } from "../compare/metrics.js";
import { UserError } from "../errors.js";
import { toInt8Inputs, toRealInputs } from "../networkInputs.js";
import { planProgram } from "../plan/planProgram.js";
import { dequantizeTensor } from "../quantize/quantizeTensor.js";
import { runProgram } from "../runProgram.js";
import { readSamples, writeNpy } from "../samples.js";
import { type Column, renderTable } from "../table.js";
import { elementCount, type Shape, Tensor } from "../tensor.js";
import type { Network } from "../train/network.js";
import type { PredictOptions } from "./predict.js";
import { readQuantizedModel } from "./readQuantizedModel.js";

export interface Prediction {
  /** Of one output. */
  readonly shape: Shape;
  /** Real values, one array a sample. */
  readonly outputs: readonly Float32Array[];
  /** The int8 values they stand for; null for the float network. */
  readonly int8Outputs: readonly Int8Array[] | null;
}

const rowsShown = 20;
const batchSize = 128;

/** @throws UserError when model or samples cannot be read or do not fit each other */
export function predict(
  modelPath: string,
  { input, float }: Pick<PredictOptions, "input" | "float">,
): Prediction {
  const { quantized, network } = readQuantizedModel(modelPath);
  const { shape, quantization } = quantized.tensors[quantized.input];
  const samples = readSamples(input, { shape });
  if (float) {
    if (network === undefined) {
      throw new UserError(
        `${modelPath} holds no float network`,
        "leave out --float: an imported model has integers only",
      );
    }
    return {
      shape: network.outputShape,
      outputs: runFloat(network, toRealInputs(samples, quantization)),
      int8Outputs: null,
    };
  }
  const program = planProgram(quantized);
  const int8Outputs = toInt8Inputs(samples, quantization).map((sample) => runProgram(program, sample));
  return {
    shape: program.output.shape,
    outputs: int8Outputs.map((output) => dequantizeTensor(output, program.output)),
    int8Outputs,
  };
}

/** The float network's outputs, one array a sample. */
export function runFloat(network: Network, inputs: readonly Float32Array[]): Float32Array[] {
  const elements = elementCount(network.outputShape);
  const outputs: Float32Array[] = [];
  for (let start = 0; start < inputs.length; start += batchSize) {
    const batch = inputs.slice(start, start + batchSize);
    const values = batch.flatMap((sample) => Array.from(sample));
    const { data } = network.forward(
      Tensor.from([batch.length, ...network.inputShape], values, network.dtype),
    );
    for (let b = 0; b < batch.length; b++) {
      outputs.push(Float32Array.from(data.subarray(b * elements, (b + 1) * elements)));
    }
  }
  return outputs;
}

export function writePrediction(path: string, { shape, outputs, int8Outputs }: Prediction): void {
  const data =
    int8Outputs === null
      ? Float32Array.from(outputs.flatMap((output) => Array.from(output)))
      : Int8Array.from(int8Outputs.flatMap((output) => Array.from(output)));
  writeNpy(path, data, [outputs.length, ...shape]);
}

export function predictionToJson({ shape, outputs, int8Outputs }: Prediction): object {
  return {
    shape: [outputs.length, ...shape],
    ...(elementCount(shape) > 1 && { classes: outputs.map(argmax) }),
    outputs: outputs.map((output) => Array.from(output)),
    ...(int8Outputs !== null && { int8: int8Outputs.map((output) => Array.from(output)) }),
  };
}

/** The first samples as a table: the class with the largest output and that output, or the one output. */
export function renderPrediction({ shape, outputs, int8Outputs }: Prediction): string {
  const isClassifier = elementCount(shape) > 1;
  const columns = [
    "sample",
    ...(isClassifier ? ["class"] : []),
    "output",
    ...(int8Outputs === null ? [] : ["int8"]),
  ];
  const rows = outputs.slice(0, rowsShown).map((output, sample) => {
    const index = argmax(output);
    const quantized = int8Outputs === null ? [] : [String(int8Outputs[sample][index])];
    return [String(sample), ...(isClassifier ? [String(index)] : []), output[index].toFixed(6), ...quantized];
  });
  const table = renderTable(
    columns.map((title): Column => ({ title, align: "right" })),
    rows,
  );
  const hidden = outputs.length - rows.length;
  return hidden > 0 ? `${table}\n… and ${hidden} more; -o writes all` : table;
}
