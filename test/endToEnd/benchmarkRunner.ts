import type { Line } from "../../src/link/line.js";
import { openProcessLine } from "../../src/link/processDevice.js";

/** What MLPerf Tiny's runner sends, byte for byte, and how it reads what comes: no code of ours between. */
export class BenchmarkRunner {
  private readonly line: Line;
  private text = "";
  private wake: () => void = () => undefined;

  constructor(executable: string) {
    this.line = openProcessLine(executable);
    this.line.listen(
      (bytes) => {
        this.text += Buffer.from(bytes).toString("latin1");
        this.wake();
      },
      () => undefined,
    );
  }

  /** What the board says by itself when it starts. */
  async start(): Promise<void> {
    await this.untilReady();
  }

  async command(text: string): Promise<string[]> {
    this.line.write(Buffer.from(`${text}%`));
    return await this.untilReady();
  }

  async name(): Promise<string | undefined> {
    return this.find(await this.command("name"), /^m-name-dut-\[([^\]]+)]$/);
  }

  async model(): Promise<string | undefined> {
    return this.find(await this.command("profile"), /^m-model-\[([^\]]+)]$/);
  }

  /** 31 bytes a line. @returns the errors that were answered, which the runner does not look at */
  async load(data: Uint8Array): Promise<string[]> {
    const answers = await this.command(`db load ${data.length}`);
    for (let i = 0; i < data.length; i += 31) {
      answers.push(...(await this.command(`db ${Buffer.from(data.subarray(i, i + 31)).toString("hex")}`)));
    }
    return answers.filter((line) => line.startsWith("e-"));
  }

  /** @returns undefined where the runner finds no results */
  async infer(): Promise<number[] | undefined> {
    const results = this.find(await this.command("infer 1 0"), /^m-results-\[([^\]]+)\]$/);
    return results?.split(",").map(Number);
  }

  close(): Promise<void> {
    return this.line.close();
  }

  private find(lines: readonly string[], pattern: RegExp): string | undefined {
    return lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
  }

  private untilReady(): Promise<string[]> {
    return new Promise((resolve) => {
      this.wake = () => {
        const end = this.text.indexOf("m-ready\r\n");
        if (end < 0) return;
        const lines = this.text.slice(0, end).split("\r\n");
        this.text = this.text.slice(end + "m-ready\r\n".length);
        this.wake = () => undefined;
        resolve(lines);
      };
      this.wake();
    });
  }
}
