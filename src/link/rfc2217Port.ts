import type { Clock } from "../base/clock.js";
import { UserError } from "../base/errors.js";
import type { Port, PortSettings } from "./port.js";
import { escapeTelnet, Telnet, TelnetDecoder, type TelnetEvent, telnetMessage } from "./telnet.js";

const BINARY = 0;
const SUPPRESS_GO_AHEAD = 3;
const COM_PORT = 44;

/** What a client says within the COM-PORT option; a server answers with the number that it has set, 100 higher. */
const Command = { baudRate: 1, dataSize: 2, parity: 3, stopSize: 4, control: 5 } as const;
const ANSWER = 100;
const parities = { none: 1, even: 3 } as const;
/** Values of the command control. RFC 2217 §3. */
const Control = {
  noFlowControl: 1,
  ...{ breakOn: 5, breakOff: 6, dtrOn: 8, dtrOff: 9, rtsOn: 11, rtsOff: 12 },
} as const;

/** So long an answer is waited for. */
const ANSWER_MS = 5000;
/** What comes before anybody listens is lost beyond it, as on a wire. */
const MOST_UNHEARD = 65_536;

interface Awaited {
  isSo(): boolean;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * A serial port behind a server that speaks Telnet with the COM-PORT option: RFC 2217.
 *
 * @param port the connection to it
 * @throws UserError when the server does not, or sets something else than asked for
 */
export async function openRfc2217Port(port: Port, settings: PortSettings, clock: Clock): Promise<Port> {
  const opened = new Rfc2217Port(port, clock);
  try {
    await opened.negotiate();
    await opened.configure(settings);
    return opened;
  } catch (error) {
    await port.close();
    throw error;
  }
}

class Rfc2217Port implements Port {
  private readonly decoder = new TelnetDecoder();
  /** Verb and option, once each: what the server said, and what it was answered. */
  private readonly heard = new Set<number>();
  private readonly answered = new Set<number>();
  /** By command: how many answers came, and the latest one's number. */
  private readonly answers = new Map<number, { count: number; value: number }>();
  private awaited: Awaited | undefined;
  private unheard: Uint8Array[] = [];
  private unheardBytes = 0;
  private broken: Error | undefined;
  private onBytes: ((bytes: Uint8Array) => void) | undefined;
  private onBroken: ((reason: Error) => void) | undefined;

  constructor(
    private readonly port: Port,
    private readonly clock: Clock,
  ) {
    port.listen(
      (bytes) => this.receive(bytes),
      (reason) => this.break(reason),
    );
  }

  get name(): string {
    return this.port.name;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.port.write(escapeTelnet(bytes));
  }

  listen(onBytes: (bytes: Uint8Array) => void, onBroken: (reason: Error) => void): void {
    this.onBytes = onBytes;
    this.onBroken = onBroken;
    queueMicrotask(() => {
      for (const bytes of this.unheard.splice(0)) onBytes(bytes);
      if (this.broken !== undefined) onBroken(this.broken);
    });
  }

  /** The server is believed that it has: some answer with another number. */
  async set({ rts = true, dtr = true, brk = false }: Parameters<Port["set"]>[0]): Promise<void> {
    await this.control(
      dtr ? Control.dtrOn : Control.dtrOff,
      rts ? Control.rtsOn : Control.rtsOff,
      brk ? Control.breakOn : Control.breakOff,
    );
  }

  close(): Promise<void> {
    return this.port.close();
  }

  async negotiate(): Promise<void> {
    for (const option of [BINARY, SUPPRESS_GO_AHEAD]) this.offer(Telnet.do, option);
    for (const option of [BINARY, SUPPRESS_GO_AHEAD, COM_PORT]) this.offer(Telnet.will, option);
    const hears = (verb: number, option: number): boolean => this.heard.has(key(verb, option));
    const isRefused = (): boolean =>
      hears(Telnet.dont, COM_PORT) || hears(Telnet.dont, BINARY) || hears(Telnet.wont, BINARY);
    const isAgreed = (): boolean =>
      (hears(Telnet.do, COM_PORT) || hears(Telnet.will, COM_PORT)) &&
      hears(Telnet.do, BINARY) &&
      hears(Telnet.will, BINARY);
    await this.wait(
      () => isRefused() || isAgreed(),
      new UserError(
        `${this.name} does not speak RFC 2217: no answer to its options within ${ANSWER_MS / 1000} s`,
        "take tcp:// for a server that gives the bytes as they are",
      ),
    );
    if (isRefused()) {
      throw new UserError(
        `${this.name} refuses ${hears(Telnet.dont, COM_PORT) ? "the COM-PORT option" : "to pass all 256 bytes"}`,
        "turn RFC 2217 on at the server; with tcp:// its own settings hold",
      );
    }
  }

