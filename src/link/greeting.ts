import type { DeviceOptions } from "./deviceOptions.js";
import type { Answer, Exchange, Request } from "./exchange.js";
import { DEFAULT_TIMEOUT_MS, DEFAULT_TRIES } from "./exchange.js";
import { MessageType } from "./messages.js";

/**
 * Hello is asked this often, for as long in all as any other request: a board that boots, and an emulator that has
 * not noticed yet that its port was opened, lose the first ones.
 */
const HELLO_INTERVAL_MS = 100;
/** A device that always takes longer than that is not asked for ever. */
const MAX_HELLOS = 5;

/** Says hello to a device that may be starting. */
export class Greeting {
  private readonly request: Request;

  constructor(
    private readonly exchange: Exchange,
    { timeoutMs = DEFAULT_TIMEOUT_MS, tries = DEFAULT_TRIES }: DeviceOptions,
  ) {
    const thinkMs = Math.min(HELLO_INTERVAL_MS, timeoutMs);
    this.request = {
      what: "hello",
      type: MessageType.hello,
      payload: new Uint8Array(0),
      thinkMs,
      tries: Math.ceil((timeoutMs * tries) / thinkMs),
    };
  }

  /**
   * Asks until one hello is answered at its first try: answers come in order, so by then the late ones to repeated
   * hellos have all come, and the statistics of what follows do not depend on how long the device took to wake.
   *
   * @param tries of each; default for as long as any other request
   */
  async ask(tries = this.request.tries!): Promise<Answer> {
    if (this.exchange.isRestarting) await this.exchange.rate.fallBack();
    for (let i = 1; ; i++) {
      const { retries } = this.exchange.statistics;
      const answer = await this.exchange.ask({ ...this.request, tries });
      if (this.exchange.statistics.retries === retries || i === MAX_HELLOS) return answer;
    }
  }
}
