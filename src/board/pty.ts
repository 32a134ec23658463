import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { UserError } from "../base/errors.js";
import { missingTool } from "./runTool.js";

/** The board's side of a serial port that other programs open. */
export interface Pty {
  /** What they open: "/dev/pts/3". */
  readonly path: string;
  write(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** Beyond it bytes are lost, as on a wire at whose other end nobody listens. */
const QUEUE_BYTES = 65_536;

/**
 * Makes the terminal raw, tells its name on 4, and keeps it open, so that it outlives every program that opens and
 * closes it. When 3 ends, which is when we close it, and however we ourselves end, it ends script(1), which would
 * wait for the programs that have the port open.
 */
const HOLD = "stty raw -echo && tty >&4; exec 4>&-; while read -r line <&3; do :; done; kill -9 $PPID";

/**
 * Opens a pseudo-terminal that stays open, its other side in this process.
 *
 * Node cannot make one. script(1) can, and is on every Linux: what it is given on standard input it types, and what is
 * written to the terminal it gives out, all 256 bytes as they are.
 *
 * @throws UserError where there is no such script(1)
 */
export async function openPty(onBytes: (bytes: Uint8Array) => void): Promise<Pty> {
  if (process.platform !== "linux") {
    throw new UserError(
      "a virtual board with a serial port of its own needs Linux",
      "compare and infer --virtual need none",
    );
  }
  // Detached: Ctrl-C reaches only us.
  const child = spawn("script", ["--quiet", "--command", HOLD, "/dev/null"], {
    stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"],
    env: { ...process.env, SHELL: "/bin/sh" },
    detached: true,
  });
  const failed = once(child, "error").then(([error]) => {
    throw (error as NodeJS.ErrnoException).code === "ENOENT" ? missingTool("script") : error;
  });
  failed.catch(() => undefined);
  const exited = once(child, "close").catch(() => undefined);
  const [input, output, errors, hold, name] = child.stdio as unknown as [
    ...[Writable, Readable, Readable, Writable, Readable],
  ];
  let said = "";
  for (const stream of child.stdio) stream?.on("error", () => undefined);
  errors.on("data", (text) => {
    said += text;
  });
  const ended = exited.then(() => {
    throw new UserError(`script(1) opened no terminal: ${said.trim()}`, "is /dev/pts mounted?");
  });
  ended.catch(() => undefined);
  const told = once(name, "data").then(([text]) => String(text).trim());
  const path = await Promise.race([told, failed, ended]);
  output.on("data", onBytes);
  return {
    path,
    write: (bytes) => {
      if (input.writable && input.writableLength < QUEUE_BYTES) input.write(bytes);
    },
    close: async () => {
      hold.end();
      await exited;
    },
  };
}
