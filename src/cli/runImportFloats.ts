import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { UserError } from "../base/errors.js";
import { makeFolder } from "../base/makeFolder.js";
import { oneLine, shortened } from "../base/printable.js";
import { type Column, formatCount, renderTable } from "../base/table.js";
import { elementCount, formatShape, type Shape, Tensor } from "../base/tensor.js";
import type { QuantizationLoss } from "../experiment/quantizationLoss.js";
import { checkOutputs, type OutputCheck, quantizeImported } from "../experiment/quantizeImported.js";
import { readLabels } from "../formats/labels.js";
import { readSamples } from "../formats/samples.js";
import type { ImportedFloats } from "../import/importedFloats.js";
import { type Model, writeModel } from "../model/modelFile.js";
import { expectModelWritable } from "../model/modelWeights.js";
import { fromUserOrder, userShape } from "../network/axisOrder.js";
import { labelsOfColumns } from "../network/classNames.js";
import { networkHash } from "../network/networkHash.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import { planProgram } from "../plan/planProgram.js";
import { summarizeNetwork } from "../program/summarize.js";
import type { CalibrationMethod } from "../quantize/calibrate.js";
import { prepareForIntegers } from "../quantize/prepareForIntegers.js";
import type { Network } from "../train/network/network.js";
import type { ImportOptions } from "./import.js";
import { inOrder, scaled } from "./inputs.js";

/** A layer of the float network. */
interface FloatLayer {
  readonly name: string;
  readonly kind: string;
  /** The operator in the file. */
  readonly operator: string;
  /** Free text of the file. */
  readonly node: string;
  readonly outputShape: Shape;
  readonly parameters: number;
  readonly macs: number;
}

/** What was imported of a float model, as `--json` prints it. */
export interface FloatImportReport {
  /** The model that was written. */
  readonly model: string;
  readonly name: string;
  readonly file: { readonly name: string; readonly bytes: number; readonly sha256: string };
  readonly producer: string;
  /** Of a .onnx model. */
  readonly operatorSet?: number;
  /** Of one sample, in the file's own order of axes. */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly layers: readonly FloatLayer[];
  readonly parameters: number;
  readonly macs: number;
  readonly check?: OutputCheck & { readonly file: string };
  /** Absent without samples: nothing is quantized then. */
  readonly int8?: {
    readonly hash: string;
    /** Planned for speed, without code. */
    readonly tableBytes: number;
    readonly arenaBytes: number;
    readonly samples: number;
    readonly metric: string;
    readonly float: number;
    readonly int8: number;
    /** Those with the least signal to noise, worst first. */
    readonly worstLayers: QuantizationLoss["layers"];
  };
  readonly notes: readonly string[];
}

const layersTold = 3;

/**
 * Writes the model of a network that was imported, quantized where there are samples.
 *
 * @throws UserError when samples do not fit it, it gives other outputs than --check, or the model cannot be written
 */
export async function runImportFloats(
  path: string,
  bytes: Uint8Array,
  imported: ImportedFloats,
  options: Omit<ImportOptions, "json">,
): Promise<FloatImportReport> {
  const { output } = options;
  const file = basename(path);
  const { name } = imported.network;
  const network = prepareForIntegers(imported.network);
  makeFolder(dirname(output));
  expectModelWritable(output);
  const judged = await judge(network, imported, options);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const layers = layersOf(network, imported);
  const { axes: inputAxes } = imported.input;
  const { axes: outputAxes } = imported.output;
  writeModel(output, {
    network,
    quantized: judged.quantized,
    axes: { input: inputAxes, output: outputAxes },
    classNames: judged.quantized === undefined ? namesOf(network, imported) : undefined,
    imported: {
      ...{ file, bytes: bytes.length, sha256, description: imported.producer, notes: imported.notes },
      ...(imported.opset !== undefined && { operatorSet: imported.opset }),
      layers: layers.map(({ name: layer, node, operator: type }) => ({ layer, node, type })),
    },
  } satisfies Model);
  return {
    ...{ model: output, name, file: { name: file, bytes: bytes.length, sha256 } },
    producer: imported.producer,
    ...(imported.opset !== undefined && { operatorSet: imported.opset }),
    inputShape: userShape(network.inputShape, inputAxes),
    outputShape: userShape(network.outputShape, outputAxes),
    layers,
    parameters: network.parameterCount,
    macs: network.macs,
    ...(judged.check && { check: judged.check }),
    ...(judged.int8 && { int8: judged.int8 }),
    notes: imported.notes,
  };
}

