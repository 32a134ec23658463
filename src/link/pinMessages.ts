import { UserError } from "../base/errors.js";
import { ByteReader, ByteWriter } from "./bytes.js";

/** Payloads about pins; the twin of firmware/control.c. firmware/PROTOCOL.md has the bytes. */

const NO_PIN = 0xff;
const INPUT_KINDS = ["digital", "analog"] as const;
const OUTPUT_KINDS = ["threshold", "class"] as const;

export interface DevicePin {
  /** 16 · port + number, with port A = 0. */
  readonly pin: number;
  readonly isActiveLow: boolean;
}

/** What is wired to a device's network. */
export interface DevicePins {
  readonly everyMs: number;
  /** One for each value of the network's input. */
  readonly inputs: readonly (DevicePin & { readonly kind: (typeof INPUT_KINDS)[number] })[];
  /** `element`: which of the network's outputs decides. */
  readonly outputs: readonly (DevicePin & {
    readonly kind: (typeof OUTPUT_KINDS)[number];
    readonly element: number;
  })[];
  /** High while the network runs. */
  readonly timing: number | undefined;
}

export interface PinReading {
  /** On the wire, 0 or 1, or as the host set it; 0 for analog pins. */
  readonly level: number;
  /** The host set it, in the place of wire or program. */
  readonly isSet: boolean;
  /** Digital inputs: the debounced level; analog: what the ADC gave, 0..4095; outputs: 1 while on. */
  readonly reading: number;
  /** Of the network's input or output. */
  readonly value: number;
}

export interface PinReadings {
  /** Rounds of reading, inferring and driving since reset. */
  readonly rounds: number;
  /** Of the latest inference. */
  readonly ticks: number;
  /** Inputs, then outputs. */
  readonly pins: readonly PinReading[];
}

function oneOf<T>(reader: ByteReader, choices: readonly T[]): T {
  const index = reader.u8();
  const choice = choices[index];
  if (choice === undefined) throw new UserError(`the device tells kind ${index} of a pin`, "update pinfer");
  return choice;
}

export function encodeDevicePins(pins: DevicePins): Uint8Array {
  const writer = new ByteWriter()
    .u16(pins.everyMs)
    .u8(pins.inputs.length)
    .u8(pins.outputs.length)
    .u8(pins.timing ?? NO_PIN);
  for (const { pin, kind, isActiveLow } of pins.inputs) {
    writer.u8(pin).u8(INPUT_KINDS.indexOf(kind)).u8(Number(isActiveLow));
  }
  for (const { pin, kind, isActiveLow, element } of pins.outputs) {
    writer.u8(pin).u8(OUTPUT_KINDS.indexOf(kind)).u8(Number(isActiveLow)).u16(element);
  }
  return writer.finish();
}

export function decodeDevicePins(payload: Uint8Array): DevicePins {
  const reader = new ByteReader("pins", payload);
  const everyMs = reader.u16();
  const inputCount = reader.u8();
  const outputCount = reader.u8();
  const timing = reader.u8();
  const inputs = Array.from({ length: inputCount }, () => ({
    pin: reader.u8(),
    kind: oneOf(reader, INPUT_KINDS),
    isActiveLow: reader.u8() !== 0,
  }));
  const outputs = Array.from({ length: outputCount }, () => ({
    pin: reader.u8(),
    kind: oneOf(reader, OUTPUT_KINDS),
    isActiveLow: reader.u8() !== 0,
    element: reader.u16(),
  }));
  reader.expectEnd();
  return { everyMs, inputs, outputs, timing: timing === NO_PIN ? undefined : timing };
}

export function encodePinReadings({ rounds, ticks, pins }: PinReadings): Uint8Array {
  const writer = new ByteWriter().u32(rounds).u32(ticks);
  for (const { level, isSet, reading, value } of pins) {
    writer
      .u8(level)
      .u8(Number(isSet))
      .u16(reading)
      .u16(value & 0xffff);
  }
  return writer.finish();
}

export function decodePinReadings(payload: Uint8Array): PinReadings {
  const reader = new ByteReader("pin readings", payload);
  const rounds = reader.u32();
  const ticks = reader.u32();
  const pins: PinReading[] = [];
  for (let left = payload.length - 8; left > 0; left -= 6) {
    const level = reader.u8();
    const isSet = reader.u8() !== 0;
    const reading = reader.u16();
    pins.push({ level, isSet, reading, value: (reader.u16() << 16) >> 16 });
  }
  reader.expectEnd();
  return { rounds, ticks, pins };
}

/** @param value a level, or for analog pins what the ADC would give; undefined gives the pin back */
export function encodeWritePin(index: number, value: number | undefined): Uint8Array {
  return new ByteWriter()
    .u8(index)
    .u8(value === undefined ? 0 : 1)
    .u16(value ?? 0)
    .finish();
}
