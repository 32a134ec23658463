import { type Clock, systemClock } from "../base/clock.js";
import { UserError } from "../base/errors.js";
import { printable, quoted, shortened } from "../base/printable.js";
import type { Line } from "./line.js";

const DEFAULT_TIMEOUT_MS = 5000;
/** A board that boots, or an emulator that has not noticed that its port was opened, loses the first greetings. */
const GREETING_INTERVAL_MS = 200;
const GREETINGS = 25;
/** What a `db` line carries in the public runner: 2 · 31 digits and "db " stay below 80 characters. */
const BYTES_PER_LINE = 31;
const LOAD_TRIES = 3;
/** Inferences print nothing while they run. */
const INFER_TIMEOUT_MS = 120_000;
/** No text and no escape: it ends whatever half of a frame or a command the device still holds. */
const FRAME_END = 0xc0;
const READY = "m-ready";
/** A longer answer is none: more than any input that is printed, and any results. */
const MAX_ANSWER_BYTES = 1 << 20;
/** More than greetings are answered, and a boot tells, while nobody looks. */
const MAX_ANSWERS = 64;
/** Of lines that were not expected, so many are shown. */
const SHOWN_LINES = 4;

/** What `infer` answers. */
export interface TextInference {
  /** Microseconds from the lap's start to its end: `runs` inferences. */
  readonly lapMicroseconds: number;
  readonly runs: number;
  /** The results as they were printed: decimal numbers. */
  readonly results: readonly string[];
}

/** What a board tells of the model it carries. */
export interface TextProfile {
  readonly model: string;
  /** How it takes inputs; undefined: as the network does. */
  readonly input: "u8" | "f32" | undefined;
  /** What it answers; undefined: the outputs. */
  readonly output: "mse" | undefined;
  /** What its times are, where they are none. */
  readonly times: string | undefined;
}

export interface TextDeviceOptions {
  /** How long an answer may take, besides the time of its bytes on the line. Default 5000. */
  readonly timeoutMs?: number;
  /** Takes each line that is sent ("> name%") and that comes. */
  readonly log?: (line: string) => void;
  /** By which a board is silent; default the system's. */
  readonly clock?: Clock;
}

/** A board that speaks the text protocol of MLPerf Tiny: firmware/PROTOCOL.md, "Text". One command at a time. */
export class TextDevice {
  readonly name: string;
  private readonly timeoutMs: number;
  private readonly clock: Clock;
  /** The lines that have come of an answer, and what has come of the next one. */
  private lines: string[] = [];
  private partial = "";
  /** Answers that have come whole, up to their m-ready. */
  private answers: string[][] = [];
  /** Of the answer that comes in. */
  private answerBytes = 0;
  private broken: Error | undefined;
  /** Looks at what has come; set while somebody waits. */
  private wake: () => void = () => undefined;

  constructor(
    private readonly line: Line,
    private readonly options: TextDeviceOptions = {},
  ) {
    this.name = line.name;
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.clock = options.clock ?? systemClock;
    line.listen(
      (bytes) => {
        this.receive(Buffer.from(bytes).toString("latin1"));
        this.wake();
      },
      (reason) => {
        this.broken ??= reason;
        this.wake();
      },
    );
  }

  /** Greets until the board answers, and gives its name: "dut-[pinfer]". */
  async greet(): Promise<string> {
    for (let i = 0; i < GREETINGS; i++) {
      this.line.write(Uint8Array.of(FRAME_END));
      const lines = await this.exchange("name", GREETING_INTERVAL_MS);
      const name = lines?.map((line) => /^m-name-(.+)$/.exec(line)?.[1]).find((found) => found !== undefined);
      if (name === undefined) continue;
      await this.readUntilQuiet();
      return name;
    }
    throw new UserError(
      `no answer to name% from ${this.name} in ${GREETINGS * GREETING_INTERVAL_MS} ms`,
      "export the firmware with --dut, and check that the board is powered, flashed and wired to this port",
    );
  }

  /**
   * Sends a command and gives the lines of its answer, without the m-ready that ends it.
   *
   * @throws UserError when the answer holds an error, or does not come in time
   */
  async command(text: string, timeoutMs = this.timeoutMs): Promise<string[]> {
    const lines = await this.exchange(text, timeoutMs);
    if (lines === undefined) {
      throw new UserError(
        `no ${READY} from ${this.name} after "${text}%" in ${timeoutMs} ms`,
        "check the cable and the baud rate, and reset the board",
      );
    }
    const error = lines.find((line) => line.startsWith("e-"));
    if (error !== undefined)
      throw new UserError(`${this.name} answered ${shortened(error, 120)} to "${text}%"`);
    return lines;
  }

  /** The model the board says it carries. */
  async model(): Promise<string> {
    return (await this.profile()).model;
  }

  /** @throws UserError when it takes or answers what this host does not know */
  async profile(): Promise<TextProfile> {
    const lines = await this.command("profile");
    const [, model] = this.find(lines, /^m-model-\[(.*)\]$/, "profile");
    const told = (what: string): string | undefined =>
      lines
        .map((line) => new RegExp(`^m-${what}-\\[(.*)\\]$`).exec(line)?.[1])
        .find((value) => value !== undefined);
    const [input, output] = [told("input"), told("output")];
    if (
      !(input === undefined || input === "u8" || input === "f32") ||
      !(output === undefined || output === "mse")
    ) {
      throw new UserError(
        `${this.name} takes ${printable(input ?? "the input")} and answers ${printable(output ?? "the outputs")}`,
        "this pinfer knows inputs u8 and f32, and the answer mse; take the one that exported the firmware",
      );
    }
    const times = /emulated: not time, (.*)$/.exec(told("profile") ?? "")?.[1];
    return { model: model!, input, output, times };
  }

