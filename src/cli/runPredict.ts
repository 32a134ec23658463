import { UserError, type Warning } from "../base/errors.js";
import { oneLine, shortened } from "../base/printable.js";
import { type Column, renderTable } from "../base/table.js";
import { elementCount, rowsOf, type Shape, Tensor } from "../base/tensor.js";
import { argmax } from "../compare/metrics.js";
import { readSamples, type Samples, writeNpy } from "../formats/samples.js";
import { toUserOrder, userShape } from "../network/axisOrder.js";
import { joinValues } from "../network/elementTypes.js";
import { onlyInput, portElements } from "../network/ports.js";
import type { ActivationData, QuantizedTensor } from "../network/quantizedNetwork.js";
import { planProgram } from "../plan/planProgram.js";
import { createRunner } from "../program/runner.js";
import { dequantizeTensor } from "../quantize/quantizeTensor.js";
import { forwardSamples } from "../train/fitting/forwardSamples.js";
import type { Network } from "../train/network/network.js";
import { columnsOf } from "./columnsOf.js";
import { type InputChoice, inOrder, isOwn, prepared, scaled, tellOwn } from "./inputs.js";
import { expectNpz, outputsByPort, type PortOutputs, readSamplesOf, writeOutputsOf } from "./portInputs.js";
import type { PredictOptions } from "./predict.js";
import { readAnyModel, readQuantizedModel } from "./readModel.js";

export interface Prediction {
  /** Of the output; of several, behind each other, their number of values. */
  readonly shape: Shape;
  /** Real values, one array a sample. */
  readonly outputs: readonly Float32Array[];
  /** The integers they stand for, and their element type; null for the float network. */
  readonly integers: Integers | null;
  /** One by one, where there are several. */
  readonly ports?: readonly PortOutputs[];
  /** Of a sequence, where the network keeps states: outputs are those of all steps, one sequence behind the other. */
  readonly steps?: number;
  /** Of the only output, as its integer: a sample above it is an anomaly. */
  readonly threshold?: number;
  /** What the outputs stand for, where the model tells. */
  readonly classNames: readonly string[] | undefined;
  /** What is to be known of the samples. */
  readonly warnings: readonly Warning[];
}

/** One array a sample. */
type Integers = Pick<PortOutputs, "elementType" | "integers">;

const rowsShown = 20;
/** Characters of a class's name. */
const nameLength = 30;

/** @throws UserError when model or samples cannot be read or do not fit each other */
export async function predict(
  modelPath: string,
  { input, output, float, ...choice }: Pick<PredictOptions, "input" | "output" | "float" | keyof InputChoice>,
): Promise<Prediction> {
  if (float) return predictFloat(modelPath, input, choice);
  const model = await readQuantizedModel(modelPath, "any");
  const program = planProgram(model.quantized);
  expectNpz(output, program.outputs);
  const sequences = program.states.length > 0;
  const read = await readSamplesOf(input, program.inputs, { ...choice, sequences }, columnsOf(model));
  const { samples, steps, warnings } = read;
  const runner = await createRunner(program, samples.length);
  const run = (sample: ActivationData, index: number): ActivationData => {
    if (steps !== undefined && index % steps === 0) runner.reset();
    return runner.run(sample);
  };
  const rows = samples.map(run);
  const ports = outputsByPort(rows, program.outputs);
  const [first, another] = ports as [PortOutputs, PortOutputs?];
  const { shape, elementType, reals } = first;
  const { threshold } = program.outputs[0]!;
  return {
    ...(another === undefined
      ? { shape, outputs: reals, integers: first }
      : {
          ...{ shape: [portElements(program.outputs)], outputs: joinReals(ports), ports },
          integers: { elementType, integers: rows },
        }),
    ...(steps !== undefined && { steps }),
    ...(threshold !== undefined && another === undefined && { threshold }),
    classNames: model.classNames,
    warnings,
  };
}

/** Of all outputs behind each other. */
function joinReals(ports: readonly PortOutputs[]): Float32Array[] {
  const [{ reals }] = ports as [PortOutputs];
  return reals.map((_, sample) => Float32Array.from(ports.flatMap((port) => [...port.reals[sample]])));
}

async function predictFloat(modelPath: string, input: string, choice: InputChoice): Promise<Prediction> {
  const model = await readAnyModel(modelPath);
  const { network, quantized, classNames, axes = {} } = model;
  if (network?.canRun !== true) {
    const why = network
      ? "functions and kernels of your own are in the experiment, the model has their integer form"
      : "an imported model has integers only";
    const hint = `leave out --float: ${why}`;
    throw new UserError(`${modelPath} holds no float network`, hint);
  }
  const columns = quantized && columnsOf({ ...model, quantized });
  const { inputShape, outputShape } = network;
  const read = readSamples(input, { shape: userShape(inputShape, axes.input), columns });
  const ordered = inOrder(read, { shape: inputShape, axes: axes.input });
  const port = quantized && onlyInput(quantized);
  const tensor = port && quantized.tensors[port.tensor];
  const samples = tensor === undefined ? scaled(ordered, choice) : prepared(input, ordered, tensor, choice);
  const rows = runFloat(network, samples, tensor);
  const own = tensor === undefined ? [] : tellOwn(input, samples.data, { ...tensor, border: port!.border });
  return {
    shape: userShape(outputShape, axes.output),
    outputs: rows.map((row) => toUserOrder(row, outputShape, axes.output)),
    integers: null,
    classNames,
    warnings: [...read.warnings, ...own],
  };
}

