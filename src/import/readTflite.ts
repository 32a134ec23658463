import { UserError } from "../base/errors.js";
import { quoted } from "../base/printable.js";
import type { Padding, Pair } from "../network/quantizedNetwork.js";
import { FlatFile, type FlatTable } from "./flatTable.js";
import {
  bufferField,
  customOperator,
  fileIdentifier,
  modelField,
  operatorCodeField,
  operatorField,
  operatorNames,
  quantizationField,
  schemaVersion,
  subgraphField,
  tensorField,
  typeNames,
} from "./tfliteSchema.js";

/** A tensor as it stands in the file: nothing of it is proven but that it lies within the file. */
export interface TfliteTensor {
  readonly index: number;
  /** Free text, at most 1000 bytes. */
  readonly name: string;
  /** With the batch axis. */
  readonly shape: readonly number[];
  /** One of `tensorType`, or another number. */
  readonly type: number;
  /** "int8" */
  readonly typeName: string;
  /** Float32 values; empty where there are none. */
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly quantizedDimension: number;
  /** Quantized in another way than by scales and zero points. */
  readonly hasOtherQuantization: boolean;
  readonly isVariable: boolean;
  readonly isSparse: boolean;
  /** Data that the file holds beside its tables, or that lies in another file. */
  readonly isExternal: boolean;
  /** A view of the file; undefined for what is computed. */
  readonly data: Uint8Array | undefined;
}

export interface TfliteOperator {
  readonly index: number;
  /** "CONV_2D"; `CUSTOM "name"` for one that the format does not know. */
  readonly name: string;
  readonly version: number;
  /** Numbers of tensors; −1 is an optional input that is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The number of the options' table in the union; 0 without. */
  readonly optionsType: number;
  readonly options: FlatTable | undefined;
  /** How its window moves, where several operators of the file say it together. */
  readonly window?: { readonly dilations: Pair; readonly padding: Padding };
}

/** Tensors and the operators that run on them. */
export interface TfliteSubgraph {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
}

/** A model as it stands in the file; tensors and operators are those of its first subgraph. */
export interface TfliteModel extends TfliteSubgraph {
  /** The file's name, for messages. */
  readonly file: string;
  /** Free text of the converter. */
  readonly description: string;
  readonly subgraphs: number;
  /** Of the first subgraph. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** @throws UserError as {@link readTflite} does, or when there is none of this number */
  readonly readSubgraph: (index: number) => TfliteSubgraph;
}

/** No microcontroller's flash holds as much. */
const largestFile = 2 ** 26;
/** Networks that fit a microcontroller have a few hundred. */
const most = { tensors: 50_000, operators: 10_000, buffers: 50_000, operatorCodes: 1000, subgraphs: 1000 };
/** Axes; a network's tensors have 4. */
const mostAxes = 16;
const mostInputs = 1000;
/** One a channel. */
const mostScales = 65_536;

/**
 * Reads the tables of a .tflite file.
 *
 * @param file its name, for messages
 * @throws UserError when the bytes are no .tflite model of schema version 3, or an offset or a length leads out of the
 *   file
 */
export function readTflite(bytes: Uint8Array, file: string): TfliteModel {
  if (bytes.length > largestFile) {
    throw new UserError(
      `${file}: ${bytes.length} B; models of at most ${largestFile} B are imported`,
      "no microcontroller holds as much: take a smaller model, or quantize it to int8",
    );
  }
  expectNoPointer(bytes, file);
  const model = new FlatFile(file, bytes).root(fileIdentifier);
  const version = model.uint32(modelField.version);
  if (version !== schemaVersion) {
    throw new UserError(
      `${file} is of schema version ${version}; version ${schemaVersion} is read`,
      "convert the model with a TensorFlow of 2018 or later",
    );
  }
  const codes = model
    .tables(modelField.operatorCodes, most.operatorCodes, "operator code")
    .map(readOperatorCode);
  const buffers = model.tables(modelField.buffers, most.buffers, "buffer").map(readBuffer);
  const subgraphs = model.tables(modelField.subgraphs, most.subgraphs, "subgraph");
  if (subgraphs.length === 0) throw new UserError(`${file} holds no subgraph and so no network`);
  const readSubgraph = (number: number): TfliteSubgraph => {
    const subgraph = subgraphs[number];
    if (subgraph === undefined) {
      throw new UserError(
        `${file}: subgraph ${number} is called; the file has ${subgraphs.length} subgraphs`,
      );
    }
    const tensors = subgraph.tables(subgraphField.tensors, most.tensors, "tensor");
    const operators = subgraph.tables(subgraphField.operators, most.operators, "operator");
    return {
      tensors: tensors.map((table, index) => readTensor(table, index, buffers, file)),
      operators: operators.map((table, index) => readOperator(table, index, codes, tensors.length, file)),
    };
  };
  const [main] = subgraphs;
  const { tensors, operators } = readSubgraph(0);
  return {
    ...{ file, description: model.text(modelField.description), subgraphs: subgraphs.length },
    ...{ tensors, operators, readSubgraph },
    inputs: readIndices(main, subgraphField.inputs, "inputs", 0, tensors.length, file),
    outputs: readIndices(main, subgraphField.outputs, "outputs", 0, tensors.length, file),
  };
}

