import { bytesOfHex, hexOf } from "../base/bytes.js";
import { UserError } from "../base/errors.js";
import { elementCount, formatShape, type Shape } from "../base/tensor.js";
import { elementBytes } from "../network/elementTypes.js";
import { quantizationsOf } from "../network/quantization.js";
import type { Border, ElementType, Port, Quantization, Quantized } from "../network/quantizedNetwork.js";
import { ByteReader, ByteWriter } from "./bytes.js";

/** A tensor that goes into or comes out of a network on a device, and what its users hold. */
export interface TensorDescription extends Quantized, Pick<Port, "name" | "border" | "axes"> {
  readonly elementType: ElementType;
  readonly shape: Shape;
}

/** Element types by their code. */
const elementTypes: readonly ElementType[] = ["int8", "int16", "int32"];
/** Borders by their code. */
const borders: readonly Border[] = ["int8", "uint8", "int16", "float32", "int32"];

/** What a device tells of the network it carries; compiled into it as `network_description`. */
export interface NetworkDescription {
  /** SHA-256 of the quantized network: 64 lower-case hexadecimal digits. */
  readonly hash: string;
  readonly name: string;
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
  /** Of the arena, that hold values from one run to the next. */
  readonly stateBytes: number;
  readonly arenaBytes: number;
  /** Multiply-accumulates of one run; 2³² − 1 stands for more. */
  readonly macs: number;
  /** In the order in which the layers run. */
  readonly layerNames: readonly string[];
}

const damaged = "it is damaged: export, build and flash the firmware again";
const HASH_BYTES = 32;
/** More axes than any tensor of ours has; keeps a hostile description from making us allocate. */
const MAX_RANK = 8;
/** For the same reason: more than any microcontroller has. Firmware of this computer may have large inputs. */
const MAX_TENSOR_BYTES = 1 << 24;

/**
 * The bytes of `network_description`; firmware/PROTOCOL.md, "Network description".
 *
 * @throws UserError when a name is longer than 255 bytes of UTF-8.
 */
export function encodeDescription(description: NetworkDescription): Uint8Array {
  const writer = new ByteWriter();
  writer.bytes(bytesOfHex(description.hash));
  writer.text("network", description.name);
  for (const tensors of [description.inputs, description.outputs]) {
    writer.u8(tensors.length);
    for (const tensor of tensors) writeTensor(writer, tensor);
  }
  writer.u32(description.stateBytes);
  writer.u32(description.arenaBytes);
  writer.u32(Math.min(description.macs, 0xffffffff));
  writer.u16(description.layerNames.length);
  for (const name of description.layerNames) writer.text("layer", name);
  return writer.finish();
}

/** @throws UserError when the bytes are not a description: too short, too long, or a field out of its range. */
export function decodeDescription(bytes: Uint8Array): NetworkDescription {
  const reader = new ByteReader("network description", bytes);
  const hash = hexOf(reader.bytes(HASH_BYTES));
  const name = reader.text();
  const inputs = readTensors(reader, "input");
  const outputs = readTensors(reader, "output");
  for (const [what, ports] of Object.entries({ inputs, outputs })) {
    const types = new Set(ports.map(({ elementType }) => elementType));
    if (types.size > 1) {
      throw new UserError(
        `network description: ${what} of ${[...types].join(" and ")}; expected one type`,
        "update pinfer",
      );
    }
  }
  const stateBytes = reader.u32();
  const arenaBytes = reader.u32();
  const macs = reader.u32();
  const layerNames = Array.from({ length: reader.u16() }, () => reader.text());
  reader.expectEnd();
  return { hash, name, inputs, outputs, stateBytes, arenaBytes, macs, layerNames };
}

/** Of a tensor on the line and in the arena. */
export function tensorBytes({
  elementType,
  shape,
}: Pick<TensorDescription, "elementType" | "shape">): number {
  return elementCount(shape) * elementBytes[elementType];
}

function writeTensor(writer: ByteWriter, tensor: TensorDescription): void {
  const { name, border, elementType, shape, axes = [] } = tensor;
  writer.text("port", name);
  writer.u8(borders.indexOf(border)).u8(elementTypes.indexOf(elementType)).u8(shape.length);
  for (const size of shape) writer.u32(size);
  writer.u8(axes.length);
  for (const axis of axes) writer.u8(axis);
  const quantizations = quantizationsOf(tensor);
  writer.u32(quantizations.length);
  for (const { scale, zeroPoint } of quantizations) writer.f32(scale).u32(zeroPoint);
}

function readTensors(reader: ByteReader, what: "input" | "output"): TensorDescription[] {
  const count = reader.u8();
  if (count === 0) throw new UserError(`network description: no ${what}s`, damaged);
  let left = MAX_TENSOR_BYTES;
  return Array.from({ length: count }, () => {
    const tensor = readTensor(reader, what, left);
    left -= tensorBytes(tensor);
    return tensor;
  });
}

/** @param mostBytes that are left of what all inputs, or all outputs, may have */
function readTensor(reader: ByteReader, what: "input" | "output", mostBytes: number): TensorDescription {
  const name = reader.text();
  const border = readCode(reader, "border", borders);
  const elementType = readCode(reader, "element type", elementTypes);
  const shape = Array.from({ length: readRank(reader) }, () => reader.u32());
  const bytes = tensorBytes({ elementType, shape });
  if (bytes === 0 || bytes > mostBytes) {
    throw new UserError(
      `network description: the ${what} ${formatShape(shape)} has ${bytes} bytes; expected 1 to ${mostBytes}`,
      damaged,
    );
  }
  const axes = Array.from({ length: readRank(reader) }, () => reader.u8());
  const quantization = readQuantizations(reader, shape.at(-1) ?? 1);
  return { name, border, elementType, shape, quantization, ...(axes.length > 0 && { axes }) };
}

function readCode<T>(reader: ByteReader, what: string, values: readonly T[]): T {
  const code = reader.u8();
  const value = values[code];
  if (value === undefined)
    throw new UserError(`network description: ${what} ${code} is not known`, "update pinfer");
  return value;
}

function readRank(reader: ByteReader): number {
  const rank = reader.u8();
  if (rank <= MAX_RANK) return rank;
  throw new UserError(`network description: a tensor has ${rank} axes; at most ${MAX_RANK} are known`);
}

/** One, or one for each column. */
function readQuantizations(reader: ByteReader, columns: number): Quantized["quantization"] {
  const count = reader.u32();
  if (count !== 1 && count !== columns) {
    throw new UserError(
      `network description: ${count} scales for ${columns} columns; expected 1 or ${columns}`,
    );
  }
  const all: Quantization[] = [];
  for (let i = 0; i < count; i++) {
    const scale = reader.f32();
    if (!(Number.isFinite(scale) && scale > 0)) {
      throw new UserError(`network description: scale ${scale} is not a positive number`);
    }
    all.push({ scale, zeroPoint: reader.i32() });
  }
  return count === 1 ? all[0]! : all;
}