/** @throws UserError where an option is about samples, and there are none */
export function expectSamples({
  calibrate,
  labels,
  check,
  divide,
  mean,
  std,
}: Omit<ImportOptions, "json">): void {
  if (calibrate !== undefined) return;
  const wrong = Object.entries({ labels, check, divide, mean, std }).find(([, value]) => value !== undefined);
  if (wrong === undefined) return;
  throw new UserError(
    `--${wrong[0]} is about samples, and there are none`,
    "give them: --calibrate samples.npy",
  );
}

interface Judged {
  readonly quantized: QuantizedNetwork | undefined;
  readonly check?: FloatImportReport["check"];
  readonly int8?: FloatImportReport["int8"];
}

/** What samples tell: whether the network is the file's, and what rounding costs. */
async function judge(
  network: Network,
  imported: ImportedFloats,
  { calibrate, calibration, labels: labelFile, check: checkFile, ...choice }: Omit<ImportOptions, "json">,
): Promise<Judged> {
  if (calibrate === undefined) return { quantized: undefined };
  const inputs = readInputTensor(calibrate, network, imported, choice);
  const check = checkFile === undefined ? undefined : readCheck(checkFile, network, imported, inputs);
  const classes = elementCount(network.outputShape);
  const labels =
    labelFile === undefined ? undefined : readLabels(labelFile, inputs.shape[0], { count: classes });
  const { quantized, loss } = await quantizeImported(network, inputs, labels, methodOf(calibration));
  const { tableBytes, arenaBytes } = summarizeNetwork(planProgram(quantized));
  const [input] = quantized.inputs;
  const [output] = quantized.outputs;
  const names = namesOf(network, imported);
  const port = (name: string, axes: readonly number[] | undefined) => ({ name, ...(axes && { axes }) });
  return {
    quantized: {
      ...quantized,
      inputs: [{ ...input, ...port("input", imported.input.axes) }],
      outputs: [{ ...output, ...port("output", imported.output.axes), ...(names && { labels: names }) }],
    },
    ...(check && { check }),
    int8: {
      ...{ hash: networkHash(quantized), tableBytes, arenaBytes, samples: loss.samples },
      ...{ metric: loss.metric, float: loss.float, int8: loss.int8 },
      worstLayers: worstOf(loss),
    },
  };
}

/** What the file calls the outputs; undefined where that is no good name for each of several. */
function namesOf({ outputShape }: Network, { classNames }: ImportedFloats): readonly string[] | undefined {
  const outputs = elementCount(outputShape);
  return outputs > 1 ? labelsOfColumns(classNames, outputs) : undefined;
}

function worstOf({ layers }: QuantizationLoss): QuantizationLoss["layers"] {
  return layers
    .filter(({ signalToNoise }) => signalToNoise !== null)
    .toSorted((a, b) => a.signalToNoise! - b.signalToNoise!)
    .slice(0, layersTold);
}

function methodOf(name: ImportOptions["calibration"]): CalibrationMethod {
  if (name === "percentile") return { kind: "percentile", keep: 99.99 };
  return { kind: name === "mse" ? "meanSquaredError" : "minMax" };
}

function readInputTensor(
  path: string,
  { inputShape }: Network,
  { input: { axes } }: ImportedFloats,
  choice: Pick<ImportOptions, "divide" | "mean" | "std">,
): Tensor {
  const read = readSamples(path, { shape: userShape(inputShape, axes) });
  const { data, shape } = scaled(inOrder(read, { shape: inputShape, axes }), choice);
  return new Tensor(shape, Float32Array.from(data));
}

