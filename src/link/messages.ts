import { textOf } from "../base/bytes.js";
import { UserError } from "../base/errors.js";
import { valuesOfBytes } from "../network/elementTypes.js";
import { portBytes } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import { ByteReader, ByteWriter } from "./bytes.js";
import { decodeDescription, encodeDescription, type NetworkDescription } from "./description.js";
import type { TotalTicks } from "./totalTicks.js";

/** Meaning of the frames' payloads; the twin of firmware/serve.c. firmware/PROTOCOL.md has the bytes. */
export const PROTOCOL_VERSION = 4;

export const MessageType = {
  hello: 1,
  run: 2,
  runLayer: 3,
  checksum: 4,
  reset: 5,
  runMany: 6,
  runTotal: 7,
  slots: 8,
  writeSlot: 9,
  commitSlot: 0x0a,
  health: 0x0b,
  baud: 0x0c,
  step: 0x0d,
  latest: 0x10,
  describePins: 0x20,
  readPins: 0x21,
  writePin: 0x22,
  describeWindows: 0x23,
  takeMoment: 0x24,
  fault: 0xf0,
} as const;

/** Added to a request's type in its answer. */
export const ANSWER_BIT = 0x80;

export const OUT_OF_ORDER = -4;

export const FLASH_FAILED = -8;

/** The negative status codes of answers. */
export const DEVICE_ERRORS: ReadonlyMap<number, string> = new Map([
  [-1, "unknown request"],
  [-2, "payload of a wrong size"],
  [-3, "no such layer"],
  [OUT_OF_ORDER, "layer or step out of order"],
  [-5, "address outside flash and RAM"],
  [-6, "no such pin"],
  [-7, "a value the pin cannot have"],
  [FLASH_FAILED, "flash that did not take the bytes"],
  [-9, "tables of another structure"],
  [-10, "a rate the board's UART cannot make"],
  [-11, "the network keeps states, and takes steps"],
]);

/** "ticks" are of another clock than the core's. */
export type CounterKind = "none" | "cycles" | "instructions" | "ticks";
const COUNTER_KINDS: readonly CounterKind[] = ["none", "cycles", "instructions", "ticks"];

/** Bits of the hello, from the lowest. Others are reserved: a host ignores what it does not know. */
const FEATURES = ["pins", "text", "updates", "guest"] as const;
export type FirmwareFeature = (typeof FEATURES)[number];

/** A device's answer to hello: itself, how it fares, and the network it carries. */
export interface Hello {
  readonly protocolVersion: number;
  readonly boardId: string;
  /** What `ticks` count. */
  readonly counterKind: CounterKind;
  readonly counterHz: number;
  /** The core's clock as it runs; 0 when unknown. */
  readonly coreHz: number;
  /** Code, constants and initial values in flash; 0 bytes when unknown. */
  readonly imageAddress: number;
  readonly imageBytes: number;
  /** RAM besides arena and stack. */
  readonly staticRamBytes: number;
  /** 0 when the stack has no fixed size. */
  readonly stackBytes: number;
  /** The deepest the stack has been since reset. */
  readonly stackUsedBytes: number;
  /** Bytes the device lost since reset because nobody took them in time. */
  readonly receiveOverruns: number;
  /** Frames the device dropped since reset. */
  readonly brokenFrames: number;
  /** Bytes the device holds while it works on a request; 0 means that none may be sent then. */
  readonly aheadBytes: number;
  /** Of inputs that one request may bring; 0 when only single ones. */
  readonly batchBytes: number;
  /** What the firmware was built with; a "guest" is a part of another program, and knows nothing of the board. */
  readonly features: readonly FirmwareFeature[];
  readonly network: NetworkDescription;
}

export function encodeHello(hello: Hello): Uint8Array {
  const boardId = new TextEncoder().encode(hello.boardId);
  return new ByteWriter()
    .u16(hello.protocolVersion)
    .u8(COUNTER_KINDS.indexOf(hello.counterKind))
    .u8(boardId.length)
    .u32(hello.counterHz)
    .u32(hello.coreHz)
    .u32(hello.imageAddress)
    .u32(hello.imageBytes)
    .u32(hello.staticRamBytes)
    .u32(hello.stackBytes)
    .u32(hello.stackUsedBytes)
    .u32(hello.receiveOverruns)
    .u32(hello.brokenFrames)
    .u32(hello.aheadBytes)
    .u32(hello.batchBytes)
    .u32(hello.features.reduce((bits, feature) => bits | (1 << FEATURES.indexOf(feature)), 0))
    .bytes(boardId)
    .bytes(encodeDescription(hello.network))
    .finish();
}

