import { UserError } from "../base/errors.js";
import type { Answer, Request } from "./exchange.js";
import { Refusal, unlessUnknown } from "./linkErrors.js";
import { MessageType, OUT_OF_ORDER } from "./messages.js";
import {
  type DevicePins,
  decodeDevicePins,
  decodePinReadings,
  encodeWritePin,
  type PinReadings,
} from "./pinMessages.js";
import {
  type DeviceWindows,
  decodeDeviceWindows,
  decodeMomentAnswer,
  encodeMoment,
  type MomentAnswer,
} from "./windowMessages.js";

const NOTHING = new Uint8Array(0);

/** What a device is asked about its pins. */
export class PinRequests {
  /** As the device described them. */
  private count: number | undefined;

  constructor(
    private readonly deviceName: string,
    private readonly ask: (request: Request) => Promise<Answer>,
  ) {}

  async describe(): Promise<DevicePins | undefined> {
    const pins = await this.askIfKnown("describe pins", MessageType.describePins, decodeDevicePins);
    this.count = pins && pins.inputs.length + pins.outputs.length;
    return pins;
  }

  async read(): Promise<PinReadings> {
    const request = { what: "read pins", type: MessageType.readPins, payload: NOTHING };
    const readings = decodePinReadings((await this.ask(request)).payload);
    const { count = readings.pins.length } = this;
    if (readings.pins.length === count) return readings;
    throw new UserError(
      `${this.deviceName} answered read pins with ${readings.pins.length} pins; it said that it has ${count}`,
      "export, build and flash the firmware again",
    );
  }

  async set(index: number, value: number | undefined): Promise<void> {
    const payload = encodeWritePin(index, value);
    await this.ask({ what: `set pin ${index}`, type: MessageType.writePin, payload });
  }

  describeWindows(): Promise<DeviceWindows | undefined> {
    return this.askIfKnown("describe windows", MessageType.describeWindows, decodeDeviceWindows);
  }

  /** @param thinkMs of an inference */
  async takeMoment(
    position: number,
    readings: readonly (number | undefined)[],
    thinkMs: number,
  ): Promise<MomentAnswer> {
    const payload = encodeMoment(position, readings);
    const request = { what: `moment ${position}`, type: MessageType.takeMoment, payload, thinkMs };
    try {
      return decodeMomentAnswer((await this.ask(request)).payload);
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== OUT_OF_ORDER) throw error;
      throw new UserError(
        `${this.deviceName} refused moment ${position}: it does not follow the latest one (-4)`,
        "the board takes moments by its own clock again 3 s after the latest request: begin with moment 0",
        { cause: error },
      );
    }
  }

  /** @returns undefined from firmware that does not know the request */
  private askIfKnown<T>(
    what: string,
    type: number,
    decode: (payload: Uint8Array) => T,
  ): Promise<T | undefined> {
    return unlessUnknown(async () => decode((await this.ask({ what, type, payload: NOTHING })).payload));
  }
}
