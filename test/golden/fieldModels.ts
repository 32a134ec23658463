import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readSamples, type Samples } from "../../src/formats/samples.js";
import { importTflite } from "../../src/import/importTflite.js";
import { isOfType, joinValues } from "../../src/network/elementTypes.js";
import type {
  ActivationData,
  Port,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { dequantizeTensor, quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import type { GoldenModel } from "./models.js";

/** Models found in public repositories, with what TFLM's reference kernels make of inputs: beside the repository. */
const fieldFolder = fileURLToPath(new URL("../../../shared/tflite-field", import.meta.url));

export const hasFieldModels = existsSync(`${fieldFolder}/manifest.json`);
export const fieldModelsAreMissing =
  "needs the models of others in ../shared/tflite-field, which are not here";

/** What manifest.json says of a model. */
export interface FieldEntry {
  readonly name: string;
  /** Whether it was imported when the vectors were made. */
  readonly imports: boolean;
  /** Whether the vectors are one sequence. */
  readonly stateful: boolean;
  /** Numbers of the operators that fill the tensor in logits.npy. */
  readonly logitsOperator?: readonly number[];
}

export function readFieldEntries(): FieldEntry[] {
  return JSON.parse(readFileSync(`${fieldFolder}/manifest.json`, "utf8"));
}

/**
 * A model with its vectors as what the device takes and gives. Where the model takes or gives other numbers, they
 * are turned into integers as its QUANTIZE does, and the outputs back, bit for bit.
 *
 * @throws UserError when it cannot be imported
 */
export function readFieldModel({ name, logitsOperator = [], stateful }: FieldEntry): GoldenModel {
  const folder = `${fieldFolder}/${name}`;
  const imported = importTflite(readFileSync(`${folder}/model.tflite`), `${name}/model.tflite`, name);
  const { network, origins } = imported;
  /** Vectors of several inputs or outputs, which are in files of their own: a sample has them behind each other. */
  const samples = (what: string, ports: readonly Port[], convert: typeof toOwn): ActivationData[] => {
    const all = ports.map(({ tensor }, i) =>
      readVectors(`${folder}/${what}${i === 0 ? "" : i}.npy`).map((values) =>
        convert(values, network.tensors[tensor]),
      ),
    );
    const { elementType } = network.tensors[ports[0].tensor];
    return all[0].map((_, vector) =>
      joinValues(
        all.map((vectors) => vectors[vector]),
        elementType,
      ),
    );
  };
  const logits = origins.findLast(({ operator }) => logitsOperator.includes(operator))?.layer;
  return {
    ...imported,
    id: name,
    inputs: samples("inputs", network.inputs, toOwn),
    outputs: samples("outputs", network.outputs, toOwnAndBack),
    isSequence: stateful,
    ...(stateful && logits !== undefined && { logitsLayer: logits }),
    logits:
      logits !== undefined && (stateful || softmaxReads(network, logits))
        ? readVectors(`${folder}/logits.npy`).map((values) => values as Int8Array)
        : undefined,
    dumps: [],
  };
}

function readVectors(path: string): Samples["data"][] {
  const { shape, data } = readSamples(path);
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => data.subarray(i * size, (i + 1) * size));
}

function toOwn(values: Samples["data"], tensor: QuantizedTensor): ActivationData {
  if (isOfType(values, tensor.elementType)) return values;
  if (values instanceof Uint8Array) return Int8Array.from(values, (value) => value - 128);
  return quantizeTensor(Float32Array.from(values), tensor);
}

/** @throws Error when the integers do not stand for exactly these */
function toOwnAndBack(values: Samples["data"], tensor: QuantizedTensor): ActivationData {
  const quantized = toOwn(values, tensor);
  if (isOfType(values, tensor.elementType) || values instanceof Uint8Array) return quantized;
  const back = dequantizeTensor(quantized, tensor);
  const wrong = back.findIndex((value, i) => value !== values[i]);
  if (wrong < 0) return quantized;
  throw new Error(
    `output ${wrong} is ${values[wrong]}, which is no value of its integers; the nearest one is ${back[wrong]}`,
  );
}

/** Whether a softmax reads what a layer makes, as it is or reshaped. */
function softmaxReads({ layers, tensors }: QuantizedNetwork, name: string): boolean {
  let tensor = layers.find((layer) => layer.name === name)?.output;
  for (const layer of layers) {
    if (tensor === undefined || !layer.inputs.includes(tensor)) continue;
    if (layer.kind === "softmax") return tensors[tensor] !== undefined;
    tensor = layer.kind === "reshape" ? layer.output : tensor;
  }
  return false;
}
