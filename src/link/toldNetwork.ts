import { UserError } from "../base/errors.js";
import { portBytes } from "../network/ports.js";
import type { NetworkDescription } from "./description.js";
import { type ExpectedNetwork, expectModel } from "./expectModel.js";
import { wrongSize } from "./linkErrors.js";
import type { Hello } from "./messages.js";
import { limitsOf, type RunLimits } from "./runLimits.js";

/** What a device's hello has told, against which its answers are held. */
export class ToldNetwork {
  private network: NetworkDescription | undefined;
  private expected: ExpectedNetwork | undefined;
  private limits: RunLimits | undefined;

  constructor(
    private readonly deviceName: string,
    /** For any request, besides what the network takes. */
    private readonly timeoutMs: number,
  ) {}

  /**
   * @param expected what the host wants to run; without it, that of an earlier hello
   * @throws UserError when the device carries another network, or other than before
   */
  take(hello: Hello, expected = this.expected): RunLimits {
    if (expected !== undefined) expectModel(hello, expected);
    this.expectSame(hello.network);
    this.network = hello.network;
    this.expected = expected;
    this.limits = limitsOf(hello, expected?.macs);
    return this.limits;
  }

  /** The next hello may tell of another: its tables were replaced. */
  forget(): void {
    this.network = undefined;
    this.expected = undefined;
  }

  /** How many inputs one request may bring. */
  get batchSize(): number {
    return this.limits?.batchSize ?? 1;
  }

  /** The device's time to think for so many runs. */
  thinkMs(runs: number): number {
    const { runMs, mostMs } = this.limits ?? { runMs: 0, mostMs: 0 };
    return this.timeoutMs + Math.min(runs * runMs, mostMs);
  }

  /** @throws UserError when what one run leaves would be in the next, whoever asked for it */
  expectStateless(): void {
    if (this.network === undefined || this.network.stateBytes === 0) return;
    throw new UserError(
      `network "${this.network.name}" on ${this.deviceName} keeps ${this.network.stateBytes} B from one run to the next: ` +
        "it takes sequences of steps, and no single runs",
      "`pinfer compare` and `infer` run sequences",
    );
  }

  /** @throws UserError when an answer's output is not of the size that hello told */
  expectOutputs(what: string, outputs: readonly Int8Array[]): void {
    if (this.network === undefined) return;
    const expected = portBytes(this.network.outputs);
    const wrong = outputs.find(({ length }) => length !== expected);
    if (wrong !== undefined) throw wrongSize(this.deviceName, what, wrong.length, expected);
  }

  /** What was read, planned and shown for one network would be wrong for another. */
  private expectSame(network: NetworkDescription): void {
    const before = this.network;
    if (before === undefined || JSON.stringify(before) === JSON.stringify(network)) return;
    throw new UserError(
      `${this.deviceName} says that it runs network "${network.name}" ${network.hash.slice(0, 8)}; ` +
        `it was "${before.name}" ${before.hash.slice(0, 8)} before`,
      "begin again with the firmware that is on the board now",
    );
  }
}