/** The float network's outputs, one array a sample; samples of the input's element type stand for real values. */
function runFloat(
  network: Network,
  { data, shape }: Samples,
  input: QuantizedTensor | undefined,
): Float32Array[] {
  const values = input !== undefined && isOwn(data, input) ? dequantizeTensor(data, input) : data;
  const inputs = Tensor.from([shape[0], ...network.inputShape], values, network.dtype);
  return rowsOf(forwardSamples(network, inputs)).map((row) => Float32Array.from(row));
}

export async function writePrediction(path: string, prediction: Prediction): Promise<void> {
  const { outputs, integers, ports, steps } = prediction;
  if (ports !== undefined) {
    await writeOutputsOf(path, ports, steps);
    return;
  }
  const data =
    integers === null
      ? Float32Array.from(outputs.flatMap((output) => Array.from(output)))
      : joinValues(integers.integers, integers.elementType);
  writeNpy(path, data, wholeShape(prediction));
}

/** [samples, ...], or [sequences, steps, ...] where there are several. */
function wholeShape({ outputs, shape, steps = outputs.length }: Prediction): Shape {
  return steps === outputs.length ? [outputs.length, ...shape] : [outputs.length / steps, steps, ...shape];
}

export function predictionToJson(prediction: Prediction): object {
  const { ports } = prediction;
  const warnings = prediction.warnings.map(({ message }) => message);
  if (ports === undefined) return { ...valuesToJson(prediction), warnings };
  const each = ports.map((port) => [port.name, valuesToJson(ofPort(prediction, port))] as const);
  return { outputs: Object.fromEntries(each), warnings };
}

/** One of several outputs as if it were the only one. */
function ofPort({ warnings, steps }: Prediction, port: PortOutputs): Prediction {
  return {
    ...{ shape: port.shape, outputs: port.reals, integers: port, classNames: undefined, warnings },
    ...(steps !== undefined && { steps }),
  };
}

function valuesToJson(prediction: Prediction): object {
  const { shape, outputs, integers, classNames, threshold } = prediction;
  return {
    shape: wholeShape(prediction),
    ...(elementCount(shape) > 1 && { classes: outputs.map(argmax) }),
    ...(classNames && { classNames }),
    outputs: outputs.map((output) => Array.from(output)),
    ...(integers !== null && {
      [integers.elementType]: integers.integers.map((output) => Array.from(output)),
    }),
    ...(integers !== null &&
      threshold !== undefined && {
        threshold,
        anomalies: integers.integers.map((output) => output[0] > threshold),
      }),
  };
}

/** The first samples as a table: the class with the largest output and that output, or the one output; of several, one for each. */
export function renderPrediction(prediction: Prediction): string {
  const { ports } = prediction;
  if (ports === undefined) return renderOutput(prediction);
  return ports
    .map((port) => `${oneLine`output ${port.name}`}\n${renderOutput(ofPort(prediction, port))}`)
    .join("\n\n");
}

function renderOutput({ shape, outputs, integers, classNames, steps, threshold }: Prediction): string {
  const places =
    steps === undefined ? ["sample"] : steps === outputs.length ? ["step"] : ["sequence", "step"];
  const isClassifier = elementCount(shape) > 1;
  const nameClass = (index: number) => shortened(classNames?.[index] ?? String(index), nameLength);
  const columns = [
    ...places,
    ...(isClassifier ? ["class"] : []),
    "output",
    ...(integers === null ? [] : [integers.elementType]),
    ...(threshold === undefined ? [] : ["anomaly"]),
  ];
  const rows = outputs.slice(0, rowsShown).map((output, sample) => {
    const index = argmax(output);
    const quantized = integers === null ? [] : [String(integers.integers[sample][index])];
    const place = places.length === 1 ? [sample] : [Math.floor(sample / steps!), sample % steps!];
    return [
      ...place.map(String),
      ...(isClassifier ? [nameClass(index)] : []),
      output[index].toFixed(6),
      ...quantized,
      ...(threshold === undefined ? [] : [integers!.integers[sample][0] > threshold ? "yes" : "no"]),
    ];
  });
  const table = renderTable(
    columns.map((title): Column => ({ title, align: "right" })),
    rows,
  );
  const hidden = outputs.length - rows.length;
  return hidden > 0 ? `${table}\n… and ${hidden} more; -o writes all` : table;
}
