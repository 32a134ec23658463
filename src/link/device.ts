import type { ActivationData } from "../quantizedNetwork.js";
import {
  DEFAULT_TIMEOUT_MS,
  DEFAULT_TRIES,
  type DeviceOptions,
  DeviceRefusal,
  Exchange,
  type LinkStatistics,
  type Request,
} from "./exchange.js";
import type { Line } from "./line.js";
import {
  bytesOf,
  decodeChecksum,
  decodeHello,
  decodeRunResult,
  encodeChecksum,
  encodeRunLayer,
  type Hello,
  MessageType,
  type RunResult,
} from "./messages.js";

import {
  type DevicePins,
  decodeDevicePins,
  decodePinReadings,
  encodeWritePin,
  type PinReadings,
} from "./pinMessages.js";

export type { DeviceOptions, LinkStatistics } from "./exchange.js";

/** A board, or the host firmware, that answers over a line. Requests wait for one another. */
export interface Device {
  /** What messages call it: the port's path. */
  readonly name: string;
  readonly statistics: LinkStatistics;
  hello(): Promise<Hello>;
  /** Runs the whole network; `input` of its element type, flat. */
  run(input: ActivationData): Promise<RunResult>;
  /** Runs layer `index` alone, in order from 0, which takes the input. */
  runLayer(index: number, input?: ActivationData): Promise<RunResult>;
  /** CRC-32 of `byteCount` bytes of flash or RAM. */
  memoryChecksum(address: number, byteCount: number): Promise<number>;
  /** What is wired to the network; undefined for firmware without a pin map. */
  describePins(): Promise<DevicePins | undefined>;
  /** What the pins are at now, in the order of {@link describePins}: inputs, then outputs. */
  readPins(): Promise<PinReadings>;
  /** Sets a pin in the place of wire or program; undefined gives it back. */
  setPin(index: number, value: number | undefined): Promise<void>;
  /** Starts the firmware anew; returns when it answers again. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Hello is asked this often, for as long in all as any other request: a board that boots, and an emulator that has
 * not noticed yet that its port was opened, lose the first ones.
 */
const HELLO_INTERVAL_MS = 100;
/** A device that always takes longer than that is not asked for ever. */
const MAX_HELLOS = 5;

/** The status of firmware that has no such request. */
const UNKNOWN_REQUEST = -1;

const NOTHING = new Uint8Array(0);

/** Speaks the protocol over any line. */
export function openDevice(line: Line, options: DeviceOptions = {}): Device {
  return new LineDevice(line, options);
}

class LineDevice implements Device {
  readonly name: string;
  private readonly exchange: Exchange;
  private readonly helloRequest: Request;
  private latest: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly line: Line,
    options: DeviceOptions,
  ) {
    this.name = line.name;
    this.exchange = new Exchange(line, options);
    const { timeoutMs = DEFAULT_TIMEOUT_MS, tries = DEFAULT_TRIES } = options;
    const thinkMs = Math.min(HELLO_INTERVAL_MS, timeoutMs);
    this.helloRequest = {
      what: "hello",
      type: MessageType.hello,
      payload: NOTHING,
      thinkMs,
      tries: Math.ceil((timeoutMs * tries) / thinkMs),
    };
  }

  get statistics(): LinkStatistics {
    return this.exchange.statistics;
  }

  async hello(): Promise<Hello> {
    return decodeHello(await this.inTurn(() => this.askHello()));
  }

  async run(input: ActivationData): Promise<RunResult> {
    const payload = bytesOf(input);
    return decodeRunResult(await this.request({ what: "run", type: MessageType.run, payload }));
  }

  async runLayer(index: number, input?: ActivationData): Promise<RunResult> {
    const payload = encodeRunLayer(index, input);
    const what = `run layer ${index}`;
    return decodeRunResult(await this.request({ what, type: MessageType.runLayer, payload }));
  }

  async memoryChecksum(address: number, byteCount: number): Promise<number> {
    const payload = encodeChecksum(address, byteCount);
    return decodeChecksum(await this.request({ what: "checksum", type: MessageType.checksum, payload }));
  }

  async describePins(): Promise<DevicePins | undefined> {
    const request = { what: "describe pins", type: MessageType.describePins, payload: NOTHING };
    try {
      return decodeDevicePins(await this.request(request));
    } catch (error) {
      if (error instanceof DeviceRefusal && error.status === UNKNOWN_REQUEST) return undefined;
      throw error;
    }
  }

  async readPins(): Promise<PinReadings> {
    return decodePinReadings(
      await this.request({ what: "read pins", type: MessageType.readPins, payload: NOTHING }),
    );
  }

  async setPin(index: number, value: number | undefined): Promise<void> {
    const payload = encodeWritePin(index, value);
    await this.request({ what: `set pin ${index}`, type: MessageType.writePin, payload });
  }

  async reset(): Promise<void> {
    await this.inTurn(async () => {
      await this.exchange.ask({ what: "reset", type: MessageType.reset, payload: NOTHING });
      this.exchange.isRestarting = true;
      return this.askHello();
    });
  }

  async close(): Promise<void> {
    this.exchange.break(new Error(`${this.name} was closed`));
    await this.line.close();
  }

  /** Waits for a device that starts anew. */
  private request(request: Request): Promise<Uint8Array> {
    return this.inTurn(async () => {
      if (this.exchange.isRestarting) await this.askHello();
      return this.exchange.ask(request);
    });
  }

  private inTurn(ask: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const answer = this.latest.then(ask);
    this.latest = answer.catch(() => undefined);
    return answer;
  }

  /**
   * Asks until one hello is answered at its first try: answers come in order, so by then the late ones to repeated
   * hellos have all come, and the statistics of what follows do not depend on how long the device took to wake.
   */
  private async askHello(): Promise<Uint8Array> {
    for (let i = 1; ; i++) {
      const { retries } = this.statistics;
      const answer = await this.exchange.ask(this.helloRequest);
      if (this.statistics.retries === retries || i === MAX_HELLOS) return answer;
    }
  }
}
