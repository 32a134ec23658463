import { UserError } from "../base/errors.js";
import { elementCount, formatShape, type Shape } from "../base/tensor.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import { quantizationOf } from "../network/quantization.js";
import type { ElementType, Quantized } from "../network/quantizedNetwork.js";
import { ByteReader, ByteWriter } from "./bytes.js";

/** A tensor that goes into or comes out of a network on a device. */
export interface TensorDescription extends Quantized {
  readonly elementType: ElementType;
  readonly shape: Shape;
}

/** Element types by their code. */
const elementTypes: readonly ElementType[] = ["int8", "int16"];

/** What a device tells of the network it carries; compiled into it as `network_description`. */
export interface NetworkDescription {
  /** SHA-256 of the quantized network: 64 lower-case hexadecimal digits. */
  readonly hash: string;
  readonly name: string;
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
  readonly arenaBytes: number;
  /** Multiply-accumulates of one run; 2³² − 1 stands for more. */
  readonly macs: number;
  /** In the order in which the layers run. */
  readonly layerNames: readonly string[];
}

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
  writer.bytes(Buffer.from(description.hash, "hex"));
  writer.text("network", description.name);
  writeTensor(writer, onlyInput(description));
  writeTensor(writer, onlyOutput(description));
  writer.u32(description.arenaBytes);
  writer.u32(Math.min(description.macs, 0xffffffff));
  writer.u16(description.layerNames.length);
  for (const name of description.layerNames) writer.text("layer", name);
  return writer.finish();
}

/** @throws UserError when the bytes are not a description: too short, too long, or a field out of its range. */
export function decodeDescription(bytes: Uint8Array): NetworkDescription {
  const reader = new ByteReader("network description", bytes);
  const hash = Buffer.from(reader.bytes(HASH_BYTES)).toString("hex");
  const name = reader.text();
  const inputs = [readTensor(reader, "input")];
  const output = readTensor(reader, "output");
  if (output.elementType !== "int8") {
    throw new UserError(
      `network description: the output is ${output.elementType}; expected int8`,
      "update pinfer",
    );
  }
  const arenaBytes = reader.u32();
  const macs = reader.u32();
  const layerNames = Array.from({ length: reader.u16() }, () => reader.text());
  reader.expectEnd();
  return { hash, name, inputs, outputs: [output], arenaBytes, macs, layerNames };
}

/** Of a tensor on the line and in the arena. */
export function tensorBytes({
  elementType,
  shape,
}: Pick<TensorDescription, "elementType" | "shape">): number {
  return elementCount(shape) * (elementType === "int16" ? 2 : 1);
}

function writeTensor(writer: ByteWriter, tensor: TensorDescription): void {
  writer.u8(elementTypes.indexOf(tensor.elementType));
  writer.u8(tensor.shape.length);
  for (const size of tensor.shape) writer.u32(size);
  const { scale, zeroPoint } = quantizationOf(tensor);
  writer.f32(scale);
  writer.i8(zeroPoint);
}

function readTensor(reader: ByteReader, name: "input" | "output"): TensorDescription {
  const code = reader.u8();
  const elementType = elementTypes[code];
  if (elementType === undefined) {
    throw new UserError(`network description: element type ${code} is not known`, "update pinfer");
  }
  const rank = reader.u8();
  if (rank > MAX_RANK) {
    throw new UserError(`network description: a tensor has ${rank} axes; at most ${MAX_RANK} are known`);
  }
  const shape = Array.from({ length: rank }, () => reader.u32());
  const bytes = tensorBytes({ elementType, shape });
  if (bytes === 0 || bytes > MAX_TENSOR_BYTES) {
    throw new UserError(
      `network description: the ${name} ${formatShape(shape)} has ${bytes} bytes; expected 1 to ${MAX_TENSOR_BYTES}`,
      "it is damaged: export, build and flash the firmware again",
    );
  }
  const scale = reader.f32();
  if (!(Number.isFinite(scale) && scale > 0)) {
    throw new UserError(`network description: scale ${scale} is not a positive number`);
  }
  return { elementType, shape, quantization: { scale, zeroPoint: reader.i8() } };
}
