import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { packageRoot } from "../base/packageRoot.js";
import { stolenMsOf } from "../link/processTime.js";
import type { EmulatedPins } from "./emulatedPins.js";
import type { ChipAnswer, ChipQuestion } from "./rp2040Messages.js";

/** Compiled, even where this file runs as TypeScript: the process is Node's own. */
const childPath = join(packageRoot, "dist", "src", "board", "rp2040Child.js");

export interface VirtualRp2040 {
  /** "tcp://127.0.0.1:40123"; the chip starts when a program connects. */
  readonly portPath: string;
  readonly pins: EmulatedPins;
  stolenMs(): number;
  stop(): Promise<void>;
}

/**
 * Runs an image on rp2040js, in a process of its own that ends with `stop()`, and with this process at the latest.
 *
 * @throws UserError when the boot ROM would not start the image
 */
export async function startVirtualRp2040(elf: string): Promise<VirtualRp2040> {
  // The channel between both closes when one of them ends.
  const child = fork(childPath, [elf], { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
  const exited = once(child, "exit").catch(() => undefined);
  const { ask, port } = converse(child, elf);
  const number = await port;
  child.unref(); // none of the three keeps this process alive
  child.channel?.unref();
  (child.stderr as Socket).unref();
  return {
    portPath: `tcp://127.0.0.1:${number}`,
    pins: {
      drive: async (pin, level) => {
        await ask({ pin, level });
      },
      read: (pin) => ask({ pin }),
      driveAnalog: async (channel, reading) => {
        await ask({ channel, reading });
      },
    },
    stolenMs: () => stolenMsOf(child.pid),
    stop: async () => {
      child.ref();
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Questions and answers, in order; the first answer is the port. */
function converse(child: ChildProcess, elf: string) {
  const waiting: { resolve: (value: number) => void; reject: (error: Error) => void }[] = [];
  const port = new Promise<number>((resolve, reject) => waiting.push({ resolve, reject }));
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.on("message", (answer: ChipAnswer) => {
    const next = waiting.shift();
    if ("error" in answer) next?.reject(new UserError(`${elf}: ${answer.error}`));
    else next?.resolve("port" in answer ? answer.port : answer.level);
  });
  child.on("close", (code) => {
    for (const { reject } of waiting.splice(0)) {
      reject(new Error(`rp2040js ended with code ${code}:\n${said.trimEnd()}`));
    }
  });
  const ask = (question: ChipQuestion): Promise<number> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.send(question, (error) => {
        if (error !== null) reject(error); // it has ended
      });
    });
  return { ask, port };
}
