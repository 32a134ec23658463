import { basename, dirname, join } from "node:path";
import { UserError } from "../base/errors.js";
import { describe, Fields } from "../base/fields.js";
import { maximumFileBytes, readBytes, readText, writeFilesAtomically } from "../base/files.js";
import { formatJson, type JsonObject } from "../base/json.js";
import { elementCount } from "../base/tensor.js";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.js";
import { readClassNames } from "../network/classNames.js";
import type { Port, QuantizedNetwork } from "../network/quantizedNetwork.js";
import { type PinMap, readPinMap } from "../pins/pinMap.js";
import type { Network } from "../train/network/network.js";
import { sha256, weightsPath, weightsToRemove } from "./modelWeights.js";
import { describeNetwork, readNetwork } from "./networkFormat.js";
import { readAxes } from "./portFormat.js";
import {
  describeQuantizedNetwork,
  type ModelVersion,
  readQuantizedNetwork,
} from "./quantizedNetworkFormat.js";
import { StoredTensors, TensorsToStore } from "./storedTensors.js";

/** What `train` and `import` make, and what every later command starts from. */
export interface Model {
  /** The float network; an imported model has none. */
  readonly network: Network | undefined;
  readonly quantized: QuantizedNetwork | undefined;
  /** What is wired to the network. */
  readonly pins?: PinMap | undefined;
  /** What the outputs stand for, one name each: the labels of the integer network's output where there is one. They come from files, so print them by src/base/printable.ts only. */
  readonly classNames?: readonly string[] | undefined;
  /** Which axes of ours those of the users' arrays are, where theirs are in another order: the ports' of the integer network where there is one. */
  readonly axes?: UserAxes | undefined;
  /** How it was trained: seed, epochs, metrics, sizes of data. Free, for readers. */
  readonly training?: JsonObject;
  /** Where an imported network comes from: file, and the operator and tensor behind each layer. Free, for readers. */
  readonly imported?: JsonObject;
}

/** By side of the network; see {@link Port.axes}. */
export interface UserAxes {
  readonly input?: readonly number[] | undefined;
  readonly output?: readonly number[] | undefined;
}

const format = "pinfer model";
const newestVersion = 2;

/**
 * Writes `<name>.json`, which is for reading, and `<name>.<part of its SHA-256>.safetensors` beside it, which holds the
 * weights. The same model gives the same bytes. The weights come first and the description by one rename, so whenever
 * it is cut the path has the old model or the new one, whole; then the old weights are removed.
 *
 * @param path ends in ".json"
 * @throws UserError when the path ends otherwise, or the files cannot be written
 */
export function writeModel(path: string, model: Model): void {
  if (!path.endsWith(".json") || basename(path) === ".json") {
    throw new UserError(`a model's path must end in .json, found ${path}`, `use ${path}.json`);
  }
  const tensors = new TensorsToStore();
  const network = model.network && describeNetwork(model.network, tensors);
  const quantized = model.quantized && describeQuantizedNetwork(model.quantized, tensors);
  const labels = model.quantized && onlyPorts(model.quantized)?.output.labels;
  const weights = writeSafetensors(tensors.all);
  const hash = sha256(weights);
  const weightsFile = weightsPath(path, hash);
  const description = formatJson({
    format,
    version: newestVersion,
    weights: { file: basename(weightsFile), sha256: hash },
    training: model.training,
    imported: model.imported,
    pins: model.pins as JsonObject | undefined,
    classNames: labels === undefined ? model.classNames : undefined,
    axes: model.quantized === undefined ? describeAxes(model.axes) : undefined,
    network,
    quantized,
  });
  const removeOld = weightsToRemove(path);
  writeFilesAtomically([
    { path: weightsFile, data: weights },
    { path, data: description },
  ]);
  removeOld(weightsFile);
}

