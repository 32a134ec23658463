import { createHash } from "node:crypto";
import { basename, dirname, extname, join } from "node:path";
import { UserError } from "../base/errors.js";
import { readBytes } from "../base/files.js";
import { makeFolder } from "../base/makeFolder.js";
import { oneLine } from "../base/printable.js";
import { type Column, formatCount, renderTable } from "../base/table.js";
import { elementCount, formatShape } from "../base/tensor.js";
import { importFloatTflite, isFloatTflite } from "../import/floatTflite/importFloatTflite.js";
import { type ImportedNetwork, importTflite } from "../import/importTflite.js";
import { importKeras } from "../import/keras/importKeras.js";
import { readKeras } from "../import/keras/readKeras.js";
import { type LayerCost, layerCosts } from "../import/layerCosts.js";
import type { LayerOrigin } from "../import/layerReader.js";
import { importOnnx } from "../import/onnx/importOnnx.js";
import { isOnnx } from "../import/onnx/readOnnx.js";
import { importOnnxIntegers, isQuantizedOnnx } from "../import/onnxIntegers/importIntegers.js";
import { readCArray } from "../import/readCArray.js";
import { isTflite, readTflite } from "../import/readTflite.js";
import { readWakeWord, type WakeWord, wakeWordHoldOff } from "../import/wakeWord.js";
import { writeModel } from "../model/modelFile.js";
import { expectModelWritable } from "../model/modelWeights.js";
import { networkHash } from "../network/networkHash.js";
import { onlyInput } from "../network/ports.js";
import type { Port, QuantizedTensor } from "../network/quantizedNetwork.js";
import { planProgram } from "../plan/planProgram.js";
import { summarizeNetwork } from "../program/summarize.js";
import { withAudioStream } from "../quantize/audioStream.js";
import { addDetection } from "../stream/addDetection.js";
import type { ImportOptions } from "./import.js";
import { portsToJson, renderPorts } from "./renderSummary.js";
import {
  expectSamples,
  type FloatImportReport,
  renderImportFloats,
  runImportFloats,
} from "./runImportFloats.js";

/** What was imported. */
export type AnyImportReport = ImportReport | FloatImportReport;

/** Of a model that is quantized already. */
export interface ImportReport {
  /** The model that was written. */
  readonly model: string;
  readonly name: string;
  readonly hash: string;
  readonly file: { readonly name: string; readonly bytes: number; readonly sha256: string };
  readonly inputs: readonly QuantizedTensor[];
  readonly outputs: readonly QuantizedTensor[];
  /** Those of the front-end have no operator. */
  readonly layers: readonly (LayerCost & Partial<Pick<LayerOrigin, "operator" | "type" | "version">>)[];
  readonly parameters: number;
  readonly macs: number;
  /** Planned for speed, without code. */
  readonly tableBytes: number;
  readonly arenaBytes: number;
  readonly notes: readonly string[];
}

/** More than any microcontroller's flash; the importer's own limit is in its message. */
const largestFile = 2 ** 28;

/** As long as a device can tell it. */
const longestName = 255;

/** Hello, summaries and the DUT protocol tell it; many files are called model.tflite, which says nothing. */
function networkName(path: string, { output, name }: Pick<ImportOptions, "output" | "name">): string {
  const ofFile = basename(path, extname(path));
  const chosen = name ?? (/^model$/i.test(ofFile) ? basename(output, extname(output)) : ofFile);
  const bytes = Buffer.byteLength(chosen);
  if (bytes >= 1 && bytes <= longestName) return chosen;
  throw new UserError(
    `the network's name must have 1 to ${longestName} bytes, found ${bytes}`,
    "give another with --name",
  );
}

/**
 * Models have many names: "x.lite" of Edge Impulse is one. What is called .tflite is left to the importer to refuse.
 *
 * @throws UserError when neither the file's name nor its bytes are a .tflite model's
 */
function expectTflite(path: string, bytes: Uint8Array): void {
  const extension = extname(path);
  if (extension === ".tflite" || isTflite(bytes)) return;
  throw new UserError(
    `${path}: models of ONNX, Keras, TensorFlow.js and .tflite are imported; this "${extension}" file is none by its bytes`,
    hintFor(extension, bytes),
  );
}

/** Other projects ship a model as an array of bytes. */
function isSource(extension: string): boolean {
  return [".h", ".hpp", ".c", ".cc", ".cpp"].includes(extension);
}

