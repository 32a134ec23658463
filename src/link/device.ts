import { concatenateBytes } from "../base/bytes.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { NetworkDescription } from "./description.js";
import type { DeviceOptions, LinkStatistics } from "./deviceOptions.js";
import { type Answer, DEFAULT_TIMEOUT_MS, Exchange, type Request } from "./exchange.js";
import type { ExpectedNetwork } from "./expectModel.js";
import { Greeting } from "./greeting.js";
import { decodeHealth, type Health } from "./healthMessages.js";
import type { Line } from "./line.js";
import { unlessUnknown } from "./linkErrors.js";
import {
  bytesOf,
  decodeChecksum,
  decodeHello,
  decodeLatest,
  decodeRunResult,
  decodeRunResults,
  decodeRunTotal,
  encodeChecksum,
  type Hello,
  type LatestInference,
  MessageType,
  type RunResult,
  type RunTotal,
} from "./messages.js";
import type { DevicePins, PinReadings } from "./pinMessages.js";
import { PinRequests } from "./pinRequests.js";
import { lowerRate, raiseRate } from "./raiseRate.js";
import type { DeviceSlots } from "./slotMessages.js";
import { SlotRequests } from "./slotRequests.js";
import { encodeRunLayer } from "./stepMessages.js";
import { StepRequests } from "./stepRequests.js";
import { ToldNetwork } from "./toldNetwork.js";
import type { DeviceWindows, MomentAnswer } from "./windowMessages.js";

export type { DeviceOptions, LinkStatistics } from "./deviceOptions.js";

/** What a device gave for an input, and what that took. */
export interface RunAnswer extends RunResult {
  /** On the line, of request and answer, each once. */
  readonly lineBytes: number;
}

/** What a device gave for several inputs, in their order. */
export interface BatchAnswer {
  readonly results: readonly RunResult[];
  /** On the line, of request and answer, each once. */
  readonly lineBytes: number;
}

/** The same with the ticks of all together. */
export interface TotalAnswer extends RunTotal {
  readonly lineBytes: number;
}

/** A board, or the host firmware, that answers over a line. Requests are answered in the order they were made. */
export interface Device {
  /** What messages call it: the port's path. */
  readonly name: string;
  readonly statistics: LinkStatistics;
  /**
   * @param expected what the device must carry, as `describeProgram` tells it: time limits of runs come from it
   * @throws UserError when it carries another network, or other than at an earlier hello
   */
  hello(expected?: ExpectedNetwork): Promise<Hello>;
  /**
   * Runs the whole network; `input` of its element type, flat. Runs that are asked side by side follow one another
   * without a pause, on devices that can hold what comes in while they work.
   */
  run(input: ActivationData): Promise<RunAnswer>;
  /**
   * Runs the whole network on several inputs, at most `batchSize`, in one request: far fewer bytes for small inputs.
   */
  runMany(inputs: readonly ActivationData[]): Promise<BatchAnswer>;
  /** The same with the ticks of all together. */
  runTotal(inputs: readonly ActivationData[]): Promise<TotalAnswer>;
  /** How many inputs one request may bring; 1 until a hello has told. */
  readonly batchSize: number;
  /**
   * Runs consecutive steps of a sequence, at most `batchSize`, on a network that keeps states; step 0 resets them.
   *
   * @throws Refusal of status OUT_OF_ORDER when the device is at another step: the sequence begins anew
   */
  runSteps(number: number, inputs: readonly ActivationData[]): Promise<BatchAnswer>;
  /**
   * Runs layer `index` alone, in order from 0, which takes what the network keeps, where it does, and the input. Its output
   * is told as bytes, int8, whatever its element type.
   */
  runLayer(index: number, input?: ActivationData, states?: Uint8Array): Promise<RunAnswer>;
  /** The inference made last, whoever asked for it; undefined when there was none since reset. */
  latest(network: NetworkDescription): Promise<LatestInference | undefined>;
  /** How it fares since its reset; undefined for firmware that does not tell. */
  health(): Promise<Health | undefined>;
  /**
   * Both sides go over to another rate, 115 200 until then. Should nothing be answered there they go back to it.
   *
   * @param baud 9 600 to 921 600
   * @throws UserError when port, firmware or board cannot, or nothing is answered; the device answers at 115 200 then
   */
  setBaud(baud: number): Promise<void>;
  /** CRC-32 of `byteCount` bytes of flash or RAM. */
  memoryChecksum(address: number, byteCount: number): Promise<number>;
  /**
   * Numbers the requests from now on. A number may make a frame a byte longer, so the same requests take the same bytes
   * only if they have the same numbers.
   */
  numberFrom(count: number): void;
  /** What is wired to the network; undefined for firmware without a pin map. */
  describePins(): Promise<DevicePins | undefined>;
  /** What the pins are at now, in the order of {@link describePins}: inputs, then outputs. */
  readPins(): Promise<PinReadings>;
  /** Sets a pin in the place of wire or program; undefined gives it back. */
  setPin(index: number, value: number | undefined): Promise<void>;
  /** How the network's windows are cut; undefined for firmware without any. */
  describeWindows(): Promise<DeviceWindows | undefined>;
  /**
   * A moment of windows: the pins are read now, or have these readings; the device's own clock waits meanwhile.
   *
   * @param position 0 for the first, with which the windows begin anew
   * @param readings one for each input pin; undefined: what it reads
   */
  takeMoment(position: number, readings: readonly (number | undefined)[]): Promise<MomentAnswer>;
  /** Where other tables of its network may stand; undefined for firmware that was exported without slots. */
  describeSlots(): Promise<DeviceSlots | undefined>;
  /** Writes a piece into the slot that is not in use; the first, at 0, erases it. Both are multiples of four. */
  writeSlot(offset: number, bytes: Uint8Array): Promise<void>;
  /** Makes what was written the newest: the next start runs with it, and tells another network. */
  commitSlot(size: number, crc: number): Promise<void>;
  /** Starts the firmware anew; returns when it answers again. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const NOTHING = new Uint8Array(0);

/** Speaks the protocol over any line. */
export function openDevice(line: Line, options: DeviceOptions = {}): Device {
  return new LineDevice(line, options);
}

class LineDevice implements Device {
  readonly name: string;
  private readonly exchange: Exchange;
  private readonly greeting: Greeting;
  private readonly told: ToldNetwork;
  private readonly pins: PinRequests;
  private readonly slots: SlotRequests;
  private readonly steps: StepRequests;
  /** All that was asked so far is done. */
  private last: Promise<unknown> = Promise.resolve();
  /** Runs that were asked after `last`, side by side. */
  private readonly runs = new Set<Promise<unknown>>();
  private waking: Promise<unknown> | undefined;
  /** CRC-32 of the latest request for layer 0. */
  private sequence = 0;