/** Of a network that has one input and one output. */
function onlyPorts({ inputs, outputs }: QuantizedNetwork): Record<"input" | "output", Port> | undefined {
  const isOne = inputs.length === 1 && outputs.length === 1;
  return isOne ? { input: inputs[0], output: outputs[0] } : undefined;
}

function describeAxes({ input, output }: UserAxes = {}): JsonObject | undefined {
  return input === undefined && output === undefined ? undefined : { input, output };
}

function readUserAxes(fields: Fields, network: Network | undefined): UserAxes {
  const [input, output] = (["input", "output"] as const).map((side) => {
    const shape = (side === "input" ? network?.inputShape : network?.outputShape) ?? [];
    return fields.has(side) ? readAxes(fields, side, shape.length) : undefined;
  });
  return { ...(input && { input }), ...(output && { output }) };
}

/**
 * Reads what {@link writeModel} wrote. The files may come from anywhere: everything is checked.
 *
 * @throws UserError that names the file and the place in it, what was expected and what was found
 */
export function readModel(path: string): Model {
  const file = basename(path);
  const fields = new Fields(file, parseJson(readText(path, "the model"), file));
  const version = readVersion(fields, file);
  const tensors = readWeights(dirname(path), fields.object("weights"), file);
  const free = (name: "training" | "imported") =>
    fields.has(name) && { [name]: fields.object(name).raw as JsonObject };
  const network = fields.has("network") ? readNetwork(fields.object("network"), tensors) : undefined;
  const quantized = fields.has("quantized")
    ? readQuantizedNetwork(fields.object("quantized"), tensors, version)
    : undefined;
  // several ports have names and axes of their own, and a model none beside them
  const ports = quantized && onlyPorts(quantized);
  if (quantized && ports === undefined && fields.has("classNames"))
    fields.fail("classNames", "names at the outputs, of which there are several");
  const labels = ports?.output.labels;
  const ofPorts = quantized && { input: ports?.input.axes, output: ports?.output.axes };
  const axes = ofPorts ?? (fields.has("axes") ? readUserAxes(fields.object("axes"), network) : undefined);
  const outputShape = (ports && quantized?.tensors[ports.output.tensor].shape) ?? network?.outputShape ?? [];
  return {
    network,
    quantized,
    ...(fields.has("pins") && { pins: readPinMap(fields.object("pins")) }),
    ...(labels && { classNames: labels }),
    ...(fields.has("classNames") && { classNames: readClassNames(fields, elementCount(outputShape)) }),
    ...((axes?.input || axes?.output) && { axes }),
    ...free("training"),
    ...free("imported"),
  };
}

/** Reads the safetensors file that the model names: a plain file name, so that a model reads nothing elsewhere. */
function readWeights(folder: string, fields: Fields, modelFile: string): StoredTensors {
  const file = fields.string("file");
  if (file !== basename(file) || !file.endsWith(".safetensors")) {
    fields.fail("file", "the name of a .safetensors file in the model's folder");
  }
  const bytes = readBytes(join(folder, file), maximumFileBytes, "the model's weights");
  const hash = sha256(bytes);
  if (fields.string("sha256") !== hash) {
    throw new UserError(
      `${file} has the SHA-256 ${hash}; ${modelFile} belongs to ${describe(fields.value("sha256"))}`,
      "the file is damaged or of another training: copy both files again, or train again",
    );
  }
  return new StoredTensors(file, readSafetensors(bytes, file));
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(
      `${file} is not JSON: ${(cause as Error).message}`,
      "a model is the .json file that `pinfer train` or `pinfer import` wrote",
      { cause },
    );
  }
}

function readVersion(fields: Fields, file: string): ModelVersion {
  if (fields.value("format") !== format) fields.fail("format", `"${format}"`);
  const version = fields.value("version");
  if (version === 1 || version === newestVersion) return version;
  throw new UserError(
    `${file} is of version ${describe(version)}; this pinfer reads versions 1 and ${newestVersion}`,
    "train the model again, or use the pinfer that wrote it",
  );
}
