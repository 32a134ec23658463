import { chmodSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { UserError } from "../base/errors.js";
import type { BoardState } from "./virtualStm32.js";

/** The pins of a board that no serial port reaches on a virtual one. */
export interface ControlledBoard {
  boot0: boolean;
  readonly state: BoardState;
  reset(): Promise<void>;
}

const COMMANDS = "reset, boot0 0, boot0 1, state";

/**
 * Carries out one line and answers with one: "ok", with the state it led to, or "error", with the reason.
 *
 * @param line "reset", "boot0 1", "boot0 0" or "state"
 */
export async function control(board: ControlledBoard, line: string): Promise<string> {
  const words = line.trim().split(/\s+/).join(" ");
  try {
    if (words === "reset") await board.reset();
    else if (words === "boot0 0" || words === "boot0 1") board.boot0 = words.endsWith("1");
    else if (words !== "state") return `error: expected one of ${COMMANDS}, found "${words.slice(0, 40)}"`;
    return `ok ${board.state} boot0 ${board.boot0 ? 1 : 0}`;
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}

/** No command is nearly as long. */
const LONGEST_LINE = 1024;

/** Answers each line that comes in, in order; hangs up on one that does not end. */
export async function controlByLines(
  board: ControlledBoard,
  input: Readable,
  answer: (line: string) => void,
): Promise<void> {
  let text = "";
  for await (const chunk of input) {
    const lines = (text + chunk).split("\n");
    text = lines.pop()!;
    for (const line of lines) if (line.trim() !== "") answer(await control(board, line));
    if (text.length > LONGEST_LINE) return;
  }
}

/** Where the control socket of a virtual board is, by one of its ports: both sides find it without being told. */
export function controlPath(port: string): string {
  const words = port.replace("//localhost:", "//127.0.0.1:").match(/\w+/g) ?? [];
  const name = ["pinfer", ...words].join("-");
  return isWindows ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Its sockets have names of their own, which are no files. */
const isWindows = process.platform === "win32";

/** Removes the sockets of boards that were killed: nobody listens behind them, and their names come never again. */
export async function removeForsaken(): Promise<void> {
  if (isWindows) return;
  for (const entry of readdirSync(tmpdir(), { withFileTypes: true })) {
    if (!entry.isSocket() || !/^pinfer-[\w-]+\.sock$/.test(entry.name)) continue;
    const path = join(tmpdir(), entry.name);
    await openSocket(path).then(
      (socket) => socket.destroy(),
      ({ cause }) => cause.code === "ECONNREFUSED" && removeControl(path),
    );
  }
}

/** Listens for lines on a socket that only its owner may open; a file of that name goes. */
export async function serveControl(board: ControlledBoard, path: string): Promise<Server> {
  removeControl(path);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    controlByLines(board, socket, (line) => socket.write(`${line}\n`)).catch(() => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new UserError(`cannot listen on ${path}: ${cause.message}`, "give a shorter --control", { cause }),
      );
    });
    server.listen(path, resolve);
  });
  if (!isWindows) chmodSync(path, 0o600);
  return server;
}

export function removeControl(path: string): void {
  if (!isWindows) rmSync(path, { force: true });
}

/**
 * Asks a virtual board for one thing after the other.
 *
 * @throws UserError when there is none at the path, or it refuses
 */
export async function askControl(path: string, lines: readonly string[]): Promise<void> {
  const socket = await openSocket(path);
  const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
  socket.on("error", () => undefined);
  try {
    for (const line of lines) {
      socket.write(`${line}\n`);
      const { value } = await answers.next();
      if (!value?.startsWith("ok")) {
        throw new UserError(`the virtual board refused "${line}": ${value ?? "it has ended"}`);
      }
    }
  } finally {
    socket.destroy();
  }
}

/** Is there a virtual board that listens? */
export async function isControlled(path: string): Promise<boolean> {
  const socket = await openSocket(path).catch(() => undefined);
  socket?.destroy();
  return socket !== undefined;
}

function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (cause) => {
      reject(
        new UserError(`no virtual board listens at ${path}`, "start one with `pinfer board`", { cause }),
      );
    });
  });
}
