import { UserError } from "../base/errors.js";
import { bytesOfValues, valuesOfBytes } from "../network/elementTypes.js";
import { portBytes } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { NetworkDescription, TensorDescription } from "./description.js";
import { type ExpectedNetwork, expectModel } from "./expectModel.js";
import { wrongSize } from "./linkErrors.js";
import type { Hello, RunResult } from "./messages.js";
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

  /**
   * @param outputs of answers, as bytes
   * @returns what they are in the network's element type
   * @throws UserError when one is not of the size that hello told
   */
  takeOutputs(what: string, outputs: readonly ActivationData[]): readonly ActivationData[] {
    if (this.network === undefined) return outputs;
    const expected = portBytes(this.network.outputs);
    const [{ elementType }] = this.network.outputs as [TensorDescription];
    return outputs.map((output) => {
      if (output.byteLength !== expected) throw wrongSize(this.deviceName, what, output.byteLength, expected);
      return valuesOfBytes(bytesOfValues(output), elementType);
    });
  }

  /** The same of answers that tell more than outputs. */
  takeResults<Result extends RunResult>(what: string, results: readonly Result[]): readonly Result[] {
    const outputs = this.takeOutputs(
      what,
      results.map(({ output }) => output),
    );
    return results.map((result, index) => ({ ...result, output: outputs[index]! }));
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