  constructor(
    private readonly line: Line,
    options: DeviceOptions,
  ) {
    this.name = line.name;
    this.exchange = new Exchange(line, options);
    this.pins = new PinRequests(line.name, (request) => this.ask(request));
    this.slots = new SlotRequests((request) => this.ask(request));
    this.told = new ToldNetwork(line.name, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    this.steps = new StepRequests(this.told, (request) => this.ask(request));
    this.greeting = new Greeting(this.exchange, options);
  }

  get statistics(): LinkStatistics {
    return this.exchange.statistics;
  }

  get batchSize(): number {
    return this.told.batchSize;
  }

  numberFrom(count: number): void {
    this.exchange.numberFrom(count);
  }

  hello(expected?: ExpectedNetwork): Promise<Hello> {
    return this.inTurn(async () => {
      const hello = decodeHello((await this.greeting.ask()).payload);
      const { longestAnswer } = this.told.take(hello, expected);
      this.exchange.aheadBytes = hello.aheadBytes;
      this.exchange.longestAnswer = Math.max(this.exchange.longestAnswer, longestAnswer);
      return hello;
    });
  }

  run(input: ActivationData): Promise<RunAnswer> {
    return this.sideBySide(async () => {
      this.told.expectStateless();
      const payload = bytesOf(input);
      const answer = await this.ask({
        what: "run",
        type: MessageType.run,
        payload,
        thinkMs: this.told.thinkMs(1),
      });
      const [result] = this.told.takeResults("run", [decodeRunResult(answer.payload)]);
      return { ...result!, lineBytes: answer.lineBytes };
    });
  }

  runMany(inputs: readonly ActivationData[]): Promise<BatchAnswer> {
    return this.sideBySide(async () => {
      const { payload, lineBytes } = await this.askBatch(MessageType.runMany, inputs);
      const results = decodeRunResults(payload, inputs.length);
      return { results: this.told.takeResults(`${inputs.length} runs`, results), lineBytes };
    });
  }

  runTotal(inputs: readonly ActivationData[]): Promise<TotalAnswer> {
    return this.sideBySide(async () => {
      const { payload, lineBytes } = await this.askBatch(MessageType.runTotal, inputs);
      const total = decodeRunTotal(payload, inputs.length);
      const outputs = this.told.takeOutputs(`${inputs.length} runs`, total.outputs);
      return { ...total, outputs, lineBytes };
    });
  }

  private askBatch(type: number, inputs: readonly ActivationData[]): Promise<Answer> {
    this.told.expectStateless();
    const payload = concatenateBytes(inputs.map(bytesOf));
    return this.ask({
      what: `${inputs.length} runs`,
      type,
      payload,
      thinkMs: this.told.thinkMs(inputs.length),
    });
  }

  runSteps(number: number, inputs: readonly ActivationData[]): Promise<BatchAnswer> {
    return this.inTurn(() => this.steps.run(number, inputs));
  }

  runLayer(index: number, input?: ActivationData, states?: Uint8Array): Promise<RunAnswer> {
    return this.inTurn(async () => {
      const payload = encodeRunLayer(index, index === 0 ? 0 : this.sequence, input, states);
      const what = `run layer ${index}`;
      const request = { what, type: MessageType.runLayer, payload, thinkMs: this.told.thinkMs(1) };
      const answer = await this.ask(request);
      if (index === 0) this.sequence = answer.requestCrc;
      return { ...decodeRunResult(answer.payload), lineBytes: answer.lineBytes };
    });
  }

  latest(network: NetworkDescription): Promise<LatestInference | undefined> {
    const request = { what: "the latest inference", type: MessageType.latest, payload: NOTHING };
    return this.inTurn(async () => decodeLatest((await this.ask(request)).payload, network));
  }

  health(): Promise<Health | undefined> {
    const request = { what: "health", type: MessageType.health, payload: NOTHING };
    return this.inTurn(() => unlessUnknown(async () => decodeHealth((await this.ask(request)).payload)));
  }

  setBaud(baud: number): Promise<void> {
    return this.inTurn(() => raiseRate(this.exchange, this.greeting, baud));
  }

  memoryChecksum(address: number, byteCount: number): Promise<number> {
    const payload = encodeChecksum(address, byteCount);
    return this.inTurn(async () =>
      decodeChecksum((await this.ask({ what: "checksum", type: MessageType.checksum, payload })).payload),
    );
  }

  describePins(): Promise<DevicePins | undefined> {
    return this.inTurn(() => this.pins.describe());
  }

  readPins(): Promise<PinReadings> {
    return this.inTurn(() => this.pins.read());
  }

  setPin(index: number, value: number | undefined): Promise<void> {
    return this.inTurn(() => this.pins.set(index, value));
  }

  describeWindows(): Promise<DeviceWindows | undefined> {
    return this.inTurn(() => this.pins.describeWindows());
  }

  takeMoment(position: number, readings: readonly (number | undefined)[]): Promise<MomentAnswer> {
    return this.inTurn(() => this.pins.takeMoment(position, readings, this.told.thinkMs(1)));
  }

  describeSlots(): Promise<DeviceSlots | undefined> {
    return this.inTurn(() => this.slots.describe());
  }

  writeSlot(offset: number, bytes: Uint8Array): Promise<void> {
    return this.inTurn(() => this.slots.write(offset, bytes));
  }

  commitSlot(size: number, crc: number): Promise<void> {
    return this.inTurn(() => this.slots.commit(size, crc).then(() => this.told.forget()));
  }

  reset(): Promise<void> {
    return this.inTurn(async () => {
      const { baud, isRaised } = this.exchange.rate;
      await this.exchange.ask({ what: "reset", type: MessageType.reset, payload: NOTHING });
      this.exchange.isRestarting = true;
      await this.greeting.ask();
      if (isRaised) await raiseRate(this.exchange, this.greeting, baud);
    });
  }

  async close(): Promise<void> {
    if (this.exchange.rate.isRaised) await lowerRate(this.exchange).catch(() => undefined); // it went away, then
    this.exchange.break(new Error(`${this.name} was closed`));
    await this.line.close();
  }

  /** Waits for a device that starts anew. */
  private async ask(request: Request): Promise<Answer> {
    if (this.exchange.isRestarting) {
      this.waking ??= this.greeting.ask().finally(() => {
        this.waking = undefined;
      });
      await this.waking;
    }
    return this.exchange.ask(request);
  }

  /** After all that was asked in turn before, and beside other runs. */
  private sideBySide<T>(act: () => Promise<T>): Promise<T> {
    const result = this.last.then(act);
    const settled = result.catch(() => undefined).finally(() => this.runs.delete(settled));
    this.runs.add(settled);
    return result;
  }

  /** After all that was asked before, and before all that is asked later. */
  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = Promise.all([this.last, ...this.runs]).then(act);
    this.last = result.catch(() => undefined);
    return result;
  }
}