const CRC_BYTES = 4;

/** A frame's payload from a device: the message, and the CRC of the request that it answers. */
export function decodeAnswer(payload: Uint8Array): { payload: Uint8Array; requestCrc: number | undefined } {
  const end = payload.length - CRC_BYTES;
  if (end < 0) return { payload, requestCrc: undefined };
  return {
    payload: payload.subarray(0, end),
    requestCrc: new ByteReader("answer", payload.subarray(end)).u32(),
  };
}

export function encodeAnswer(payload: Uint8Array, requestCrc: number): Uint8Array {
  return new ByteWriter().bytes(payload).u32(requestCrc).finish();
}

/**
 * The version is the first field of a hello in all versions, whatever else changes.
 *
 * @throws UserError when it is another one than ours, or there is none.
 */
export function expectProtocolVersion(helloPayload: Uint8Array): void {
  const version = new ByteReader("hello", helloPayload).u16();
  if (version === PROTOCOL_VERSION) return;
  throw new UserError(
    `the device speaks protocol version ${version}, this pinfer speaks ${PROTOCOL_VERSION}`,
    version < PROTOCOL_VERSION
      ? "the firmware is older: export, build and flash it again with this version of pinfer"
      : "this pinfer is older: update it, or export, build and flash the firmware again with it",
  );
}

/** @throws UserError when the device speaks another version of the protocol, or the bytes are no hello. */
export function decodeHello(payload: Uint8Array): Hello {
  expectProtocolVersion(payload);
  const reader = new ByteReader("hello", payload);
  const protocolVersion = reader.u16();
  const kind = reader.u8();
  const counterKind = COUNTER_KINDS[kind];
  if (counterKind === undefined) throw new UserError(`hello: counter kind ${kind} is not one of 0, 1, 2, 3`);
  const boardIdBytes = reader.u8();
  const counts = Array.from({ length: 12 }, () => reader.u32());
  if ((counterKind === "cycles" || counterKind === "ticks") && counts[0] === 0) {
    throw new UserError(`hello: ${counterKind} are counted at 0 Hz`, "set counter_hz in the board's C code");
  }
  return {
    protocolVersion,
    counterKind,
    counterHz: counts[0]!,
    coreHz: counts[1]!,
    imageAddress: counts[2]!,
    imageBytes: counts[3]!,
    staticRamBytes: counts[4]!,
    stackBytes: counts[5]!,
    stackUsedBytes: counts[6]!,
    receiveOverruns: counts[7]!,
    brokenFrames: counts[8]!,
    aheadBytes: counts[9]!,
    batchBytes: counts[10]!,
    features: FEATURES.filter((_, bit) => ((counts[11]! >> bit) & 1) === 1),
    boardId: textOf(reader.bytes(boardIdBytes)),
    network: decodeDescription(reader.rest()),
  };
}

/** A tensor's bytes, without a copy: int16 is little-endian, as every machine that Node runs on has it. */
export function bytesOf(tensor: ActivationData): Uint8Array {
  return new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength);
}

export function encodeChecksum(address: number, byteCount: number): Uint8Array {
  return new ByteWriter().u32(address).u32(byteCount).finish();
}

/** What a run, of the network or of a layer, answers. */
export interface RunResult {
  /** As it was answered, int8, until it is known which network answers. */
  readonly output: ActivationData;
  /** As hello's `counterKind` says; 0 when nothing is counted. */
  readonly ticks: number;
}

export function encodeRunResult(result: RunResult): Uint8Array {
  return new ByteWriter().u32(result.ticks).bytes(bytesOf(result.output)).finish();
}

export function decodeRunResult(payload: Uint8Array): RunResult {
  const reader = new ByteReader("run answer", payload);
  const ticks = reader.u32();
  return { ticks, output: new Int8Array(reader.rest()) };
}

/** The inference a device made last, whoever asked for it: a host, a text, or its own pins. */
export interface LatestInference extends RunResult {
  /** Inferences since reset, this one included. */
  readonly count: number;
  readonly input: ActivationData;
}

export function encodeLatest({ count, ticks, input, output }: LatestInference): Uint8Array {
  return new ByteWriter().u32(count).u32(ticks).bytes(bytesOf(input)).bytes(bytesOf(output)).finish();
}

