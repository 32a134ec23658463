import type { ActivationData } from "../quantizedNetwork.js";
import type { NetworkDescription } from "./description.js";
import {
  DEFAULT_TIMEOUT_MS,
  DEFAULT_TRIES,
  type DeviceOptions,
  Exchange,
  type LinkStatistics,
  type Request,
} from "./exchange.js";
import type { Line } from "./line.js";
import {
  bytesOf,
  decodeChecksum,
  decodeHello,
  decodeLatest,
  decodeRunResult,
  encodeChecksum,
  encodeRunLayer,
  type Hello,
  type LatestInference,
  MessageType,
  type RunResult,
} from "./messages.js";

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
  /** The inference made last, whoever asked for it; undefined when there was none since reset. */
  latest(network: NetworkDescription): Promise<LatestInference | undefined>;
  /** CRC-32 of `byteCount` bytes of flash or RAM. */
  memoryChecksum(address: number, byteCount: number): Promise<number>;
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

const NOTHING = new Uint8Array(0);

/** Speaks the protocol over any line. */
export function openDevice(line: Line, options: DeviceOptions = {}): Device {
  return new LineDevice(line, options);
}

class LineDevice implements Device {
  readonly name: string;
  private readonly exchange: Exchange;
  private readonly helloRequest: Request;
  private turn: Promise<unknown> = Promise.resolve();

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

  async latest(network: NetworkDescription): Promise<LatestInference | undefined> {
    const request = { what: "the latest inference", type: MessageType.latest, payload: NOTHING };
    return decodeLatest(await this.request(request), network);
  }

  async memoryChecksum(address: number, byteCount: number): Promise<number> {
    const payload = encodeChecksum(address, byteCount);
    return decodeChecksum(await this.request({ what: "checksum", type: MessageType.checksum, payload }));
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
    const answer = this.turn.then(ask);
    this.turn = answer.catch(() => undefined);
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