  /** Loads an input and reads it back: the protocol itself has no checksum. */
  async load(bytes: Uint8Array): Promise<void> {
    for (let i = 0; i < LOAD_TRIES; i++) {
      await this.command(`db load ${bytes.length}`);
      for (let start = 0; start < bytes.length; start += BYTES_PER_LINE) {
        await this.command(`db ${hex(bytes.subarray(start, start + BYTES_PER_LINE))}`);
      }
      const printed = await this.command("db print", this.timeoutMs + this.lineMs(4 * bytes.length));
      const stored = printed.map((line) => line.replace(/^m-buffer-/, "").replaceAll("-", "")).join("");
      if (stored === hex(bytes)) return;
    }
    throw new UserError(
      `${this.name} holds other bytes than those sent, ${LOAD_TRIES} times in a row`,
      "check the baud rate (115200), the ground wire and the cable's length",
    );
  }

  async infer(runs: number, warmup: number): Promise<TextInference> {
    const lines = await this.command(`infer ${runs} ${warmup}`, INFER_TIMEOUT_MS);
    const laps = lines.map((line) => /^m-lap-us-(\d+)$/.exec(line)).filter((lap) => lap !== null);
    const [, list] = this.find(lines, /^m-results-\[(.*)\]$/, "infer");
    if (laps.length !== 2) {
      throw new UserError(`${this.name} answered ${laps.length} times to infer; expected two: start and end`);
    }
    const [start, end] = laps.map((lap) => Number(lap[1]));
    return { lapMicroseconds: (end! - start!) >>> 0, runs, results: list!.split(",") };
  }

  close(): Promise<void> {
    return this.line.close();
  }

  private find(lines: readonly string[], pattern: RegExp, what: string): RegExpExecArray {
    for (const line of lines) {
      const found = pattern.exec(line);
      if (found !== null) return found;
    }
    const shown = lines.slice(0, SHOWN_LINES).map(quoted).join(", ");
    const rest = lines.length > SHOWN_LINES ? ` … ${lines.length} lines` : "";
    throw new UserError(
      `${this.name} answered ${what} with ${shown || "nothing"}${rest}; expected ${pattern}`,
    );
  }

  /** Late answers to earlier greetings, and to a boot, would be taken for those of the next commands. */
  private async readUntilQuiet(): Promise<void> {
    for (let answers = 0; (await this.readLines(GREETING_INTERVAL_MS)) !== undefined; answers++) {
      if (answers === MAX_ANSWERS) throw this.neverQuiet();
    }
    this.forget();
  }

  private neverQuiet(): UserError {
    return new UserError(
      `${this.name} says ${READY} again and again without being asked`,
      "reset the board; if that does not help, flash firmware that was exported with --dut",
    );
  }

  private forget(): void {
    this.lines = [];
    this.answers = [];
    this.partial = "";
    this.answerBytes = 0;
  }

  /** Cuts what comes into lines, and lines into answers; each byte is looked at once. */
  private receive(text: string): void {
    if (this.broken !== undefined) return;
    const pieces = text.split("\n");
    for (const [i, piece] of pieces.entries()) {
      this.answerBytes += piece.length + (i === 0 ? 0 : 1); // with the line feed before it
      if (this.answerBytes > MAX_ANSWER_BYTES) {
        this.broken ??= new UserError(
          `${this.name} has sent more than ${MAX_ANSWER_BYTES} bytes without ${READY}`,
          "check the baud rate (115200), reset the board, and export its firmware with --dut",
        );
        return;
      }
      this.partial += piece;
      if (i === pieces.length - 1) return;
      const line = this.partial.replace(/\r$/, "");
      this.partial = "";
      if (line.endsWith(READY)) {
        if (this.answers.length === MAX_ANSWERS) {
          this.broken ??= this.neverQuiet();
          return;
        }
        this.answers.push(this.lines);
        this.lines = [];
        this.answerBytes = 0;
      } else this.lines.push(line);
    }
  }

  /** @returns undefined when no m-ready came in time */
  private async exchange(text: string, timeoutMs: number): Promise<string[] | undefined> {
    this.forget();
    this.options.log?.(`> ${text}%`);
    this.line.write(Buffer.from(`${text}%`, "latin1"));
    return await this.readLines(timeoutMs + this.lineMs(text.length));
  }

  private lineMs(byteCount: number): number {
    return Math.ceil((2000 * byteCount) / this.line.bytesPerSecond);
  }

  /** The lines up to the next m-ready. */
  private readLines(waitMs: number): Promise<string[] | undefined> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        cancelDeadline();
        this.wake = () => undefined;
        settle();
      };
      const cancelDeadline = this.clock.after(waitMs, () => finish(() => resolve(undefined)));
      this.wake = () => {
        const lines = this.answers.shift();
        if (lines === undefined) {
          if (this.broken !== undefined) finish(() => reject(this.broken));
          return;
        }
        for (const line of lines) this.options.log?.(line);
        finish(() => resolve(lines));
      };
      this.wake();
    });
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
