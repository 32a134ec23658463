import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { startPinfer } from "../cli/pinfer.js";

export interface StartedBoard {
  readonly child: ChildProcess;
  readonly port: string;
  readonly control: string;
  readonly state: string;
  /** One line to its standard input, answered. */
  ask(line: string): Promise<string>;
  readonly ended: ReturnType<typeof startPinfer>["ended"];
}

/** A virtual board as a program of its own, which ends with its standard input. */
export async function startBoard(
  programArguments: readonly string[] = [],
  options: Parameters<typeof startPinfer>[1] = {},
): Promise<StartedBoard> {
  const { child, ended } = startPinfer(["board", "--json", ...programArguments], options);
  let text = "";
  let wake = (): void => undefined;
  child.stdout!.on("data", (chunk) => {
    text += chunk;
    wake();
  });
  const nextLine = async (): Promise<string> => {
    while (!text.includes("\n")) {
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        ended.then(({ stderr }) => expect.fail(`the board ended: ${stderr}`)),
      ]);
    }
    const line = text.slice(0, text.indexOf("\n"));
    text = text.slice(line.length + 1);
    return line;
  };
  const { port, control, state } = JSON.parse(await nextLine());
  const ask = (line: string): Promise<string> => {
    child.stdin!.write(`${line}\n`);
    return nextLine();
  };
  return { child, port, control, state, ask, ended };
}

/** Processes whose environment holds this value, as "pid command line". */
export function processesWith(value: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, "utf8").includes(value)) return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return command === "" ? [] : [`${pid} ${command}`]; // a zombie has none
      } catch {
        return []; // ended meanwhile
      }
    });
}