/** What to do with a file that is no model of ours. */
function hintFor(extension: string, bytes: Uint8Array): string {
  if (isSource(extension)) {
    return "a C source with a model has its bytes as one array of numbers: import that file, or the .tflite it was made of";
  }
  // torch.save writes a zip of pickles, and wrote a pickle before 2020
  const isPickle = bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5;
  if (isPickle || [".pt", ".pth", ".ckpt", ".pkl"].includes(extension)) {
    return 'a PyTorch checkpoint needs its Python class: torch.onnx.export(model.eval(), example_input, "model.onnx")';
  }
  return "a PyTorch model is exported by torch.onnx.export, a Keras model saved by model.save";
}

/** @throws UserError when the file cannot be read or imported, or the model cannot be written */
export async function runImport(
  path: string,
  options: Omit<ImportOptions, "json">,
): Promise<AnyImportReport> {
  const name = networkName(path, options);
  const read = readBytes(path, largestFile);
  const wakeWord = readWakeWord(read, path);
  if (wakeWord !== undefined) return importWakeWord(path, wakeWord, name, options);
  const bytes = (isSource(extname(path)) && readCArray(read, path)) || read;
  if (!isTflite(bytes) && (extname(path) === ".onnx" || isOnnx(bytes))) {
    expectNoAudio(options);
    const { withoutSoftmax, shape } = options;
    const settings = { folder: dirname(path), withoutSoftmax, ...(shape && { shapes: shape }) };
    if (isQuantizedOnnx(bytes, basename(path))) {
      const { shape: _, ...others } = options;
      expectNoFloatOptions(others, "a model with QuantizeLinear or QLinear operators");
      const imported = importOnnxIntegers(bytes, basename(path), name, settings);
      return writeIntegers(path, bytes, imported, options);
    }
    expectSamples(options);
    return await runImportFloats(path, bytes, importOnnx(bytes, basename(path), name, settings), options);
  }
  const keras = isTflite(bytes) ? undefined : await readKeras(bytes, path);
  if (keras !== undefined) {
    expectNoAudio(options);
    expectSamples(options);
    expectNoShape(options);
    return await runImportFloats(path, bytes, importKeras(keras, name, options), options);
  }
  expectTflite(path, bytes);
  const model = readTflite(bytes, basename(path));
  if (isFloatTflite(model)) {
    expectNoAudio(options);
    expectSamples(options);
    expectNoShape(options);
    return await runImportFloats(path, bytes, importFloatTflite(model, name, options), options);
  }
  expectNoFloatOptions(options);
  const imported = importTflite(bytes, basename(path), name);
  return writeIntegers(path, bytes, withAudio(imported, options), options);
}

/**
 * A model of microWakeWord with its front-end and its decision: samples come in, and what is heard goes out.
 *
 * @param path of the manifest
 */
function importWakeWord(
  path: string,
  { model, stepMs, cutoff, window }: WakeWord,
  name: string,
  options: Omit<ImportOptions, "json">,
): ImportReport {
  if (options.audio !== undefined) {
    throw new UserError("--audio is told by the manifest", "leave out --audio");
  }
  expectNoFloatOptions(options, "a model of microWakeWord");
  const modelPath = join(dirname(path), model);
  const bytes = readBytes(modelPath, largestFile, "the manifest's model");
  const imported = importTflite(bytes, model, name);
  const frames = elementCount(imported.network.tensors[onlyInput(imported.network).tensor].shape);
  const streamed = withAudioStream(imported.network, { preset: "wakeWord", stepMs });
  const { frontEnd } = streamed.layers.find((layer) => layer.kind === "audioStream")!;
  const network = addDetection(streamed, {
    ...{ cutoff, window, holdOff: wakeWordHoldOff, frames: frames / frontEnd.channels },
  });
  return writeIntegers(modelPath, bytes, { ...imported, network }, options);
}

/** @throws UserError where the model takes no features */
function withAudio(imported: ImportedNetwork, { audio }: Pick<ImportOptions, "audio">): ImportedNetwork {
  if (audio === undefined) return imported;
  return { ...imported, network: withAudioStream(imported.network, { preset: audio }) };
}

/** A float model is trained behind its front-end, and this is not the place to guess it. */
function expectNoAudio({ audio }: Pick<ImportOptions, "audio">): void {
  if (audio === undefined) return;
  throw new UserError("--audio is for int8 .tflite models of features", "leave out --audio");
}