/**
 * @returns undefined when the device has made none since reset
 * @throws UserError when it has no RAM to keep an inference, or the bytes are not those of the network's tensors
 */
export function decodeLatest(payload: Uint8Array, network: NetworkDescription): LatestInference | undefined {
  const { inputs, outputs } = network;
  const reader = new ByteReader("latest inference", payload);
  const [count, ticks] = [reader.u32(), reader.u32()];
  if (count === 0) return undefined;
  if (payload.length === 8) {
    throw new UserError(
      `the device made ${count} inferences, but has no RAM to keep one`,
      "choose a board with more RAM, or lower the size of the network's input",
    );
  }
  const taken = new Int8Array(reader.bytes(portBytes(inputs)));
  const given = new Int8Array(reader.bytes(portBytes(outputs)));
  reader.expectEnd();
  return {
    count,
    ticks,
    input: valuesOfBytes(taken, inputs[0]!.elementType),
    output: valuesOfBytes(given, outputs[0]!.elementType),
  };
}

/** @param count of inputs that were sent */
export function decodeRunResults(payload: Uint8Array, count: number): RunResult[] {
  const size = payload.length / count;
  if (!Number.isInteger(size) || size < 4) throw noWholeNumber(payload, count);
  return Array.from({ length: count }, (_, i) => decodeRunResult(payload.subarray(i * size, (i + 1) * size)));
}

/** What several runs gave, and what they took together. */
export interface RunTotal {
  readonly outputs: readonly ActivationData[];
  readonly ticks: TotalTicks;
}

export function encodeRunTotal({ outputs, ticks }: RunTotal): Uint8Array {
  const writer = new ByteWriter();
  for (const output of outputs) writer.bytes(bytesOf(output));
  const low = ticks.sum % 2 ** 32;
  const high = (ticks.sum - low) / 2 ** 32;
  return writer.u32(ticks.min).u32(ticks.max).u32(low).u32(high).finish();
}

/** Of an answer to several runs besides the outputs. */
export const TOTAL_TICKS_BYTES = 16;

/** @param count of inputs that were sent */
export function decodeRunTotal(payload: Uint8Array, count: number): RunTotal {
  const size = (payload.length - TOTAL_TICKS_BYTES) / count;
  if (!Number.isInteger(size) || size < 0) throw noWholeNumber(payload, count);
  const reader = new ByteReader("answer to several runs", payload);
  const outputs = Array.from({ length: count }, () => new Int8Array(reader.bytes(size)));
  const [min, max, low, high] = [reader.u32(), reader.u32(), reader.u32(), reader.u32()];
  return { outputs, ticks: { count, min, max, sum: low + 2 ** 32 * high } };
}

function noWholeNumber({ length }: Uint8Array, count: number): UserError {
  return new UserError(`an answer to ${count} runs has ${length} bytes, no whole number for each`);
}

export function decodeChecksum(payload: Uint8Array): number {
  const reader = new ByteReader("checksum answer", payload);
  const checksum = reader.u32();
  reader.expectEnd();
  return checksum;
}

/** The state of the core when the device's program failed. Registers as in the Armv7-M manual B1.5, B3.2. */
export interface Fault {
  /** Number of the exception: 3 hard fault, 4 memory management, 5 bus fault, 6 usage fault. */
  readonly exception: number;
  /** 0, as `lr` and `xpsr`, when the stack had run over and nothing could be saved. */
  readonly pc: number;
  readonly lr: number;
  readonly xpsr: number;
  readonly cfsr: number;
  readonly hfsr: number;
  readonly bfar: number;
  readonly mmfar: number;
}

const FAULT_FIELDS = ["exception", "pc", "lr", "xpsr", "cfsr", "hfsr", "bfar", "mmfar"] as const;

export function encodeFault(fault: Fault): Uint8Array {
  const writer = new ByteWriter();
  for (const field of FAULT_FIELDS) writer.u32(fault[field]);
  return writer.finish();
}

export function decodeFault(payload: Uint8Array): Fault {
  const reader = new ByteReader("fault report", payload);
  const [exception, pc, lr, xpsr, cfsr, hfsr, bfar, mmfar] = FAULT_FIELDS.map(() => reader.u32());
  reader.expectEnd();
  return {
    exception: exception!,
    pc: pc!,
    lr: lr!,
    xpsr: xpsr!,
    cfsr: cfsr!,
    hfsr: hfsr!,
    bfar: bfar!,
    mmfar: mmfar!,
  };
}