  async setBaud(baudRate: number): Promise<void> {
    const rate = [24, 16, 8, 0].map((shift) => (baudRate >>> shift) & 0xff);
    await this.ask("baud rate", Command.baudRate, rate, baudRate);
  }

  async configure({ baudRate, parity = "none" }: PortSettings): Promise<void> {
    await this.setBaud(baudRate);
    await this.ask("data bits", Command.dataSize, [8], 8);
    await this.ask(`${parity} parity (its number)`, Command.parity, [parities[parity]], parities[parity]);
    await this.ask("stop bits", Command.stopSize, [1], 1);
    await this.control(Control.noFlowControl, Control.dtrOn, Control.rtsOn);
  }

  private offer(verb: number, option: number): void {
    this.answered.add(key(verb === Telnet.will ? Telnet.do : Telnet.will, option));
    this.send(Uint8Array.of(Telnet.escape, verb, option));
  }

  private send(bytes: Uint8Array): void {
    this.port.write(bytes).catch(() => undefined); // whoever listens is told
  }

  private async ask(what: string, command: number, payload: readonly number[], expected: number) {
    const count = this.countOf(command) + 1;
    this.send(telnetMessage(COM_PORT, [command, ...payload]));
    await this.wait(() => this.countOf(command) >= count, this.silence(`to set ${what} ${expected}`));
    const found = this.answers.get(command)!.value;
    if (found === expected) return;
    throw new UserError(
      `${this.name} set ${what} ${found}; expected ${expected}`,
      "its port cannot do that, or is kept as it is: look at the server's settings",
    );
  }

  private async control(...values: readonly number[]): Promise<void> {
    const count = this.countOf(Command.control) + values.length;
    for (const value of values) this.send(telnetMessage(COM_PORT, [Command.control, value]));
    await this.wait(() => this.countOf(Command.control) >= count, this.silence("to set DTR and RTS"));
  }

  private countOf(command: number): number {
    return this.answers.get(command)?.count ?? 0;
  }

  private silence(what: string): UserError {
    return new UserError(
      `${this.name} did not answer ${what} within ${ANSWER_MS / 1000} s`,
      "look at the server's own messages: its port may be gone",
    );
  }

  /** One at a time. */
  private wait(isSo: () => boolean, late: Error): Promise<void> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    if (isSo()) return Promise.resolve();
    return new Promise<void>((resolve, reject) => {
      const cancel = this.clock.after(ANSWER_MS, () => this.awaited?.reject(late));
      const settle = (): void => {
        cancel();
        this.awaited = undefined;
      };
      this.awaited = {
        isSo,
        resolve: () => {
          settle();
          resolve();
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
    });
  }

  private receive(bytes: Uint8Array): void {
    const { data, events } = this.decoder.push(bytes);
    for (const event of events) this.handle(event);
    if (data.length > 0) this.pass(data);
    if (this.awaited?.isSo()) this.awaited.resolve();
  }

  private pass(data: Uint8Array): void {
    if (this.onBytes !== undefined && this.unheard.length === 0) {
      this.onBytes(data);
    } else if (this.unheardBytes + data.length <= MOST_UNHEARD) {
      this.unheard.push(data);
      this.unheardBytes += data.length;
    }
  }

  private handle(event: TelnetEvent): void {
    if ("payload" in event) {
      const [command, ...number] = event.payload;
      if (event.option !== COM_PORT || command === undefined || command < ANSWER) return;
      // A baud rate has four bytes; one server sends more behind them, which say nothing.
      const value = number.slice(0, 4).reduce((sum, byte) => 256 * sum + byte, 0);
      this.answers.set(command - ANSWER, { count: this.countOf(command - ANSWER) + 1, value });
      return;
    }
    const { verb, option } = event;
    this.heard.add(key(verb, option));
    if (verb !== Telnet.will && verb !== Telnet.do) return;
    if (this.answered.has(key(verb, option))) return; // an answer to ours, or said before
    this.answered.add(key(verb, option));
    const isWanted = option === COM_PORT;
    const accept = verb === Telnet.will ? Telnet.do : Telnet.will;
    const refuse = verb === Telnet.will ? Telnet.dont : Telnet.wont;
    this.send(Uint8Array.of(Telnet.escape, isWanted ? accept : refuse, option));
  }

  private break(reason: Error): void {
    this.broken = reason;
    this.awaited?.reject(reason);
    this.onBroken?.(reason);
  }
}

const key = (verb: number, option: number): number => 256 * verb + option;