function readCheck(
  path: string,
  network: Network,
  { output: { axes }, leftOut }: ImportedFloats,
  inputs: Tensor,
): FloatImportReport["check"] {
  const { outputShape } = network;
  const { data, shape } = readSamples(path);
  const [samples] = inputs.shape;
  if (data.length !== samples * elementCount(outputShape)) {
    throw new UserError(
      `${path}: has the shape ${formatShape(shape)}; expected [${[samples, ...userShape(outputShape, axes)].join(", ")}]`,
      "give the outputs of the same samples as --calibrate",
    );
  }
  const ours = fromUserOrder(Float32Array.from(data), outputShape, axes);
  const outputs = new Tensor([samples, ...outputShape], ours);
  return { ...checkOutputs(network, inputs, outputs, path, leftOut), file: path };
}

function layersOf(network: Network, { origins }: ImportedFloats): FloatLayer[] {
  const byName = new Map(origins.map((origin) => [origin.layer, origin]));
  return network.layers.map((layer) => {
    const origin = byName.get(layer.name);
    return {
      ...{ name: layer.name, kind: layer.kind, operator: origin?.operator ?? "", node: origin?.node ?? "" },
      outputShape: layer.outputShape,
      parameters: layer.parameters.reduce((sum, { value }) => sum + value.data.length, 0),
      macs: layer.macs,
    };
  });
}

const columns: readonly Column[] = [
  { title: "layer", align: "left" },
  { title: "kind", align: "left" },
  { title: "operator", align: "left" },
  { title: "output", align: "left" },
  { title: "parameters", align: "right" },
  { title: "MACs", align: "right" },
];

const short = (value: number): string => String(Number(value.toPrecision(2)));

export function renderImportFloats(report: FloatImportReport): string {
  const { name, file, producer, operatorSet, layers, parameters, macs, notes, model, int8 } = report;
  const by = producer === "" ? "" : ` by ${shortened(producer, 40)}`;
  const set = operatorSet === undefined ? "" : `, operator set ${operatorSet}`;
  const rows = layers.map((layer) => [
    ...[layer.name, layer.kind, shortened(layer.operator, 30), formatShape(layer.outputShape)],
    ...[layer.parameters, layer.macs].map(formatCount),
  ]);
  return [
    oneLine`"${name}" from ${file.name}, ${formatCount(file.bytes)} B${set}${by}`,
    [
      `input   float32 ${formatShape(report.inputShape)}`,
      `output  float32 ${formatShape(report.outputShape)}`,
      ...notes.map((note) => oneLine`note: ${note}`),
    ].join("\n"),
    renderTable(columns, [...rows, ["total", "", "", "", formatCount(parameters), formatCount(macs)]]),
    ...(report.check ? [renderCheck(report.check)] : []),
    int8 === undefined ? renderFloatOnly(model) : renderInt8(int8, model),
  ].join("\n\n");
}

function renderCheck({
  file,
  largestDifference,
  largestOutput,
}: NonNullable<FloatImportReport["check"]>): string {
  return oneLine`float network against ${file}: largest difference ${short(largestDifference)} of ${short(largestOutput)}`;
}

function renderFloatOnly(model: string): string {
  return [
    oneLine`${model} is written, with the float network only: there are no samples to quantize it with`,
    oneLine`next: pinfer import … --calibrate samples.npy, or pinfer predict ${model} --float --input samples.npy`,
  ].join("\n");
}

function renderInt8(int8: NonNullable<FloatImportReport["int8"]>, model: string): string {
  const { hash, tableBytes, arenaBytes, samples, metric, worstLayers } = int8;
  const what = metric === "rSquared" ? "R² against the float network's outputs" : metric;
  // one sample, or outputs that are all the same, have no variance to explain
  const figures = Number.isFinite(int8.int8)
    ? `float ${int8.float.toFixed(4)}, int8 ${int8.int8.toFixed(4)}`
    : "none, for these outputs do not differ";
  const worst = worstLayers.map(({ name, signalToNoise }) => `${name} ${signalToNoise} dB`);
  return [
    oneLine`${what} of ${formatCount(samples)} samples: ${figures}`,
    ...(worst.length > 0 ? [oneLine`least signal to noise in int8: ${worst.join(", ")}`] : []),
    `tables ${formatCount(tableBytes)} B of flash, arena ${formatCount(arenaBytes)} B of RAM`,
    oneLine`${model} is written (${hash.slice(0, 8)})`,
    oneLine`next: pinfer compare ${model} --virtual --input samples.npy`,
  ].join("\n");
}