/** True where the bytes begin as a .tflite file does, whatever the file is called. */
export function isTflite(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(4, 8)).toString("latin1") === fileIdentifier;
}

/** Git leaves one in the place of a large file that was not fetched. */
function expectNoPointer(bytes: Uint8Array, file: string): void {
  const start = "version https://git-lfs.github.com/spec/";
  if (Buffer.from(bytes.subarray(0, start.length)).toString("latin1") !== start) return;
  throw new UserError(
    `${file} is a Git LFS pointer of ${bytes.length} B, not the model that it stands for`,
    "`git lfs pull` in its repository fetches the model",
  );
}

interface OperatorCode {
  readonly name: string;
  readonly version: number;
}

/** Old files have the code in one byte; newer ones have the larger number in a field of its own. */
function readOperatorCode(table: FlatTable): OperatorCode {
  const code = Math.max(table.int8(operatorCodeField.shortCode), table.int32(operatorCodeField.code));
  const version = table.int32(operatorCodeField.version, 1);
  if (code !== customOperator) return { name: operatorNames[code] ?? `operator of number ${code}`, version };
  return { name: `CUSTOM ${quoted(table.text(operatorCodeField.customCode))}`, version };
}

interface Buffer {
  readonly data: Uint8Array;
  readonly isExternal: boolean;
}

function readBuffer(table: FlatTable): Buffer {
  return {
    data: table.bytes(bufferField.data, "data"),
    // 1 says that there is none; beyond it the data lies behind the tables
    isExternal: table.uint64(bufferField.offset) > 1 || table.uint64(bufferField.size) > 1,
  };
}

function readTensor(table: FlatTable, index: number, buffers: readonly Buffer[], file: string): TfliteTensor {
  const bufferIndex = table.uint32(tensorField.buffer);
  const buffer = buffers[bufferIndex];
  if (buffer === undefined) {
    throw new UserError(
      `${file}: tensor ${index} has its data in buffer ${bufferIndex}; the file has ${buffers.length} buffers`,
      "the file is damaged: fetch or convert it again",
    );
  }
  const quantization = table.table(tensorField.quantization, `tensor ${index}'s quantization`);
  const type = table.int8(tensorField.type);
  return {
    index,
    name: table.text(tensorField.name),
    shape: table.int32s(tensorField.shape, mostAxes, "shape"),
    type,
    typeName: typeNames[type] ?? `type ${type}`,
    scales: quantization?.float32s(quantizationField.scale, mostScales, "scales") ?? [],
    zeroPoints: quantization?.int64s(quantizationField.zeroPoint, mostScales, "zero points") ?? [],
    quantizedDimension: quantization?.int32(quantizationField.quantizedDimension) ?? 0,
    hasOtherQuantization: (quantization?.uint8(quantizationField.detailsType) ?? 0) !== 0,
    isVariable: table.boolean(tensorField.isVariable),
    isSparse: table.has(tensorField.sparsity),
    isExternal: buffer.isExternal || table.uint32(tensorField.externalBuffer) !== 0,
    data: buffer.data.length === 0 ? undefined : buffer.data,
  };
}

function readOperator(
  table: FlatTable,
  index: number,
  codes: readonly OperatorCode[],
  tensorCount: number,
  file: string,
): TfliteOperator {
  const codeIndex = table.uint32(operatorField.codeIndex);
  const code = codes[codeIndex];
  if (code === undefined) {
    throw new UserError(
      `${file}: operator ${index} is of code ${codeIndex}; the file has ${codes.length} operator codes`,
      "the file is damaged: fetch or convert it again",
    );
  }
  return {
    index,
    ...code,
    inputs: readIndices(table, operatorField.inputs, "inputs", -1, tensorCount, file),
    outputs: readIndices(table, operatorField.outputs, "outputs", 0, tensorCount, file),
    optionsType: table.uint8(operatorField.optionsType),
    options: table.table(operatorField.options, `operator ${index}'s options`),
  };
}

/** Numbers of tensors. */
function readIndices(
  table: FlatTable,
  field: number,
  name: string,
  least: number,
  tensorCount: number,
  file: string,
): readonly number[] {
  const indices = table.int32s(field, mostInputs, name);
  const wrong = indices.find((index) => index < least || index >= tensorCount);
  if (wrong !== undefined) {
    throw new UserError(
      `${file}: ${table.place} has tensor ${wrong} among its ${name}; the file has ${tensorCount} tensors`,
      "the file is damaged: fetch or convert it again",
    );
  }
  return indices;
}