/** Files of Keras and .tflite have no names for free axes, and tell the one input's shape. */
function expectNoShape({ shape }: Pick<ImportOptions, "shape">): void {
  if (shape === undefined) return;
  throw new UserError("--shape is for the free axes of .onnx models", "leave out --shape");
}

/** An int8 model has its ranges, and its shapes. */
function expectNoFloatOptions(options: Omit<ImportOptions, "json">, what = "an int8 .tflite model"): void {
  const { calibrate, labels, check, shape, withoutSoftmax, divide, mean, std } = options;
  const given = Object.entries({
    calibrate,
    labels,
    check,
    shape,
    divide,
    mean,
    std,
    "without-softmax": withoutSoftmax || undefined,
  });
  const wrong = given.find(([, value]) => value !== undefined);
  if (wrong !== undefined) {
    throw new UserError(
      `--${wrong[0]} is for float models; ${what} is quantized already`,
      `leave out --${wrong[0]}`,
    );
  }
}

function writeIntegers(
  path: string,
  bytes: Uint8Array,
  imported: ImportedNetwork,
  { output }: Pick<ImportOptions, "output">,
): ImportReport {
  const file = basename(path);
  const { network, description, origins, notes } = imported;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  // what cannot run in int32 is told before anything is written
  const { tableBytes, arenaBytes } = summarizeNetwork(planProgram(network));
  makeFolder(dirname(output));
  expectModelWritable(output);
  writeModel(output, {
    network: undefined,
    quantized: network,
    imported: {
      file,
      bytes: bytes.length,
      sha256,
      description,
      notes,
      layers: origins.map((origin) => ({ ...origin })),
    },
  });
  const isOne = network.inputs.length === 1 && network.outputs.length === 1;
  const tensorOf = ({ tensor, name: port }: Port) => ({
    ...network.tensors[tensor],
    ...(!isOne && { name: port }),
  });
  const byLayer = new Map(origins.map((origin) => [origin.layer, origin]));
  const layers = layerCosts(network).map((cost) => {
    const origin = byLayer.get(cost.name);
    if (origin === undefined) return cost;
    const { operator, type, version } = origin;
    return { ...cost, operator, type, version };
  });
  return {
    model: output,
    name: network.name,
    hash: networkHash(network),
    file: { name: file, bytes: bytes.length, sha256 },
    inputs: network.inputs.map(tensorOf),
    outputs: network.outputs.map(tensorOf),
    layers,
    parameters: layers.reduce((sum, { parameters }) => sum + parameters, 0),
    macs: layers.reduce((sum, { macs }) => sum + macs, 0),
    tableBytes,
    arenaBytes,
    notes,
  };
}

/** What `--json` prints. */
export function importToJson(report: AnyImportReport): object {
  if ("producer" in report) return report;
  const { model, name, hash, file, inputs, outputs, ...rest } = report;
  return { model, name, hash, file, ...portsToJson(inputs, outputs), ...rest };
}

const columns: readonly Column[] = [
  { title: "layer", align: "left" },
  { title: "operator", align: "left" },
  { title: "output", align: "left" },
  { title: "parameters", align: "right" },
  { title: "MACs", align: "right" },
];

export function renderImport(report: AnyImportReport): string {
  if ("producer" in report) return renderImportFloats(report);
  const { name, hash, file, inputs, outputs, layers, parameters, macs, notes, model } = report;
  const { tableBytes, arenaBytes } = report;
  const rows = layers.map((layer) => [
    ...[
      layer.name,
      layer.type === undefined ? "" : `${layer.type} v${layer.version}`,
      formatShape(layer.outputShape),
    ],
    ...[layer.parameters, layer.macs].map(formatCount),
  ]);
  return [
    oneLine`"${name}" (${hash.slice(0, 8)}) from ${file.name}, ${formatCount(file.bytes)} B`,
    [...renderPorts(inputs, outputs), ...notes.map((note) => oneLine`note: ${note}`)].join("\n"),
    renderTable(columns, [...rows, ["total", "", "", formatCount(parameters), formatCount(macs)]]),
    `tables ${formatCount(tableBytes)} B of flash, arena ${formatCount(arenaBytes)} B of RAM\n` +
      `${oneLine`${model} is written`}\n${oneLine`next: pinfer summary ${model}`}`,
  ].join("\n\n");
}
