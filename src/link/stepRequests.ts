import type { ActivationData } from "../network/quantizedNetwork.js";
import type { BatchAnswer } from "./device.js";
import type { Answer, Request } from "./exchange.js";
import { decodeRunResults, MessageType } from "./messages.js";
import { encodeSteps } from "./stepMessages.js";
import type { ToldNetwork } from "./toldNetwork.js";

/** Asks a device whose network keeps states for steps. */
export class StepRequests {
  /** CRC-32 of the latest request for step 0: the sequence's name. */
  private sequence = 0;

  constructor(
    private readonly told: ToldNetwork,
    private readonly ask: (request: Request) => Promise<Answer>,
  ) {}

  async run(number: number, inputs: readonly ActivationData[]): Promise<BatchAnswer> {
    const { length } = inputs;
    const what = length === 1 ? `step ${number}` : `steps ${number} to ${number + length - 1}`;
    const payload = encodeSteps(number, number === 0 ? 0 : this.sequence, inputs);
    const thinkMs = this.told.thinkMs(length);
    const answer = await this.ask({ what, type: MessageType.step, payload, thinkMs });
    if (number === 0) this.sequence = answer.requestCrc;
    const results = decodeRunResults(answer.payload, length);
    return { results: this.told.takeResults(what, results), lineBytes: answer.lineBytes };
  }
}
